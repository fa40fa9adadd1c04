"""Asks for versions where a project deploys, waits for them, asks them something real."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from django.utils import timezone

from labeling.models import Payload
from projects.jobs import TryLater
from registry_bridge import base, comparison, outside, steps
from registry_bridge.gateways.ports import EndpointState, ModelSource
from registry_bridge.models import Promotion, RegisteredModel, SnapshotItem
from registry_bridge.scripts.scoring import label_of
from reviewer.models import Prediction

if TYPE_CHECKING:
    from projects.models import Project

NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
LONGEST_NAME = 63


class NotVerified(Exception):
    """The new version came up, but did not answer as a model of this project must."""


def ask_for(model: RegisteredModel, version: str) -> EndpointState:
    """Ask that the endpoint serve this version; what is seen there now."""
    deployment = outside.deployment(model)
    deployment.deploy(endpoint_of(model), source_of(model, version))
    return deployment.describe(endpoint_of(model))


def source_of(model: RegisteredModel, version: str) -> ModelSource:
    directory = outside.directory_of(model, version)
    return ModelSource(model.name, version, directory)


def endpoint_of(model: RegisteredModel) -> str:
    """The name where it is hosted: one for each project, of letters, digits, hyphens."""
    plain = f"{model.project.slug}-{model.endpoint}"
    name = NOT_IN_NAMES.sub("-", plain).strip("-")
    if name == plain and len(name) <= LONGEST_NAME:
        return name
    tail = f"-{model.project_id}"
    return name[: LONGEST_NAME - len(tail)].rstrip("-") + tail


def wait(model: RegisteredModel, decided: Promotion) -> NoReturn:
    """For one step; a canary of ours takes as long as it is set to."""
    deployment = outside.deployment(model)
    longest = timedelta(seconds=deployment.longest_seconds)
    if timezone.now() > steps.last_at(decided) + longest:
        minutes = int(longest.total_seconds() // 60)
        raise NotVerified(f"It did not come up within {minutes} minutes.")
    words = f"Version {decided.to_version} is coming up."
    raise TryLater(words, deployment.poll_seconds)


def verify(
    model: RegisteredModel, decided: Promotion, version: str | None = None
) -> str:
    """Ask the new version about a real input; NotVerified unless it names a label.

    `version`: asked for by that name, since others serve the endpoint too.
    """
    sample = real_input(model, decided)
    if sample is None:
        return "nothing yet: no input was kept to ask it about"
    asked = {"dataframe_records": [sample]}
    deployment = outside.deployment(model)
    given = deployment.invoke(endpoint_of(model), asked, version)
    if given.model_version not in (None, decided.to_version):
        words = f"Version {given.model_version} still answers."
        raise TryLater(words, deployment.poll_seconds)
    label = read_label(given.body)
    known = {each.id for each in comparison.labels_of(model)}
    if label not in known:
        raise NotVerified(
            f"Version {decided.to_version} answered “{label[:60]}”, which is no label "
            f"of the question “{model.question}”."
        )
    return f"“{label}”"


def read_label(body: object) -> str:
    predictions = body.get("predictions") if isinstance(body, Mapping) else body
    if isinstance(predictions, list) and predictions:
        return label_of(predictions[0])
    return str(body)[:200]


def real_input(model: RegisteredModel, decided: Promotion) -> Mapping[str, Any] | None:
    """An input of the test side, or the newest one that was posted."""
    training = decided.training
    if training and training.snapshot_id:
        items = SnapshotItem.objects.filter(
            snapshot=training.snapshot_id, side=SnapshotItem.Side.TEST
        ).exclude(gold__task__payload__content__isnull=True)
        item = items.select_related("gold__task__payload").order_by("pk").first()
        if item:
            return item.gold.task.payload.content
    return _posted_input(model.project) or base.first_input(model)


def _posted_input(project: Project) -> Mapping[str, Any] | None:
    made = Prediction.objects.filter(project=project).order_by("-pk").first()
    payload = Payload.objects.filter(pk=made.payload_id).first() if made else None
    return payload.content if payload else None
