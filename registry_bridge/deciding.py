"""What keeps somebody from deciding on a promotion, said before they try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projects import access
from registry_bridge.models import Promotion
from registry_bridge.promotion import has_drifted

if TYPE_CHECKING:
    from projects.access import Member
    from registry_bridge.models import RegisteredModel


def why_not_approve(
    promotion: Promotion, model: RegisteredModel | None, who: Member
) -> str:
    """A sentence; "" when this person may approve it now."""
    if not who.may(access.LEAD):
        return "Only a lead or an owner of the project decides."
    if promotion.kind == Promotion.Kind.PROMOTE and (
        promotion.proposed_by_id == who.user.pk
    ):
        return "You proposed it, so another lead must approve it. You may take it back by refusing it."
    if model is None:
        return "The project has no model any more."
    if has_drifted(model):
        return (
            f"In the registry, the alias champion names version {model.alias_seen or 'none'}, "
            f"not {model.champion or 'none'}: somebody moved it there. Put it back first."
        )
    if model.champion != promotion.from_version:
        return (
            f"It was proposed against version {promotion.from_version or 'none'}, but "
            f"{model.champion or 'none'} is in use now. Refuse it and compare again."
        )
    return ""


def may_roll_back(
    promotion: Promotion, model: RegisteredModel | None, who: Member, *, busy: bool
) -> bool:
    """Only what is in use, brought something before it, and is not a roll back itself."""
    return (
        who.may(access.LEAD)
        and not busy
        and model is not None
        and promotion.state == Promotion.State.DONE
        and promotion.kind != Promotion.Kind.ROLLBACK
        and promotion.to_version == model.champion
        and bool(promotion.from_version)
    )
