"""Keeps what people hand in: annotations are only ever added to, drafts come and go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from labeling import answers, versions
from labeling.answers import Answer
from labeling.models import Annotation, Draft, Task
from projects.refused import DoesNotFit, FieldProblem

if TYPE_CHECKING:
    from datetime import datetime

    from labeling.kinds.base import Json, Problem
    from labeling.payloads import Content
    from projects.models import User


def fit(schema_version: int, answer: Json, content: Content | None = None) -> Answer:
    """The answer in its normal form; DoesNotFit names every question it does not fit.

    `content`, the payload, is needed only by kinds whose answers mark a part of it.
    """
    questions = versions.questions(schema_version)
    problems = answers.check_answer(questions, answer)
    if problems:
        raise _refusal(problems)
    full = answers.in_normal_form(questions, answer)
    if content and (problems := answers.check_places(questions, full, content)):
        raise _refusal(problems)
    return full


def _refusal(problems: Iterable[Problem]) -> DoesNotFit:
    errors = [FieldProblem(field=p.field, problem=p.problem) for p in problems]
    first = errors[0]
    where = f"{first['field']}: " if first["field"] else "The answer "
    return DoesNotFit(f"{where}{first['problem']}.", errors=errors)


LONGEST_DRAFT = 1_000_000


def fit_draft(answer: Json) -> Json:
    """A draft may be unfinished, so only what could not be kept is refused."""
    text = msgspec.json.encode(answer)
    if len(text) > LONGEST_DRAFT or b"\\u0000" in text:
        raise DoesNotFit("This draft cannot be kept: it is too long or not plain text.")
    return answer


def latest(task: Task, author: User) -> Annotation | None:
    """This person's answer as it stands: corrected ones are behind it."""
    mine = Annotation.objects.filter(task=task, author=author, superseded_by=None)
    return mine.first()


def keep_draft(
    task: Task, author: User, answer: Json, guess: Json = None
) -> datetime | None:
    """When it was kept; None where it came after the answer that it led to.

    A guess that was once made stays: the model's answer has been seen since.
    """
    if Annotation.objects.filter(task=task, author=author).exists():
        return None
    kept, _ = Draft.objects.update_or_create(
        task=task, author=author, defaults={"answer": answer}
    )
    if guess is not None and kept.guess is None:
        Draft.objects.filter(pk=kept.pk, guess__isnull=True).update(guess=guess)
    return kept.updated_at
