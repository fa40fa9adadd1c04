"""What a project's file says of the machines that train and serve its model.

model:
  machines: our-machines        # a connection of kind local or aws; without it: this machine
  training:                     # all but max_seconds matters on AWS only
    image: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/overread:1
    instance_type: ml.m5.large
    instance_count: 1
    volume_gb: 30
    max_seconds: 14400
    spot: false                 # with max_wait_seconds and checkpoints
    launcher: torchrun          # or a command before the script; with processes a machine
  hosting:                      # on AWS only
    image: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/overread:1
    instance_type: ml.m5.large
    instance_count: 2
    rollout: canary             # or linear, all_at_once
    alarms: [digits-errors]     # of CloudWatch: any of them rolls back
    capture_percent: 100        # of calls that are kept in S3; 0: none
    serverless: {memory_mb: 2048, max_concurrency: 5}   # instead of instances
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from projects.models import Connection
from projects.refused import FieldProblem
from projects.shape import Shape, under
from registry_bridge.models import RegisteredModel

if TYPE_CHECKING:
    from projects.models import Project

KEYS: Final = ("machines", "training", "hosting")
KINDS: Final = (Connection.Kind.LOCAL, Connection.Kind.AWS)
TRAINING: Final = (
    "image",
    "python",
    "instance_type",
    "instance_count",
    "volume_gb",
    "max_seconds",
    "spot",
    "max_wait_seconds",
    "checkpoints",
    "launcher",
    "processes",
)
HOSTING: Final = (
    "image",
    "instance_type",
    "instance_count",
    "rollout",
    "alarms",
    "capture_percent",
    "serverless",
)
ROLLOUTS: Final = ("canary", "linear", "all_at_once")
INSTANCE: Final = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
# SageMaker's own: 28 days of a job.
LONGEST: Final = 2_419_200
# What a serverless endpoint may have.
MEMORIES: Final = (1024, 2048, 3072, 4096, 5120, 6144)


def find(
    project: Project, section: Mapping[str, Any], say: Callable[[str, str], None]
) -> Connection | None:
    name = section.get("machines")
    if name is None:
        return None
    known = Connection.objects.filter(project=project, kind__in=KINDS)
    found = known.filter(name=str(name)).first()
    if found is None:
        say("model.machines", "must name a connection of kind local or aws")
    return found


def target_of(on: Connection | None) -> str:
    """Where a model is served unless the file says it: where it is trained."""
    aws = on is not None and on.kind == Connection.Kind.AWS
    return (RegisteredModel.Target.AWS if aws else RegisteredModel.Target.LOCAL).value


def read(section: Mapping[str, Any]) -> dict[str, Any]:
    """As gateways take it: a key without a value is a key left out."""
    return {name: _said(section.get(name)) for name in ("training", "hosting")}


def _said(given: object) -> dict[str, Any]:
    found = given if isinstance(given, Mapping) else {}
    return {key: value for key, value in found.items() if value is not None}


def problems(section: Mapping[str, Any], on: Connection | None) -> list[FieldProblem]:
    """Everything that is wrong; on AWS that also is what it cannot do without."""
    training = Shape(section.get("training") or {}, TRAINING)
    hosting = Shape(section.get("hosting") or {}, HOSTING)
    _check_training(training)
    _check_hosting(hosting)
    if target_of(on) == RegisteredModel.Target.AWS:
        _check_image(training)
        if section.get("deploy", "aws") == RegisteredModel.Target.AWS:
            _check_image(hosting)
    found = under("model.training", training.problems)
    return [*found, *under("model.hosting", hosting.problems)]


def _check_image(shape: Shape) -> None:
    if shape.get("image") is None:
        shape.blame("image", "is missing: the address of a container image in ECR")


def _check_training(shape: Shape) -> None:
    for key in ("image", "python", "launcher"):
        shape.text(key, longest=255, default="")
    _check_instances(shape)
    shape.whole("volume_gb", low=1, high=16_384, default=30)
    shape.whole("processes", low=1, high=64, default=1)
    longest = shape.whole("max_seconds", low=1, high=LONGEST, default=3600)
    shape.whole("max_wait_seconds", low=longest, high=LONGEST, default=LONGEST)
    for key in ("spot", "checkpoints"):
        if not isinstance(shape.get(key) or False, bool):
            shape.blame(key, "must be true or false")


def _check_instances(shape: Shape) -> None:
    kind = shape.text("instance_type", longest=40, default="")
    if kind and not INSTANCE.fullmatch(kind):
        shape.blame("instance_type", "must be a type such as ml.m5.large")
    shape.whole("instance_count", low=1, high=100, default=1)


def _check_hosting(shape: Shape) -> None:
    shape.text("image", longest=255, default="")
    _check_instances(shape)
    shape.one_of("rollout", ROLLOUTS, default="canary")
    shape.whole("capture_percent", low=0, high=100, default=100)
    alarms = shape.get("alarms") or []
    if not isinstance(alarms, list) or not all(isinstance(a, str) for a in alarms):
        shape.blame("alarms", "must be a list of names of CloudWatch alarms")
    elif len(alarms) > 10:
        shape.blame("alarms", "must be at most 10")
    if shape.has("serverless"):
        _check_serverless(shape)


def _check_serverless(shape: Shape) -> None:
    inner = Shape(shape.get("serverless"), ("memory_mb", "max_concurrency"))
    if inner.get("memory_mb") not in (None, *MEMORIES):
        inner.blame("memory_mb", f"must be one of: {', '.join(map(str, MEMORIES))}")
    inner.whole("max_concurrency", low=1, high=200, default=5)
    shape.problems += under("serverless", inner.problems)
    for key in ("instance_type", "instance_count", "alarms", "capture_percent"):
        if shape.has(key):
            shape.blame(key, "is not for serverless endpoints")
