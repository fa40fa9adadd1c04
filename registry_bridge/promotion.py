"""Who may put a model version in use: proposed, approved or refused by name, undone.

What is decided here is carried out by a job (carrying.py); every decision names a person
and a reason. Whose yes it takes is a rule of the project's model (approving.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from projects import audit, english, events
from projects.refused import Conflict, DoesNotFit, FieldProblem
from registry_bridge import approving, comparison, snapshots
from registry_bridge.models import Promotion, RegisteredModel, Training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projects.models import Project, User
    from registry_bridge.models import Gate

log = structlog.get_logger()
State = Promotion.State
Kind = Promotion.Kind
LONGEST_REASON = 2_000
ENDS = ("promotion.refused", "promotion.failed", "model.promoted")


class AlreadyDecided(Conflict):
    code, title = "already_decided", "This promotion was decided before"


class OutOfDate(Conflict):
    code, title = "out_of_date", "Another version is in use by now"


class OneAtATime(Conflict):
    code, title = "one_at_a_time", "Another promotion of this project is open"


class UnknownVersion(DoesNotFit):
    code, title = "unknown_version", "There is no such version"


def propose(project: Project, version: str, *, by: User, reason: str) -> Promotion:
    """A person proposes a version that a training made; somebody else must approve."""
    reason = checked(reason)
    with transaction.atomic():
        model = locked(project)
        _no_drift(model)
        if not model.champion:
            raise OutOfDate("No version is in use yet. Install the first one instead.")
        training = _training_of(project, version)
        if version == model.champion:
            raise OutOfDate(f"Version {version} is in use already.")
        return _open(
            model, training, version, {"proposed_by": by, "proposal_reason": reason}
        )


def _training_of(project: Project, version: str) -> Training:
    made = Training.objects.filter(project=project, version=version).exclude(version="")
    training = made.order_by("-pk").first()
    if training is None:
        raise UnknownVersion(
            f"No training of this project made a version “{version}”.",
            errors=[FieldProblem(field="version", problem="was made by no training")],
        )
    return training


def propose_by_gate(
    training: Training, gate: Gate, words: str, more: Mapping[str, Any] | None = None
) -> Promotion | None:
    """Called when a comparison or a study opened the gate; None while another is open.

    `more` is evidence beside that of the training.
    """
    with transaction.atomic():
        model = locked(training.project)
        stale = training.champion != model.champion
        if stale or Promotion.objects.open().filter(project=model.project).exists():
            log.info("challenger not proposed", training=training.job_name, stale=stale)
            return None
        fields = {"gate": gate, "proposal_reason": words}
        return _open(model, training, training.version, fields, more)


def propose_first(training: Training) -> Promotion | None:
    """The first model waits for a person too; there is nothing to compare it with."""
    with transaction.atomic():
        model = locked(training.project)
        open_ = Promotion.objects.open().filter(project=model.project).exists()
        if model.champion or open_:
            return None
        fields = {
            "kind": Kind.INSTALL,
            "proposed_by": training.started_by,
            "proposal_reason": "The project's first model.",
        }
        return _open(model, training, training.version, fields)


def _open(
    model: RegisteredModel,
    training: Training,
    version: str,
    fields: dict[str, Any],
    more: Mapping[str, Any] | None = None,
) -> Promotion:
    return keep_proposed(
        Promotion(
            project=model.project,
            training=training,
            from_version=model.champion,
            to_version=version,
            evidence={**frozen(training), **(more or {})},
            **fields,
        )
    )


def keep_proposed(promotion: Promotion) -> Promotion:
    """Keep what waits for a decision, and tell of it."""
    keep(promotion)
    by = promotion.proposed_by
    after = {"version": promotion.to_version, "gate": str(promotion.gate or "")}
    if promotion.aftercare_id:
        after["aftercare"] = f"promotion {promotion.undoes_id}"
    _record("promotion proposed", promotion, by, after, promotion.proposal_reason)
    emit("promotion.proposed", promotion)
    return promotion


def frozen(training: Training) -> dict[str, Any]:
    """The training's evidence as it is now; later changes do not reach the promotion."""
    lineage = comparison.lineage(training)
    return {**training.evidence, "lineage": lineage, "outcome": training.outcome}


def install(project: Project, version: str, *, by: User, reason: str) -> Promotion:
    """Put a version in use by hand: a first model, or what the registry names already.

    Any other version goes the way of a proposal that a second person approves.
    """
    reason = checked(reason)
    with transaction.atomic():
        model = locked(project)
        drifted = has_drifted(model)
        if model.champion and not (drifted and version == model.alias_seen):
            raise OutOfDate(
                f"Version {model.champion} is in use. Propose version {version}, "
                "so that somebody else can approve it."
            )
        close_waiting(project, by, "Another version was installed by hand.")
        training = Training.objects.filter(project=project, version=version).first()
        return keep_decided(
            model,
            Promotion(
                project=project,
                kind=Kind.INSTALL,
                training=training,
                from_version=model.champion,
                to_version=version,
                evidence=frozen(training) if training else {},
                proposed_by=by,
                proposal_reason=reason,
            ),
            by,
            reason,
        )


def approve(promotion: Promotion, *, by: User, reason: str) -> Promotion:
    """PROPOSED -> APPROVED once all agreed whom the rule asks for; the job follows.

    Until then a yes is kept with its reason. Refused when the version in use has changed
    since it was proposed.
    """
    reason = checked(reason)
    with transaction.atomic():
        promotion, model = _for_decision(promotion)
        _no_drift(model)
        if model.champion != promotion.from_version:
            raise OutOfDate(
                f"It was proposed against version {promotion.from_version or 'none'}, "
                f"but {model.champion or 'none'} is in use now. Refuse it and compare again."
            )
        if not approving.say_yes(promotion, model, by=by, reason=reason):
            after = {"version": promotion.to_version, "rule": model.approvals}
            _record("promotion approved by one of two", promotion, by, after, reason)
            return promotion
        rule = model.approvals if promotion.kind == Kind.PROMOTE else ""
        _decide(promotion, State.APPROVED, by, reason, rule=rule)
        emit("promotion.approved", promotion)
    return promotion


