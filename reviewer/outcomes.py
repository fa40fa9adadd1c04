"""Answers known from elsewhere: outcomes of predictions, and gold for check tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import transaction

from labeling import gold, payloads, versions
from labeling.annotations import fit
from labeling.models import Gold, Payload, Task
from projects import events
from projects.refused import Conflict, FieldProblem, NotFound
from reviewer import queueing
from reviewer.incoming import (
    UnknownEndpoint,
    does_not_fit,
    from_msgspec,
    nul_characters,
    under,
)
from reviewer.models import Endpoint, Prediction, QueueItem

if TYPE_CHECKING:
    from labeling.answers import Answer
    from projects.models import Project
    from reviewer.models import Queue

State = QueueItem.State
# Every reviewer of a usual team meets each check task once.
CHECKS_WANTED = 9
SETTLED, CORRECTED, UNCHANGED = "settled", "corrected", "unchanged"


class ExpertDisagrees(Conflict):
    code, title = "expert_disagrees", "An adjudicator settled this otherwise"


class NoQueue(Conflict):
    code, title = "no_queue", "This project has no review queue"


class Known(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A row as it is sent: the answer to a prediction, or to an input of its own."""

    endpoint: str
    answer: Any
    inference_id: str | None = None
    input: dict[str, Any] | None = None
    check: bool = False


@dataclass(frozen=True)
class Learned:
    """What became of a row: settled, corrected or unchanged."""

    status: str
    task: Task


def read(raw: Any) -> Known:
    """The row in its shape; DoesNotFit says which field and why."""
    try:
        known = msgspec.convert(raw, Known)
    except msgspec.ValidationError as error:
        raise does_not_fit([from_msgspec(error)]) from error
    problems = nul_characters(raw)
    if (known.inference_id is None) == (known.input is None):
        text = "or `input`: send exactly one of the two"
        problems.append(FieldProblem(field="inference_id", problem=text))
    elif known.check and known.input is None:
        text = "needs an `input`; the outcome of a prediction is no check task"
        problems.append(FieldProblem(field="check", problem=text))
    if problems:
        raise does_not_fit(problems)
    return known


@transaction.atomic
def learn(project: Project, known: Known) -> Learned:
    """Keep one known answer: gold, its task, and what waits for it, in one transaction.

    Safe to repeat. What an adjudicator settled otherwise is refused, never overwritten.
    """
    endpoint = _endpoint(project, known.endpoint)
    if known.input is None:
        return _outcome(endpoint, known)
    return _own(project, endpoint, known, known.input)


def _endpoint(project: Project, name: str) -> Endpoint:
    found = Endpoint.objects.filter(project=project, name=name).first()
    if found is None:
        problem = FieldProblem(field="endpoint", problem="is unknown in this project")
        raise UnknownEndpoint(f"There is no endpoint “{name[:80]}”.", errors=[problem])
    return found


def _outcome(endpoint: Endpoint, known: Known) -> Learned:
    # the lock makes a second outcome for the same prediction wait for this one
    prediction = (
        Prediction.objects.select_for_update(of=("self",))
        .select_related("task", "payload")
        .filter(endpoint=endpoint, inference_id=known.inference_id)
        .first()
    )
    if prediction is None:
        raise NotFound("There is no prediction of that endpoint and inference_id.")
    task = prediction.task or _new_task(endpoint, prediction.payload)
    answer = fit(task.schema_version_id, known.answer)
    if prediction.task is None:
        task.save()
        prediction.task = task
        prediction.save(update_fields=["task"])
    return _settle(task, answer, Gold.Source.OUTCOME)


def _new_task(endpoint: Endpoint, payload: Payload) -> Task:
    """For what people never saw: only gold hangs on it."""
    version = versions.latest(endpoint.schema_id)
    return Task(
        project_id=endpoint.project_id,
        payload=payload,
        schema_version=version,
        blind=True,
    )


def _own(
    project: Project, endpoint: Endpoint, known: Known, content: dict[str, Any]
) -> Learned:
    version = versions.latest(endpoint.schema_id)
    fields = versions.fields(version.pk) if version else ()
    problems = under("input", payloads.check(fields, content))
    if problems:
        raise does_not_fit(problems)
    digest = payloads.digest(content)
    payload_id = payloads.keep(project.pk, [(digest, content)])[digest]
    # the lock makes a second row with the same input wait for this one
    payload = Payload.objects.select_for_update().get(pk=payload_id)
    imported = Gold.objects.filter(task__payload=payload, source=Gold.Source.IMPORT)
    task = Task.objects.filter(gold__in=imported).first() or _new_task(
        endpoint, payload
    )
    answer = fit(task.schema_version_id, known.answer)
    if task._state.adding:
        task.save()
    learned = _settle(task, answer, Gold.Source.IMPORT)
    if known.check:
        _plant(_review_queue(project), task, digest)
    return learned


def _review_queue(project: Project) -> Queue:
    queue = queueing.review_queue(project)
    if queue is None:
        raise NoQueue("Write a queue in a project.yaml and run `manage.py apply`.")
    return queue


def _plant(queue: Queue, task: Task, digest: str) -> None:
    """Into the queue at a place that nothing tells from a drawn one; once."""
    if QueueItem.objects.filter(queue=queue, task=task).exists():
        return
    u = int(digest[:8], 16) / 2**32
    check = queueing.Waiting(task, u, pi=1.0, check_task=True, wanted=CHECKS_WANTED)
    queueing.put(queue, [check])


def _settle(task: Task, answer: Answer, source: str) -> Learned:
    # items before gold, as a submission locks them
    waiting = QueueItem.objects.select_for_update().filter(task=task, check_task=False)
    items = list(waiting.order_by("pk"))
    before = gold.of(task)
    _refuse_against_expert(before, answer)
    changed = gold.settle(task, answer, source=source, blind=True)
    for item in items:
        _withdraw(item)
    if changed:
        events.emit("task.settled", task.project, subject=f"task {task.pk}")
    return Learned(_said(changed=changed, known=bool(before)), task)


def _said(*, changed: bool, known: bool) -> str:
    if not changed:
        return UNCHANGED
    return CORRECTED if known else SETTLED


def _refuse_against_expert(before: dict[str, Gold], answer: Answer) -> None:
    for question, value in answer.items():
        held = before.get(question)
        if held is None or held.source != Gold.Source.EXPERT:
            continue
        if gold.differs(held, value):
            raise ExpertDisagrees(
                f"{question}: an adjudicator settled it as {held.value!r}. "
                "Ask them to look again; outcomes do not overwrite people's decisions."
            )


def _withdraw(item: QueueItem) -> None:
    """Nobody is asked any more; who has it open may still hand in an extra opinion."""
    if item.state in (State.OPEN, State.LEASED, State.FLAGGED):
        item.state = State.WITHDRAWN
        item.save(update_fields=["state"])
