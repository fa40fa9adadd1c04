"""Carries a decided promotion out: canary, deploy, verify, then the alias; each step once.

A worker may be killed between any two steps: each finds what is done already. The old
version goes on serving until the new one has answered, and again if it cannot.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone

from projects import audit
from projects.jobs import TryLater
from registry_bridge import (
    aftercare,
    canary,
    deploying,
    outside,
    packaging,
    promotion,
    snapshots,
    steps,
)
from registry_bridge.deploying import NotVerified
from registry_bridge.gateways import ports
from registry_bridge.gateways.ports import EndpointState, EndpointStatus
from registry_bridge.models import Deployment, Promotion, RegisteredModel

log = structlog.get_logger()
State = Promotion.State
CHAMPION = "champion"
PREVIOUS = "previous-champion"
CHALLENGER = "challenger"
CHECKED = "The registry names what was expected."


def carry_out(decided: Promotion) -> None:
    """Do the next steps of an approved promotion until it is done or has failed."""
    model = snapshots.model_of(decided.project)
    try:
        if decided.state == State.APPROVED:
            _begin(model, decided)
        if decided.state == State.BESIDE:
            canary.come_up(model, decided)
        if decided.state == State.CANARY:
            canary.watch(model, decided)
        if decided.state == State.DEPLOYING:
            _deploy(model, decided)
        if decided.state == State.VERIFIED:
            _name(model, decided)
    except ports.Unreachable as error:
        raise TryLater(str(error), error.seconds) from error
    except (ports.Rejected, ports.ChampionMoved, NotVerified) as error:
        _give_up(model, decided, str(error))


def _begin(model: RegisteredModel, decided: Promotion) -> None:
    """Compare what the registry says with what the decision was about."""
    registry = outside.registry(model)
    if registry.version(model.name, decided.to_version) is None:
        raise ports.Rejected(
            f"The registry has no version {decided.to_version} of {model.name}."
        )
    named = registry.alias(model.name, CHAMPION)
    found = named.version if named else ""
    if found not in (decided.from_version, decided.to_version):
        raise ports.ChampionMoved(CHAMPION, found, decided.from_version)
    # while the version before still answers everything
    aftercare.freeze_line(model, decided)
    steps.take(decided, _asked(model, decided), "checked", CHECKED)


def _asked(model: RegisteredModel, decided: Promotion) -> State:
    """Ask for the new version, beside the old one first where that can be."""
    if model.target == RegisteredModel.Target.NONE:
        return State.DEPLOYING
    if canary.is_wanted(model, decided):
        canary.begin(model, decided)
        return State.BESIDE
    deploying.ask_for(model, decided.to_version)
    return State.DEPLOYING


def _deploy(model: RegisteredModel, decided: Promotion) -> None:
    if model.target == RegisteredModel.Target.NONE:
        words = "Nothing to deploy: this project moves the alias only."
        steps.take(decided, State.VERIFIED, "deployed", words)
        return
    seen = outside.deployment(model).describe(deploying.endpoint_of(model))
    if seen.desired_version != decided.to_version:
        # lost, or changed by hand; a failed one is not asked for again
        seen = deploying.ask_for(model, decided.to_version)
    if seen.status == EndpointStatus.FAILED:
        raise NotVerified(seen.reason or "The new version did not come up.")
    if not _serves(seen, decided.to_version):
        deploying.wait(model, decided)
    said = deploying.verify(model, decided)
    words = f"Version {decided.to_version} serves {model.endpoint}; it answered {said}."
    with transaction.atomic():
        if steps.take(decided, State.VERIFIED, "deployed", words):
            serves(model, seen, decided)


def _serves(seen: EndpointState, version: str) -> bool:
    in_service = seen.status == EndpointStatus.IN_SERVICE
    return in_service and seen.serving_version == version


def _name(model: RegisteredModel, decided: Promotion) -> None:
    """Champion, compare-and-set; then the tag and the aliases that tell its history."""
    # before the alias: a refusal after it would leave the two registries apart
    packaging.decide(model, decided)
    registry = outside.registry(model)
    to, old = decided.to_version, decided.from_version
    registry.move_alias(model.name, CHAMPION, to, expect=old or None)
    registry.set_tags(model.name, to, _tags(decided))
    if old:
        _name_previous(registry, model.name, old)
    challenger = registry.alias(model.name, CHALLENGER)
    if challenger is not None and challenger.version == to:
        registry.remove_alias(model.name, CHALLENGER)
    _done(model, decided)


def _name_previous(registry: ports.Registry, name: str, old: str) -> None:
    """Nothing to name where the old version was deleted there."""
    previous = registry.alias(name, PREVIOUS)
    expect = previous.version if previous else None
    try:
        registry.move_alias(name, PREVIOUS, old, expect=expect)
    except ports.Rejected:
        if registry.version(name, old) is not None:
            raise


def _tags(decided: Promotion) -> dict[str, str]:
    return {
        "overread.promotion": str(decided.pk),
        "overread.promotion_kind": decided.kind,
        "overread.decided_by": _decider(decided),
        "overread.replaced": decided.from_version or "none",
    }


def _decider(decided: Promotion) -> str:
    if decided.ruled_by:
        return f"by the rule that {decided.ruled_by} set"
    return str(decided.decided_by)


@transaction.atomic
def _done(model: RegisteredModel, decided: Promotion) -> None:
    words = f"The alias champion names version {decided.to_version}."
    if not steps.take(decided, State.DONE, "named", words, ended_at=timezone.now()):
        return
    RegisteredModel.objects.filter(pk=model.pk).update(
        champion=decided.to_version,
        alias_seen=decided.to_version,
        alias_seen_at=timezone.now(),
        champion_gone=False,
    )
    undone = decided.undoes
    if undone is not None:
        promotion.move(undone, State.UNDONE)
    _record(decided, "promotion carried out", "")
    aftercare.begin(model, decided)
    promotion.emit("model.promoted", decided)


def _give_up(model: RegisteredModel, decided: Promotion, why: str) -> None:
    """Ask for the old version again, and say why the new one is not in use."""
    log.warning("promotion failed", promotion=decided.pk, why=why)
    if decided.from_version and model.target != RegisteredModel.Target.NONE:
        _put_back(model, decided)
    with transaction.atomic():
        fields = {"failure": why, "ended_at": timezone.now()}
        if steps.take(decided, State.FAILED, "failed", why, **fields):
            _record(decided, "promotion failed", why)
            promotion.emit("promotion.failed", decided)


def _put_back(model: RegisteredModel, decided: Promotion) -> None:
    """End a trial; and ask for the old version where the new one was asked for."""
    deployment, endpoint = outside.deployment(model), deploying.endpoint_of(model)
    try:
        seen = deployment.describe(endpoint)
        if seen.trial is not None:
            deployment.end_trial(endpoint)
        if seen.desired_version == decided.to_version:
            seen = deploying.ask_for(model, decided.from_version)
    except ports.Unreachable as error:
        raise TryLater(str(error)) from error
    except ports.Rejected as error:
        log.warning("old version not asked for", why=str(error))
        return
    if _serves(seen, decided.from_version):
        serves(model, seen, None)


def serves(model: RegisteredModel, seen: EndpointState, by: Promotion | None) -> None:
    """Keep what really serves; one row for each change."""
    version = seen.serving_version or ""
    with transaction.atomic():
        RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        now = Deployment.objects.filter(
            project=model.project,
            endpoint=model.endpoint,
            state=Deployment.State.IN_SERVICE,
        )
        current = now.first()
        if current is not None and current.version == version:
            return
        now.update(state=Deployment.State.ENDED, ended_at=timezone.now())
        if version:
            Deployment.objects.create(
                project=model.project,
                endpoint=model.endpoint,
                version=version,
                url=seen.url or "",
                promotion=by,
            )


def _record(decided: Promotion, action: str, reason: str) -> None:
    audit.record(
        action,
        decided.project,
        f"promotion {decided.pk}",
        by=None,
        before={"version": decided.from_version},
        after={"version": decided.to_version, "state": decided.state},
        reason=reason,
    )
