"""What follows from events: one function for each, called by a job, safe to run twice."""

from __future__ import annotations

from typing import Any

from projects.models import Project
from registry_bridge import (
    aftercare,
    carrying,
    challenging,
    gates,
    measures,
    publishing,
    registering,
    retraining,
    shadowing,
    streams,
    study_work,
    watching,
)
from registry_bridge.capturing import rounds
from registry_bridge.models import (
    CaptureSource,
    Promotion,
    RegisteredModel,
    Shadow,
    Snapshot,
    Training,
)

Payload = dict[str, Any]


def gold_settled(payload: Payload) -> None:
    """Gold settled (once for many): is a gate open?"""
    project = Project.objects.get(pk=payload["project"])
    study_work.of_project(project)
    gates.look(project)


def publish_snapshot(payload: Payload) -> None:
    publishing.snapshot(Snapshot.objects.get(pk=payload["snapshot"]))


def follow_training(payload: Payload) -> None:
    retraining.follow(_training(payload))


def register_challenger(payload: Payload) -> None:
    registering.register(_training(payload))


def compare_models(payload: Payload) -> None:
    challenging.compare(_training(payload))


def answer_behind(payload: Payload) -> None:
    """Predictions came: the version behind the one in use answers them too."""
    found = Shadow.objects.select_related("project").filter(pk=payload["shadow"])
    for shadow in found:
        shadowing.answer(shadow)


def training_finished(payload: Payload) -> None:
    publishing.evaluation(_training(payload))


def promotion_approved(payload: Payload) -> None:
    carrying.carry_out(_promotion(payload))


def model_promoted(payload: Payload) -> None:
    publishing.promotion(_promotion(payload))


def publish_metrics(payload: Payload) -> None:
    publishing.metrics(payload)


def publish_check(payload: Payload) -> None:
    publishing.gate_check(payload)


def measure(payload: Payload) -> None:
    measures.take(RegisteredModel.objects.get(project=payload["project"]))


def look_outside(payload: Payload) -> None:
    watching.look(Project.objects.get(pk=payload["project"]))


def watch_over(payload: Payload) -> None:
    """Answers came, or time went by: is the version that was put in use worse?"""
    aftercare.look(Project.objects.get(pk=payload["project"]))


def probe(payload: Payload) -> None:
    streams.probe(Project.objects.get(pk=payload["project"]))


def read_source(payload: Payload) -> None:
    """Predictions wait in S3, or it is time to look whether they do."""
    related = ("endpoint__project", "connection")
    found = CaptureSource.objects.select_related(*related).filter(pk=payload["source"])
    for source in found:
        rounds.take(source)


def _training(payload: Payload) -> Training:
    found = Training.objects.select_related("project", "snapshot")
    return found.get(pk=payload["training"])


def _promotion(payload: Payload) -> Promotion:
    found = Promotion.objects.select_related("project", "training")
    return found.get(pk=payload["promotion"])
