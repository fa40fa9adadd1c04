"""Where a project's loop stands: what is in use, what is under way, what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry_bridge import evidence, gates, promotion, streams
from registry_bridge.models import (
    Deployment,
    Gate,
    GateCheck,
    Promotion,
    RegisteredModel,
    Snapshot,
    Training,
)

if TYPE_CHECKING:
    from projects.models import Project


@dataclass(frozen=True)
class GateState:
    """A gate, and what the newest look at it found (None: nobody has looked yet)."""

    gate: Gate
    check: GateCheck | None


@dataclass(frozen=True)
class Status:
    model: RegisteredModel
    serving: tuple[Deployment, ...]
    training: Training | None
    promotion: Promotion | None
    snapshot: Snapshot | None
    new_rows: int
    gates: tuple[GateState, ...]
    streams: tuple[streams.Stream, ...]
    # "" or in words: the registry, or what serves, is not what was decided here.
    drift: str


def status(project: Project) -> Status | None:
    """None: the project has no model."""
    model = RegisteredModel.objects.filter(project=project).first()
    if model is None:
        return None
    serving = tuple(evidence.serving(project))
    open_ = Promotion.objects.open().filter(project=project)
    return Status(
        model=model,
        serving=serving,
        training=Training.objects.under_way().filter(project=project).first(),
        promotion=open_.select_related("proposed_by", "gate").first(),
        snapshot=Snapshot.objects.filter(project=project).order_by("-pk").first(),
        new_rows=gates.new_rows(model),
        gates=tuple(_gates(project)),
        streams=tuple(streams.overview([project])),
        drift=_drift(model, serving, under_way=_under_way(project)),
    )


def _under_way(project: Project) -> bool:
    found = Promotion.objects.filter(project=project, state__in=Promotion.UNDER_WAY)
    return found.exists()


def _gates(project: Project) -> list[GateState]:
    found = Gate.objects.filter(project=project, active=True)
    return [GateState(gate, gate.checks.order_by("-pk").first()) for gate in found]


def _drift(
    model: RegisteredModel, serving: tuple[Deployment, ...], *, under_way: bool
) -> str:
    if under_way or not model.champion:
        return ""
    if promotion.has_drifted(model):
        return (
            f"The alias champion names version {model.alias_seen or 'none'} in the "
            f"registry; version {model.champion} was decided here."
        )
    others = [each for each in serving if each.version != model.champion]
    if others:
        return (
            f"{others[0].endpoint} is served by version {others[0].version}; version "
            f"{model.champion} was decided here."
        )
    return ""
