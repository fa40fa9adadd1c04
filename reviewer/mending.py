"""Sends a refused row again after somebody mended it, or puts it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from projects import audit
from projects.refused import DoesNotFit, FieldProblem, NotFound, Refused
from reviewer import intake
from reviewer.models import DeadLetter

if TYPE_CHECKING:
    from projects.models import Project, User
    from reviewer.intake import Taken


def send_again(project: Project, letter_id: int, text: str, by: User) -> Taken:
    """Take the mended row in as if its endpoint had sent it; the letter is gone then.

    What is wrong with it is told and nothing is kept. Two people who send the same row
    make one prediction: the second is told that it was there.
    """
    letter = _letter(project, letter_id)
    row = _read(text)
    (outcome,) = intake.accept(intake.open_desk(project), [row], letters=False)
    if isinstance(outcome, Refused):
        raise outcome
    _end(letter, "refused row sent again", by, outcome.inference_id)
    return outcome


def put_away(project: Project, letter_id: int, by: User) -> None:
    """Nobody will mend it."""
    letter = _letter(project, letter_id)
    _end(letter, "refused row put away", by, letter.inference_id)


def _letter(project: Project, letter_id: int) -> DeadLetter:
    letter = DeadLetter.objects.filter(project=project, pk=letter_id).first()
    if letter is None:
        raise NotFound("This row was sent again or put away already.")
    return letter


def _read(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DoesNotFit(
            f"It is not JSON: {error}.",
            errors=[FieldProblem(field="row", problem=str(error))],
        ) from error


@transaction.atomic
def _end(letter: DeadLetter, action: str, by: User, inference_id: str) -> None:
    project = letter.project
    if letter.delete()[0]:
        audit.record(action, project, f"prediction {inference_id}", by=by)
