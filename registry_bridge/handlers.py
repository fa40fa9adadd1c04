"""What follows from events: one function for each, called by a job, safe to run twice."""

from __future__ import annotations

from typing import Any

from projects.models import Project
from registry_bridge import (
    carrying,
    challenging,
    gates,
    measures,
    publishing,
    registering,
    retraining,
    streams,
    watching,
)
from registry_bridge.models import Promotion, RegisteredModel, Snapshot, Training

Payload = dict[str, Any]


def gold_settled(payload: Payload) -> None:
    """Gold settled (once for many): is a gate open?"""
    gates.look(Project.objects.get(pk=payload["project"]))


def publish_snapshot(payload: Payload) -> None:
    publishing.snapshot(Snapshot.objects.get(pk=payload["snapshot"]))


def follow_training(payload: Payload) -> None:
    retraining.follow(_training(payload))


def register_challenger(payload: Payload) -> None:
    registering.register(_training(payload))


def compare_models(payload: Payload) -> None:
    challenging.compare(_training(payload))


def training_finished(payload: Payload) -> None:
    publishing.evaluation(_training(payload))


def promotion_approved(payload: Payload) -> None:
    carrying.carry_out(_promotion(payload))


def model_promoted(payload: Payload) -> None:
    publishing.promotion(_promotion(payload))


def publish_metrics(payload: Payload) -> None:
    publishing.metrics(payload)


def measure(payload: Payload) -> None:
    measures.take(RegisteredModel.objects.get(project=payload["project"]))


def look_outside(payload: Payload) -> None:
    watching.look(Project.objects.get(pk=payload["project"]))


def probe(payload: Payload) -> None:
    streams.probe(Project.objects.get(pk=payload["project"]))


def _training(payload: Payload) -> Training:
    found = Training.objects.select_related("project", "snapshot")
    return found.get(pk=payload["training"])


def _promotion(payload: Payload) -> Promotion:
    found = Promotion.objects.select_related("project", "training")
    return found.get(pk=payload["promotion"])
