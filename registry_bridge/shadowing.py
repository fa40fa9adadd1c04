"""Lets another version of a model answer the predictions of an endpoint, and keeps its scores.

A shadow goes through predictions in the order of their numbers, a batch at a time, each
in a process of its own. The end of a batch is fixed before it is asked for, and its scores
are written together with how far the shadow is: a kill at any moment neither loses nor
repeats one. What an endpoint sent along as a score is not asked for again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet

from labeling.models import Payload
from projects import jobs
from projects.jobs import Hopeless, TryLater
from projects.recent import SLACK, first_id
from registry_bridge import answering, channels, outside, retraining, snapshots
from registry_bridge.gateways.ports import TrainingStatus
from registry_bridge.models import Shadow
from registry_bridge.models.shadow import new_token
from reviewer.models import Prediction, Score
from reviewer.rollups import intake, marks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from registry_bridge.answering import Said
    from registry_bridge.gateways.ports import TrainingState
    from reviewer.models import Endpoint

log = structlog.get_logger()
State = Shadow.State
ANSWER: Final = "registry_bridge.handlers.answer_behind"
BATCH: Final = 2_000
CALLED: Final = "shadow"
LONGEST_LABEL: Final = 64


def begin(
    endpoint: Endpoint,
    version: str,
    *,
    after: int,
    until: int | None = None,
    only_drawn: bool = False,
) -> Shadow:
    """Have a registered version answer predictions after this number, old and new ones.

    Without `until` it goes on with what comes, until end(). Jobs do the work (ask()).
    """
    return Shadow.objects.create(
        project_id=endpoint.project_id,
        endpoint=endpoint,
        version=version,
        after=after,
        until=until,
        upto=after,
        only_drawn=only_drawn,
    )


def before(endpoint: Endpoint, at: datetime) -> int:
    """All predictions that came later than this moment have greater numbers.

    A few that came just before it may have too.
    """
    low = first_id(Prediction, "received_at", at)
    high = first_id(Prediction, "received_at", at + 2 * SLACK)
    near = Prediction.objects.filter(pk__range=(low, high), received_at__gt=at)
    first = near.filter(endpoint=endpoint).aggregate(first=Min("pk"))["first"]
    return (high if first is None else first) - 1


def newest(endpoint: Endpoint) -> int:
    """Predictions that come from now on have greater numbers."""
    sent = Prediction.objects.filter(project=endpoint.project_id)
    return sent.aggregate(newest=Max("pk"))["newest"] or 0


def end(shadow: Shadow) -> None:
    """Answer no more; what was answered stays."""
    running = Shadow.objects.running().filter(pk=shadow.pk)
    running.update(state=State.ENDED, batch=None)
    channels.forget(_name(shadow))


def go_on(shadow: Shadow, *, after: int) -> None:
    """Answer again, from a greater number on; what lies between is passed over."""
    ended = Shadow.objects.filter(pk=shadow.pk, upto__lte=after)
    ended.update(state=State.RUNNING, failure="", upto=after, batch=None)


def try_again(shadow: Shadow) -> None:
    """Go on with one that failed, from where it was."""
    failed = Shadow.objects.filter(pk=shadow.pk, state=State.FAILED)
    failed.update(state=State.RUNNING, failure="", batch=None, token=new_token())


def ask() -> None:
    """Every few seconds: a job for each shadow that has something to answer."""
    for shadow in Shadow.objects.running().select_related("endpoint"):
        if shadow.batch is not None or _next_batch(shadow) is not None:
            payload = {"project": shadow.project_id, "shadow": shadow.pk}
            jobs.ask(ANSWER, _stream(shadow), payload=payload)


def _stream(shadow: Shadow) -> str:
    return f"shadow:{shadow.project_id}:{shadow.pk}"


def answer(shadow: Shadow) -> None:
    """Answer all that waits; TryLater while the compute is at it. Safe to repeat."""
    while shadow.state == State.RUNNING and _fix_batch(shadow):
        rows = _rows(shadow)
        try:
            seen = _answered(shadow, rows) if rows.exists() else None
        except Hopeless as error:
            # such as a version that is gone: to ask again would be refused again
            _fail(shadow, str(error))
            return
        if seen is None:
            _keep(shadow, {})
        elif not seen.status.over:
            pause = answering.pause(snapshots.model_of(shadow.project))
            raise TryLater("The version answers unheard.", pause)
        elif seen.status == TrainingStatus.COMPLETED and seen.output_dir is not None:
            found = answering.read(seen.output_dir)
            _keep(shadow, {key: said[CALLED] for key, said in found})
        else:
            _fail(shadow, seen.reason or f"The scoring was {seen.status}.")
        channels.forget(_name(shadow))
        shadow.refresh_from_db()


def _fix_batch(shadow: Shadow) -> bool:
    """Fix where the next batch ends, unless one is under way; False: nothing waits."""
    if shadow.batch is None:
        batch = _next_batch(shadow)
        free = Shadow.objects.running().filter(pk=shadow.pk, batch=None)
        if batch is None or not free.filter(upto=shadow.upto).update(batch=batch):
            return False
        shadow.batch = batch
    return True


def _next_batch(shadow: Shadow) -> int | None:
    """The number that the next batch ends with.

    Only up to the row before which none can appear any more: a request that is slow
    might otherwise add one behind the batch.
    """
    known = marks.counted(intake.ROLLUP)
    last = known if shadow.until is None else min(known, shadow.until)
    waiting = _asked(shadow).filter(pk__gt=shadow.upto, pk__lte=last)
    found = list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return found[-1] if found else None


def _asked(shadow: Shadow) -> QuerySet[Prediction]:
    """What the shadow is to answer, answered or not."""
    found = Prediction.objects.filter(
        project=shadow.project_id, endpoint=shadow.endpoint_id, repeats=False
    ).exclude(model_version=shadow.version)
    return found.drawn_blind() if shadow.only_drawn else found


def _rows(shadow: Shadow) -> QuerySet[Prediction]:
    """Those of the batch without a score whose inputs are still there."""
    batch = _asked(shadow).filter(pk__gt=shadow.upto, pk__lte=shadow.batch)
    scored = of_version(shadow).filter(prediction=OuterRef("pk"))
    there = Payload.objects.filter(pk=OuterRef("payload"), content__isnull=False)
    return batch.filter(~Exists(scored), Exists(there)).order_by("pk")


def of_version(shadow: Shadow) -> QuerySet[Score]:
    """Scores that this version gave, in the shadow or sent along by the endpoint."""
    name = snapshots.model_of(shadow.project).name
    named = Q(model_name=name) | Q(model_name=F("prediction__model_name"))
    return Score.objects.filter(named, model_version=shadow.version)


def _answered(shadow: Shadow, rows: QuerySet[Prediction]) -> TrainingState:
    inputs = rows.values_list("pk", "payload__content").iterator()
    channel = channels.of_inputs(
        _name(shadow), ({"key": pk, "input": content} for pk, content in inputs)
    )
    model = snapshots.model_of(shadow.project)
    with outside.asked():
        return answering.ask(model, _name(shadow), {CALLED: shadow.version}, channel)


def _name(shadow: Shadow) -> str:
    return f"{retraining.plain(shadow.project, 20)}-{shadow.token}-{shadow.batch}"


@transaction.atomic
def _keep(shadow: Shadow, said: Mapping[int, Said]) -> None:
    """The scores of a batch, and how far the shadow is: one transaction."""
    held = Shadow.objects.select_for_update(no_key=True).get(pk=shadow.pk)
    if held.state != State.RUNNING or held.batch != shadow.batch:
        return
    # one that was over its time meanwhile is gone; one that is left stays until the end
    there = _rows(held).filter(pk__in=list(said)).select_for_update(no_key=True)
    scores = [_score(held, pk, said[pk]) for pk in there.values_list("pk", flat=True)]
    Score.objects.bulk_create(scores, ignore_conflicts=True)
    assert held.batch is not None  # noqa: S101 (the same as asked for)
    held.upto, held.batch = held.batch, None
    held.answered += len(scores)
    held.save(update_fields=["upto", "batch", "answered"])
    log.info("shadow answered", shadow=shadow.pk, scores=len(scores))


def _score(shadow: Shadow, prediction: int, said: Said) -> Score:
    label = said.label.replace("\0", "\ufffd")
    output: dict[str, Any] = {"label": label}
    if said.confidence is not None:
        output["confidence"] = said.confidence
    return Score(
        prediction_id=prediction,
        model_name=snapshots.model_of(shadow.project).name,
        model_version=shadow.version,
        output=output,
        label=label[:LONGEST_LABEL],
        confidence=said.confidence,
    )


def _fail(shadow: Shadow, why: str) -> None:
    log.warning("shadow failed", shadow=shadow.pk, reason=why)
    running = Shadow.objects.running().filter(pk=shadow.pk, batch=shadow.batch)
    running.update(state=State.FAILED, failure=why.replace("\0", "\ufffd"), batch=None)
