"""A new version gets a share of the calls before it gets all: the steps in between.

Beside the old one first, without a call, until it answered what we ask it; then a share of
the calls, for so many calls or minutes. Each step finds what a killed worker left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from projects.jobs import TryLater
from registry_bridge import deploying, health, outside, steps
from registry_bridge.deploying import NotVerified
from registry_bridge.gateways.ports import EndpointStatus
from registry_bridge.models import Promotion, RegisteredModel

if TYPE_CHECKING:
    from registry_bridge.gateways.ports import EndpointState, Trial

State = Promotion.State
ASKED = "It was asked to take all calls."


def is_wanted(model: RegisteredModel, decided: Promotion) -> bool:
    """For challengers, where the target can, while the old version really serves."""
    if decided.kind != Promotion.Kind.PROMOTE or not model.canary_percent:
        return False
    deployment = outside.deployment(model)
    if not deployment.can_share():
        return False
    seen = deployment.describe(deploying.endpoint_of(model))
    return seen.serving_version == decided.from_version


def begin(model: RegisteredModel, decided: Promotion) -> None:
    """Ask for the new version beside the old one, without a call yet."""
    _ask(model, decided, 0)


def come_up(model: RegisteredModel, decided: Promotion) -> None:
    """BESIDE -> CANARY: it answered us, so it gets its share."""
    trial = _trial(model, decided, _describe(model), 0)
    if trial is None:
        deploying.wait(model, decided)
    said = deploying.verify(model, decided, version=decided.to_version)
    _ask(model, decided, _share(model))
    words = (
        f"Version {decided.to_version} came up beside version {decided.from_version} "
        f"and answered {said}; it gets {model.canary_percent} % of the calls."
    )
    steps.take(decided, State.CANARY, "beside", words)


def watch(model: RegisteredModel, decided: Promotion) -> None:
    """CANARY -> DEPLOYING: its calls or minutes are over, and nothing spoke against it."""
    seen = _describe(model)
    if seen.desired_version == decided.to_version:
        # asked for by a worker that was killed then, or by hand
        steps.take(decided, State.DEPLOYING, "canary", decided.doing or ASKED)
        return
    trial = _trial(model, decided, seen, _share(model))
    if trial is None:
        deploying.wait(model, decided)
    why = health.why_unhealthy(trial.tried, trial.others)
    if why:
        raise NotVerified(f"On trial with {model.canary_percent} % of the calls: {why}")
    ends = steps.last_at(decided) + timedelta(minutes=model.canary_minutes)
    if trial.tried.calls < model.canary_calls and timezone.now() < ends:
        words = _so_far(model, decided, seen, trial, ends)
        steps.note(decided, words)
        raise TryLater(words, outside.deployment(model).poll_seconds)
    deploying.ask_for(model, decided.to_version)
    words = f"{_counted(trial)} {_old(decided, seen)}It gets all calls."
    steps.take(decided, State.DEPLOYING, "canary", words)


def _describe(model: RegisteredModel) -> EndpointState:
    return outside.deployment(model).describe(deploying.endpoint_of(model))


def _trial(
    model: RegisteredModel, decided: Promotion, seen: EndpointState, share: float
) -> Trial | None:
    """The trial once it is up; asked for again where it was lost."""
    trial = seen.trial
    if trial is None or trial.version != decided.to_version:
        _ask(model, decided, share)
        return None
    if trial.status == EndpointStatus.FAILED:
        raise NotVerified(trial.reason or "It did not come up.")
    return trial if trial.status == EndpointStatus.IN_SERVICE else None


def _ask(model: RegisteredModel, decided: Promotion, share: float) -> None:
    source = deploying.source_of(model, decided.to_version)
    endpoint = deploying.endpoint_of(model)
    outside.deployment(model).try_beside(endpoint, source, share)


def _share(model: RegisteredModel) -> float:
    return model.canary_percent / 100


def _so_far(
    model: RegisteredModel,
    decided: Promotion,
    seen: EndpointState,
    trial: Trial,
    ends: datetime,
) -> str:
    return (
        f"{_counted(trial)} {_old(decided, seen)}It ends after "
        f"{model.canary_calls:,} calls, or at {ends:%H:%M} UTC."
    )


def _counted(trial: Trial) -> str:
    tried, others = trial.tried, trial.others
    found = (
        f"Version {trial.version} was given {tried.calls:,} calls and could not answer "
        f"{tried.failed:,} that the version in use could."
    )
    if sum(tried.times) and sum(others.times):
        found += (
            f" 95 in 100 answers took at most {tried.within(0.95):,.0f} ms, "
            f"of the version in use {others.within(0.95):,.0f} ms."
        )
    return found


def _old(decided: Promotion, seen: EndpointState) -> str:
    """Said where the old version went down, or was replaced: "" while it serves."""
    old, new = decided.from_version, decided.to_version
    if seen.serving_version == old:
        return ""
    if seen.serving_version:
        return f"Version {seen.serving_version} serves beside it, no longer {old}. "
    why = f": {seen.reason}" if seen.reason else "."
    return f"Version {old} does not answer now{why} Version {new} stands in for it. "
