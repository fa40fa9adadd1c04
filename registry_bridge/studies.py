"""Begins, stops and ends studies of disagreements between a challenger and the champion.

A study that a gate asks for begins by itself after the comparison on the test side, and
takes predictions since both models' snapshots were frozen: nothing that decided that it
begins was known of them. One that a person begins takes predictions from then on, since
people may have seen how earlier ones turned out. There is one study of each challenger:
stopped, it goes on later with what it has, and never anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from projects import audit, events
from projects.refused import Conflict
from registry_bridge import promotion, shadowing, snapshots, study_terms
from registry_bridge.models import (
    RegisteredModel,
    SnapshotItem,
    Study,
    Training,
)
from reviewer import disagreements, queueing
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import User
    from registry_bridge.models import Snapshot

State = Study.State
MOST_DRAWN: Final = "As many labels were asked for as it may use."


class NothingToStudy(Conflict):
    code, title = "nothing_to_study", "There is nothing to study"


class OneStudy(Conflict):
    code, title = "one_study", "Another study of this project is running"


class NotRunning(Conflict):
    code, title = "not_running", "This study is not running"


def begin(training: Training, *, by: User | None = None, reason: str = "") -> Study:
    """Have people label where the training's version and the one in use differ.

    Study, shadow and audit entry are one transaction. Refused where there are no two
    versions to tell apart, or a study of them, or another one that runs.
    """
    if by is not None:
        reason = promotion.checked(reason)
    with transaction.atomic():
        model = snapshots.model_of(training.project)
        model = RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        _check(model, training)
        endpoint = Endpoint.objects.get(project=model.project_id, name=model.endpoint)
        since = timezone.now() if by else _frozen_at(training)
        after = shadowing.newest(endpoint) if by else _after(endpoint, training, since)
        study = _keep(model, training, endpoint, since, after, by)
        audit.record(
            "study begun",
            training.project,
            study.design,
            by=by,
            after={"training": training.job_name, **study.terms},
            reason=reason,
        )
    return study


def _check(model: RegisteredModel, training: Training) -> None:
    made = training.state == Training.State.DONE and training.version
    if not made or not training.champion:
        raise NothingToStudy("This training made no version beside one in use.")
    if training.champion != model.champion or training.version == model.champion:
        raise NothingToStudy(
            f"It was trained against version {training.champion}, but "
            f"{model.champion or 'none'} is in use now."
        )
    if Study.objects.filter(training=training).exists():
        raise OneStudy("There is one study of each challenger. Let it go on.")
    if Study.objects.filter(project=model.project_id, state=State.RUNNING).exists():
        raise OneStudy("Stop the one that runs first.")
    if queueing.review_queue(training.project) is None:
        raise NothingToStudy("The project has no queue for what is to be labelled.")


def _keep(
    model: RegisteredModel,
    training: Training,
    endpoint: Endpoint,
    since: datetime,
    after: int,
    by: User | None,
) -> Study:
    terms = study_terms.of_gates(study_terms.gates_of(training.project))
    shadow = shadowing.begin(endpoint, training.version, after=after)
    return Study.objects.create(
        project_id=training.project_id,
        training=training,
        shadow=shadow,
        champion=training.champion,
        challenger=training.version,
        question=model.question,
        since=since,
        design=f"study {shadow.pk} of {training.pk}",
        terms=terms,
        most_labels=terms["most_labels"],
        drawn_upto=after,
        upto=after,
        started_by=by,
    )


def _frozen(training: Training) -> list[Snapshot]:
    """What challenger and champion were trained on, as far as they have a snapshot."""
    made = Training.objects.select_related("snapshot")
    champion = made.filter(project=training.project_id, version=training.champion)
    both = (training, champion.order_by("-pk").first())
    return [each.snapshot for each in both if each and each.snapshot]


def _frozen_at(training: Training) -> datetime:
    return max(
        (each.created_at for each in _frozen(training)), default=training.created_at
    )


def _after(endpoint: Endpoint, training: Training, since: datetime) -> int:
    """Greater numbers came later, and are in none of the snapshots."""
    held = SnapshotItem.objects.filter(snapshot__in=_frozen(training))
    last = held.aggregate(last=Max("gold__task__prediction"))["last"] or 0
    return max(last, shadowing.before(endpoint, since))


def stop(study: Study, *, by: User, reason: str) -> Study:
    """Draw no more; what was drawn is still answered, and counts."""
    reason = promotion.checked(reason)
    with transaction.atomic():
        study = _held(study)
        if study.state != State.RUNNING:
            raise NotRunning("Load the page again: it was stopped or ended before.")
        rest(study, f"Stopped by {by}.")
        audit.record("study stopped", study.project, study.design, by=by, reason=reason)
    return study


def rest(study: Study, words: str) -> None:
    """Stop a study that the caller holds."""
    study.state, study.words = State.STOPPED, words
    study.save(update_fields=["state", "words"])
    shadowing.end(study.shadow)
    _tell(study)


def _tell(study: Study) -> None:
    """While it ran, gates that retrain were shut."""
    events.emit("study.ended", study.project, subject=study.design)


def go_on(study: Study, *, by: User, reason: str) -> Study:
    """Draw again, from predictions that come from now on; the evidence goes on as it is."""
    reason = promotion.checked(reason)
    with transaction.atomic():
        model = snapshots.model_of(study.project)
        model = RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        study = _held(study)
        if study.state != State.STOPPED:
            raise NotRunning("Only one that was stopped can go on.")
        if model.champion != study.champion:
            raise NothingToStudy(f"Version {model.champion} is in use now.")
        running = Study.objects.filter(project=study.project_id, state=State.RUNNING)
        if running.exists():
            raise OneStudy("Stop the one that runs first.")
        _continue(study)
        audit.record("study goes on", study.project, study.design, by=by, reason=reason)
    return study


def _continue(study: Study) -> None:
    newest = max(study.drawn_upto, shadowing.newest(study.shadow.endpoint))
    study.gaps = [*study.gaps, [study.drawn_upto, newest]]
    study.drawn_upto = newest
    study.state, study.words = State.RUNNING, ""
    if study.drawn >= study.most_labels:
        study.most_labels += study.terms["most_labels"]
    study.save(update_fields=["gaps", "drawn_upto", "state", "words", "most_labels"])
    shadowing.go_on(study.shadow, after=newest)


@transaction.atomic
def close(study: Study, words: str, **fields: Any) -> bool:
    """It is over: nobody is asked any more. False: it was before."""
    study = _held(study)
    if study.state == State.OVER:
        return False
    for name, value in fields.items():
        setattr(study, name, value)
    study.state, study.words = State.OVER, words[:400]
    study.ended_at = timezone.now()
    study.save(update_fields=["state", "words", "ended_at", *fields])
    shadowing.end(study.shadow)
    disagreements.withdraw(study.design)
    _tell(study)
    return True


def _held(study: Study) -> Study:
    rows = Study.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("shadow__endpoint", "project").get(pk=study.pk)
