"""The gateways of a project's model, and what their errors mean to a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from projects import secrets
from projects.jobs import Hopeless, TryLater
from registry_bridge.gateways import choose, ports
from registry_bridge.gateways.choose import EMBEDDED, ConnectionSettings

if TYPE_CHECKING:
    from projects.managed_mlflow import ManagedMlflow
    from projects.models import Connection
    from registry_bridge.models import RegisteredModel


def connection_of(kept: Connection | None) -> ConnectionSettings:
    """How an outside system is reached; secrets are opened only here."""
    if kept is None or kept.kind == kept.Kind.LOCAL:
        return EMBEDDED
    options = {**kept.options, **secrets.open_(bytes(kept.secret))}
    return ConnectionSettings(kept.kind, kept.uri, options)


def tracking(model: RegisteredModel) -> ports.Tracking:
    return choose.tracking(connection_of(model.connection))


def registry(model: RegisteredModel) -> ports.Registry:
    return choose.registry(connection_of(model.connection))


def managed_mlflow(model: RegisteredModel) -> ManagedMlflow | None:
    """Amazon's, where the model's connection (or this service) names an ARN."""
    return choose.managed_mlflow(connection_of(model.connection))


def compute(model: RegisteredModel) -> ports.Compute:
    return choose.compute(connection_of(model.machines), model.training)


def deployment(model: RegisteredModel) -> ports.Deployment:
    """Served here although trained elsewhere: where the project's file wants it so."""
    on = model.machines if model.target == model.Target.AWS else None
    rollout = {"percent": model.canary_percent, "minutes": model.canary_minutes}
    return choose.deployment(connection_of(on), {**rollout, **model.hosting})


def packages(model: RegisteredModel) -> ports.Packages | None:
    """None where the project's machines know no registry beside MLflow's."""
    machine = {"image": model.training.get("image"), **model.hosting}
    return choose.packages(connection_of(model.machines), machine)


def directory_of(model: RegisteredModel, version: str) -> Path:
    """The folder with this version of the model, fetched when first asked for.

    The same folder every time: a deployment that is asked for again must look the same.
    """
    into = Path(settings.JOBS_DIR) / "models" / str(model.pk) / version
    into.parent.mkdir(parents=True, exist_ok=True)
    return registry(model).download(model.name, version, into)


@contextmanager
def asked() -> Iterator[None]:
    """Inside a job: who does not answer is asked later; a plain no is a dead letter."""
    try:
        yield
    except ports.Unreachable as error:
        raise TryLater(str(error), error.seconds) from error
    except ports.Rejected as error:
        raise Hopeless(str(error)) from error
