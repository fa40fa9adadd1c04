"""Whose yes a promotion needs, by the rule that the project's model is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projects import access
from projects.models import Membership
from projects.refused import Conflict, NotAllowed
from registry_bridge.models import Approval, Promotion, RegisteredModel

if TYPE_CHECKING:
    from projects.models import User

Rule = RegisteredModel.Approvals
NEEDED: Final = {Rule.ONE_PERSON: 1, Rule.TWO_PERSONS: 1, Rule.TWO_APPROVERS: 2}


class OwnProposal(NotAllowed):
    code, title = "own_proposal", "Nobody approves their own proposal"


class ApprovedBefore(Conflict):
    code, title = "approved_before", "You have approved it already"


def needed(promotion: Promotion, model: RegisteredModel) -> int:
    """Yeses that it takes; a roll back and a first model take one."""
    if promotion.kind != Promotion.Kind.PROMOTE:
        return 1
    return NEEDED[Rule(model.approvals)]


def is_own(promotion: Promotion, model: RegisteredModel, by: User) -> bool:
    """Whether somebody else must approve, since this person proposed it."""
    return promotion.proposed_by_id == by.pk and _needs_others(promotion, model)


def _needs_others(promotion: Promotion, model: RegisteredModel) -> bool:
    """A first model and a roll back may be approved by who asked for it."""
    challenger = promotion.kind == Promotion.Kind.PROMOTE
    return challenger and model.approvals != Rule.ONE_PERSON


def say_yes(
    promotion: Promotion, model: RegisteredModel, *, by: User, reason: str
) -> bool:
    """Keep one person's yes; True: that is all it takes. The caller holds both rows."""
    if is_own(promotion, model, by):
        raise OwnProposal("You proposed it: ask another lead to approve it.")
    _, first = Approval.objects.get_or_create(
        promotion=promotion, by=by, defaults={"reason": reason}
    )
    enough = given(promotion, model) >= needed(promotion, model)
    if not first and not enough:
        raise ApprovedBefore("It waits for another lead, who is not you.")
    return enough


def given(promotion: Promotion, model: RegisteredModel) -> int:
    """Yeses that count: of who may still decide, the proposer's own only if one is enough."""
    leads = Membership.objects.active().filter(
        project=promotion.project_id,
        role__in=access.roles_that_may(access.LEAD),
        user__is_active=True,
    )
    found = promotion.approvals.filter(by__in=leads.values("user"))
    if promotion.proposed_by_id and _needs_others(promotion, model):
        found = found.exclude(by=promotion.proposed_by_id)
    return found.count()
