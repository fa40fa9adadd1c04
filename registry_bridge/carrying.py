"""Carries a decided promotion out: deploy, verify, then the alias; each step once.

A worker may be killed between any two steps: each finds what is done already. The old
version goes on serving until the new one has answered, and again if it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction
from django.utils import timezone

from labeling.models import Payload
from projects import audit
from projects.jobs import TryLater
from registry_bridge import base, comparison, outside, promotion, snapshots
from registry_bridge.gateways import ports
from registry_bridge.gateways.ports import EndpointState, EndpointStatus, ModelSource
from registry_bridge.models import Deployment, Promotion, RegisteredModel, SnapshotItem
from registry_bridge.scoring import label_of
from reviewer.models import Prediction

if TYPE_CHECKING:
    from projects.models import Project

log = structlog.get_logger()
State = Promotion.State
Kind = Promotion.Kind
CHAMPION = "champion"
PREVIOUS = "previous-champion"
CHALLENGER = "challenger"
POLL_SECONDS = 1.0
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
LONGEST_NAME = 63
LONGEST = timedelta(minutes=30)


class NotVerified(Exception):
    """The new version came up, but did not answer as a model of this project must."""


def carry_out(decided: Promotion) -> None:
    """Do the next steps of an approved promotion until it is done or has failed."""
    model = snapshots.model_of(decided.project)
    try:
        if decided.state == State.APPROVED:
            _begin(model, decided)
        if decided.state == State.DEPLOYING:
            _deploy(model, decided)
        if decided.state == State.VERIFIED:
            _name(model, decided)
    except ports.Unreachable as error:
        raise TryLater(str(error)) from error
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
    if model.target != RegisteredModel.Target.NONE:
        ask_for(model, decided.to_version)
    _step(decided, State.DEPLOYING, "checked", "The registry names what was expected.")


def _deploy(model: RegisteredModel, decided: Promotion) -> None:
    if model.target == RegisteredModel.Target.NONE:
        words = "Nothing to deploy: this project moves the alias only."
        _step(decided, State.VERIFIED, "deployed", words)
        return
    seen = outside.deployment(model).describe(endpoint_of(model))
    if seen.desired_version != decided.to_version:
        # lost, or changed by hand; a failed one is not asked for again
        seen = ask_for(model, decided.to_version)
    if seen.status == EndpointStatus.FAILED:
        raise NotVerified(seen.reason or "The new version did not come up.")
    if not _serves(seen, decided.to_version):
        _wait(decided)
    said = verify(model, decided)
    words = f"Version {decided.to_version} serves {model.endpoint}; it answered {said}."
    with transaction.atomic():
        if _step(decided, State.VERIFIED, "deployed", words):
            serves(model, seen, decided)


def ask_for(model: RegisteredModel, version: str) -> EndpointState:
    """Ask that the endpoint serve this version; what is seen there now."""
    deployment = outside.deployment(model)
    source = ModelSource(model.name, version, outside.directory_of(model, version))
    deployment.deploy(endpoint_of(model), source)
    return deployment.describe(endpoint_of(model))


def endpoint_of(model: RegisteredModel) -> str:
    """The name where it is hosted: one for each project, of letters, digits, hyphens."""
    plain = f"{model.project.slug}-{model.endpoint}"
    name = NOT_IN_NAMES.sub("-", plain).strip("-")
    if name == plain and len(name) <= LONGEST_NAME:
        return name
    tail = f"-{model.project_id}"
    return name[: LONGEST_NAME - len(tail)].rstrip("-") + tail


def _serves(seen: EndpointState, version: str) -> bool:
    in_service = seen.status == EndpointStatus.IN_SERVICE
    return in_service and seen.serving_version == version


def _wait(decided: Promotion) -> None:
    since = decided.decided_at or timezone.now()
    if timezone.now() > since + LONGEST:
        minutes = int(LONGEST.total_seconds() // 60)
        raise NotVerified(f"It did not come up within {minutes} minutes.")
    raise TryLater(f"Version {decided.to_version} is coming up.", POLL_SECONDS)


def verify(model: RegisteredModel, decided: Promotion) -> str:
    """Ask the new version about a real input; NotVerified unless it names a label."""
    sample = real_input(model, decided)
    if sample is None:
        return "nothing yet: no input was kept to ask it about"
    asked = {"dataframe_records": [sample]}
    given = outside.deployment(model).invoke(endpoint_of(model), asked)
    if given.model_version not in (None, decided.to_version):
        raise TryLater(f"Version {given.model_version} still answers.", POLL_SECONDS)
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


def _name(model: RegisteredModel, decided: Promotion) -> None:
    """Champion, compare-and-set; then the tag and the aliases that tell its history."""
    registry = outside.registry(model)
    to, old = decided.to_version, decided.from_version
    registry.move_alias(model.name, CHAMPION, to, expect=old or None)
    registry.set_tags(model.name, to, _tags(decided))
    if old:
        previous = registry.alias(model.name, PREVIOUS)
        expect = previous.version if previous else None
        registry.move_alias(model.name, PREVIOUS, old, expect=expect)
    challenger = registry.alias(model.name, CHALLENGER)
    if challenger is not None and challenger.version == to:
        registry.remove_alias(model.name, CHALLENGER)
    _done(model, decided)


def _tags(decided: Promotion) -> dict[str, str]:
    return {
        "overread.promotion": str(decided.pk),
        "overread.promotion_kind": decided.kind,
        "overread.decided_by": str(decided.decided_by),
        "overread.replaced": decided.from_version or "none",
    }


@transaction.atomic
def _done(model: RegisteredModel, decided: Promotion) -> None:
    words = f"The alias champion names version {decided.to_version}."
    if not _step(decided, State.DONE, "named", words, ended_at=timezone.now()):
        return
    RegisteredModel.objects.filter(pk=model.pk).update(
        champion=decided.to_version,
        alias_seen=decided.to_version,
        alias_seen_at=timezone.now(),
    )
    undone = decided.undoes
    if undone is not None:
        promotion.move(undone, State.UNDONE)
    _record(decided, "promotion carried out", "")
    promotion.emit("model.promoted", decided)


def _give_up(model: RegisteredModel, decided: Promotion, why: str) -> None:
    """Ask for the old version again, and say why the new one is not in use."""
    log.warning("promotion failed", promotion=decided.pk, why=why)
    if decided.from_version and model.target != RegisteredModel.Target.NONE:
        _put_back(model, decided)
    with transaction.atomic():
        fields = {"failure": why, "ended_at": timezone.now()}
        if _step(decided, State.FAILED, "failed", why, **fields):
            _record(decided, "promotion failed", why)
            promotion.emit("promotion.failed", decided)


def _put_back(model: RegisteredModel, decided: Promotion) -> None:
    if decided.state not in (State.DEPLOYING, State.VERIFIED):
        return
    try:
        seen = ask_for(model, decided.from_version)
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
        RegisteredModel.objects.select_for_update().get(pk=model.pk)
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


def _step(decided: Promotion, to: str, step: str, words: str, **fields: Any) -> bool:
    done = {"step": step, "words": words, "at": timezone.now().isoformat()}
    return promotion.move(decided, to, steps=[*decided.steps, done], **fields)


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