def refuse(promotion: Promotion, *, by: User, reason: str) -> Promotion:
    """PROPOSED -> REFUSED; also how somebody takes back their own proposal."""
    reason = checked(reason)
    with transaction.atomic():
        promotion, _ = _for_decision(promotion)
        _decide(promotion, State.REFUSED, by, reason)
        emit("promotion.refused", promotion)
    return promotion


def keep_decided(
    model: RegisteredModel,
    promotion: Promotion,
    by: User | None,
    reason: str,
    **fields: Any,
) -> Promotion:
    """Keep one that is decided as it is proposed; in `fields`, the rule in place of `by`."""
    promotion.state = State.APPROVED
    promotion.decided_by, promotion.decided_at = by, timezone.now()
    promotion.reason = reason
    for name, value in fields.items():
        setattr(promotion, name, value)
    keep(promotion)
    action = f"promotion {english.label(Promotion.Kind(promotion.kind)).lower()}"
    after = {"from": promotion.from_version, "to": promotion.to_version}
    if promotion.ruled_by:
        after["by rule of"] = str(promotion.ruled_by)
    _record(action, promotion, by, after, reason)
    emit("promotion.approved", promotion)
    return promotion


def close_waiting(project: Project, by: User | None, why: str, **fields: Any) -> None:
    """Refuse what waits for a decision, since it is out of date now."""
    waiting = Promotion.objects.select_for_update(no_key=True).filter(
        project=project, state=State.PROPOSED
    )
    for promotion in waiting:
        _decide(promotion, State.REFUSED, by, why, **fields)
        emit("promotion.refused", promotion)


def _decide(
    promotion: Promotion, to: str, by: User | None, reason: str, **fields: Any
) -> None:
    before = promotion.state
    fields |= {"decided_by": by, "decided_at": timezone.now(), "reason": reason}
    if to == State.REFUSED:
        fields["ended_at"] = timezone.now()
    move(promotion, to, **fields)
    after = {"state": to, "version": promotion.to_version}
    if promotion.rule:
        after["rule"] = promotion.rule
    _record(f"promotion {to}", promotion, by, after, reason, before=before)


def _for_decision(promotion: Promotion) -> tuple[Promotion, RegisteredModel]:
    """Model first, then promotion: every decision locks in this order."""
    model = locked(promotion.project)
    promotion = Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
    if promotion.state != State.PROPOSED:
        state = english.label(State(promotion.state)).lower()
        who = f" by {promotion.decider}" if promotion.decider else ""
        raise AlreadyDecided(f"It was decided{who}: {state}. Load the page again.")
    return promotion, model


def keep(promotion: Promotion) -> Promotion:
    try:
        with transaction.atomic():
            promotion.save()
    except IntegrityError as error:
        if "one_open_promotion_per_project" not in str(error):
            raise
        raise OneAtATime("Decide on the open one first.") from error
    return promotion


def move(promotion: Promotion, to: str, **fields: Any) -> bool:
    """The one place where a promotion's state changes; False: somebody was faster."""
    found = Promotion.objects.filter(pk=promotion.pk, state=promotion.state)
    if not found.update(state=to, **fields):
        return False
    promotion.refresh_from_db()
    return True


def emit(name: str, promotion: Promotion) -> None:
    project = promotion.project
    stream = "mlflow" if name == "model.promoted" else "deployment"
    events.emit(
        name,
        project,
        subject=f"promotion {promotion.pk}",
        stream=f"{stream}:{project.pk}",
        promotion=promotion.pk,
        kind=promotion.kind,
        from_version=promotion.from_version,
        to_version=promotion.to_version,
    )
    if name in ENDS:
        events.emit("promotion.ended", project, subject=f"promotion {promotion.pk}")


def has_drifted(model: RegisteredModel) -> bool:
    """Whether somebody moved the alias in the registry itself."""
    return model.alias_seen_at is not None and model.alias_seen != model.champion


def _no_drift(model: RegisteredModel) -> None:
    if model.champion_gone:
        raise OutOfDate(
            f"In the registry, version {model.champion}, which is in use here, was "
            "deleted. Let the alias champion name a version there that still is, then "
            "put that one in use here."
        )
    if has_drifted(model):
        raise OutOfDate(
            f"In the registry, the alias champion names version "
            f"{model.alias_seen or 'none'}, not {model.champion or 'none'}: somebody "
            "moved it there. Put it back, or install that version here."
        )


def checked(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > LONGEST_REASON or "\0" in text:
        problem = f"must be a sentence of 1 to {LONGEST_REASON} characters"
        raise DoesNotFit(
            "Say why: a reason is kept with every decision.",
            errors=[FieldProblem(field="reason", problem=problem)],
        )
    return text


def locked(project: Project) -> RegisteredModel:
    snapshots.model_of(project)
    return RegisteredModel.objects.select_for_update(no_key=True, of=("self",)).get(
        project=project
    )


def _record(
    action: str,
    promotion: Promotion,
    by: User | None,
    after: dict[str, Any],
    reason: str,
    before: str | None = None,
) -> None:
    audit.record(
        action,
        promotion.project,
        f"promotion {promotion.pk}",
        by=by,
        before={"state": before} if before else None,
        after=after,
        reason=reason,
    )
