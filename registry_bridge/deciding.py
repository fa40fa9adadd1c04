"""What keeps somebody from deciding on a promotion, said before they try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from projects import access
from registry_bridge import approving
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
        return _("Only a lead or an owner of the project decides.")
    if model is None:
        return _("The project has no model any more.")
    if approving.is_own(promotion, model, who.user):
        return _(
            "You proposed it, so another lead must approve it. "
            "You may take it back by refusing it."
        )
    if _waits_for_others(promotion, model, who):
        return _("You have approved it; it waits for another lead.")
    if model.champion_gone:
        return _(
            "In the registry, version %(here)s, which is in use, was deleted. Let the "
            "alias champion name another one there, then put it in use here."
        ) % {"here": model.champion}
    if has_drifted(model):
        return _(
            "In the registry, the alias champion names version %(there)s, "
            "not %(here)s: somebody moved it there. Put it back first."
        ) % {"there": _version(model.alias_seen), "here": _version(model.champion)}
    if model.champion != promotion.from_version:
        return _(
            "It was proposed against version %(then)s, but %(now)s is in use now. "
            "Refuse it and compare again."
        ) % {"then": _version(promotion.from_version), "now": _version(model.champion)}
    return ""


def _waits_for_others(
    promotion: Promotion, model: RegisteredModel, who: Member
) -> bool:
    said = any(each.by_id == who.user.pk for each in promotion.approvals.all())
    if not said:
        return False
    return approving.given(promotion, model) < approving.needed(promotion, model)


def _version(name: str) -> str:
    return name or _("none")


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
