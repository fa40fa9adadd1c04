"""Keeps studies going: drawn, used as evidence, judged, and proposed once a gate is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from registry_bridge import (
    gates,
    promotion,
    side_gates,
    studies,
    study_gates,
    study_step,
)
from registry_bridge.models import RegisteredModel, Shadow, Study

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project
    from registry_bridge.models import Gate
    from registry_bridge.study_gates import Look

log = structlog.get_logger()
State = Study.State
MOST_STEPS = 5


def take() -> None:
    """Every few seconds: a bounded piece of each study. Safe to run twice."""
    for study in Study.objects.going_on().order_by("pk"):
        advance(study.pk)


def of_project(project: Project) -> None:
    """Something settled: look at once."""
    for study in Study.objects.going_on().filter(project=project):
        advance(study.pk)


def advance(study_id: int, at: datetime | None = None) -> None:
    """Use all that has come, look, and act on it."""
    at = at or timezone.now()
    for step in (study_step.draw, lambda pk: study_step.use(pk, at)):
        for _ in range(MOST_STEPS):
            if not step(study_id):
                break
    look(study_id)


def look(study_id: int) -> None:
    """What the evidence means now; a look after every label costs nothing."""
    study = _going_on(study_id)
    if study is None or _outrun(study):
        return
    _rest_if_failed(study)
    seen = study_gates.look(study)
    for gate in study_gates.of(study):
        found = study_gates.judge(gate, study, seen)
        gates.remember(gate, found, study=study)
        if found.is_open and _propose(study, gate, seen, found.words):
            return


def _going_on(study_id: int) -> Study | None:
    rows = Study.objects.going_on().select_related("training__project", "shadow")
    return rows.filter(pk=study_id).first()


def _outrun(study: Study) -> bool:
    """The version in use is another one by now: there is nothing left to compare."""
    model = RegisteredModel.objects.get(project=study.project_id)
    if model.champion == study.champion:
        return False
    return studies.close(study, f"Version {model.champion or 'none'} is in use now.")


def _rest_if_failed(study: Study) -> None:
    shadow = study.shadow
    if shadow.state == Shadow.State.FAILED:
        _rest(study, f"Version {study.challenger} could not answer: {shadow.failure}")


@transaction.atomic
def _rest(study: Study, why: str) -> None:
    """Nobody is asked for more labels; trainings may start again."""
    held = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if held.state == State.RUNNING:
        studies.rest(held, why[:400])


def _propose(study: Study, gate: Gate, seen: Look, words: str) -> bool:
    """Promotion and end of the study are one transaction; False: something is in the way.

    Another one is open, or a side condition is not: it is tried again at every look.
    """
    training, at = study.training, timezone.now()
    looked = side_gates.look(training, training.evidence, at, study=study)
    side_gates.remember(looked, study=study)
    held = side_gates.in_the_way(looked)
    if held:
        _rest(study, held)
        return False
    with transaction.atomic():
        more = {
            "study": study_gates.frozen(study, seen),
            "side_gates": [each.as_json() for each in looked],
        }
        found = promotion.propose_by_gate(study.training, gate, words, more)
        if found is None:
            return False
        # whoever closed it meanwhile proposed it
        if not studies.close(study, words, promotion=found):
            transaction.set_rollback(True)
            return False
    log.info("study opened a gate", study=study.design, gate=gate.name)
    return True
