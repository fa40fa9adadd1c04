"""Puts the version before in use again: by a person, one click, or by a watch.

A watch proposes it to the leads; where the project's model is set so, it decides by that
rule, and the decision names who set it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from projects.refused import Conflict
from registry_bridge import promotion as proposals
from registry_bridge.models import Promotion, RegisteredModel

if TYPE_CHECKING:
    from projects.models import User
    from registry_bridge.models import Aftercare

State = Promotion.State
COMPARED = "The version it was compared with is out."


class NotInUse(Conflict):
    code, title = "not_in_use", "Only the promotion in use can be rolled back"


def by_person(promotion: Promotion, *, by: User, reason: str) -> Promotion:
    """One person, one click; carried out as any promotion, without a canary."""
    reason = proposals.checked(reason)
    with transaction.atomic():
        model = proposals.locked(promotion.project)
        undone = Promotion.objects.select_for_update(no_key=True).get(pk=promotion.pk)
        _check_in_use(model, undone)
        proposals.close_waiting(undone.project, by, COMPARED)
        back = _back(undone)
        back.proposed_by, back.proposal_reason = by, reason
        return proposals.keep_decided(model, back, by, reason)


def by_watch(model: RegisteredModel, watch: Aftercare) -> Promotion | None:
    """Proposed, or decided by rule; None while another one is open. The caller holds both.

    Under a rule nothing waits: a proposal that is open is closed by it.
    """
    ruled = model.roll_back == RegisteredModel.RollBack.BY_ITSELF
    others = Promotion.objects.filter(project=model.project_id)
    if others.under_way().exists() or (not ruled and others.open().exists()):
        return None
    back = _back(watch.promotion)
    back.aftercare, back.evidence = watch, watch.alarm
    back.proposal_reason = watch.alarm["words"]
    if not ruled:
        return proposals.keep_proposed(back)
    rule = {"ruled_by": model.roll_back_set_by, "aftercare": watch}
    proposals.close_waiting(model.project, None, COMPARED, **rule)
    return proposals.keep_decided(model, back, None, back.proposal_reason, **rule)


def _back(undone: Promotion) -> Promotion:
    return Promotion(
        project=undone.project,
        kind=Promotion.Kind.ROLLBACK,
        training=None,
        undoes=undone,
        from_version=undone.to_version,
        to_version=undone.from_version,
    )


def _check_in_use(model: RegisteredModel, undone: Promotion) -> None:
    if Promotion.objects.under_way().filter(project=model.project_id).exists():
        raise proposals.OneAtATime(
            "A promotion is being carried out. Wait until it has ended."
        )
    in_use = undone.state == State.DONE and undone.to_version == model.champion
    again = undone.kind == Promotion.Kind.ROLLBACK
    if not in_use or again or not undone.from_version:
        raise NotInUse(
            f"Version {model.champion or 'none'} is in use; only the promotion that "
            "brought it can be rolled back, and only if there was one before."
        )
