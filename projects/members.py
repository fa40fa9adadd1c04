"""Who belongs to a project: joins it, changes role, leaves; what follows from leaving."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from projects import audit, events, tokens
from projects.access import ABILITIES
from projects.models import Invitation, Membership, Project, Role, Token, User
from projects.refused import Conflict, DoesNotFit

ROLES_OF_PEOPLE = (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD, Role.OWNER)
ROLE_CHOICES = [(role.value, role.label) for role in ROLES_OF_PEOPLE]


class LastOwner(Conflict):
    code, title = "last_owner", "A project needs an owner"


class AlreadyMember(Conflict):
    code, title = "already_member", "This person is a member already"


class HasLeft(Conflict):
    code, title = "has_left", "This person has left the project"


@transaction.atomic
def add(project: Project, user: User, role: str, by: User | None) -> Membership:
    """A new membership; AlreadyMember when there is one."""
    _lock(project)
    _check_role(role)
    if Membership.objects.active().filter(project=project, user=user).exists():
        raise AlreadyMember(f"{user} is a member already. Change the role instead.")
    membership = Membership.objects.create(project=project, user=user, role=role)
    audit.record("member joined", project, user.username, by=by, after={"role": role})
    return membership


@transaction.atomic
def change_role(membership: Membership, role: str, by: User | None) -> None:
    """The same person in another role, at once, in open pages and tokens too."""
    kept = _lock_membership(membership)
    _check_role(role)
    before = kept.role
    if role == before:
        return
    if before == Role.OWNER:
        _keep_an_owner(kept)
    kept.role = membership.role = role
    kept.save(update_fields=["role"])
    audit.record(
        "role changed",
        kept.project,
        kept.user.username,
        by=by,
        before={"role": before},
        after={"role": role},
    )
    if not ABILITIES[before] <= ABILITIES[role]:
        _withdraw_invitations(kept)
        _tell("member.demoted", kept)


@transaction.atomic
def end(membership: Membership, by: User | None) -> None:
    """Somebody leaves: access ends at once, leases are freed, answers stay."""
    kept = _lock_membership(membership)
    if kept.role == Role.OWNER:
        _keep_an_owner(kept)
    kept.ended_at = membership.ended_at = timezone.now()
    kept.save(update_fields=["ended_at"])
    for token in Token.objects.filter(
        project=kept.project, user=kept.user, revoked_at=None
    ):
        tokens.revoke(token, by)
    _withdraw_invitations(kept)
    audit.record(
        "member left",
        kept.project,
        kept.user.username,
        by=by,
        before={"role": kept.role},
    )
    _tell("member.left", kept)


def of(project: Project) -> list[Membership]:
    """The people of a project, owners first, then by name; services are left out."""
    found = Membership.objects.active().filter(project=project, user__is_service=False)
    order = list(reversed(ROLES_OF_PEOPLE))
    return sorted(
        found.select_related("user"),
        key=lambda each: (order.index(Role(each.role)), str(each.user).lower()),
    )


def _tell(name: str, membership: Membership) -> None:
    events.emit(
        name,
        membership.project,
        subject=membership.user.username[:120],
        user=membership.user_id,
    )


def _lock(project: Project) -> None:
    # no_key: rows that point to the project may be written meanwhile
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _lock_membership(membership: Membership) -> Membership:
    """As it is now; two owners cannot make each other leave at the same time."""
    _lock(membership.project)
    kept = Membership.objects.select_related("user", "project").get(pk=membership.pk)
    if kept.ended_at:
        raise HasLeft(f"{kept.user} has left already. Reload the page.")
    return kept


def _keep_an_owner(leaving: Membership) -> None:
    others = Membership.objects.active().filter(
        project=leaving.project,
        role=Role.OWNER,
        user__is_active=True,
        user__is_service=False,
    )
    if not others.exclude(pk=leaving.pk).exists():
        raise LastOwner(
            f"{leaving.user} is the last owner. Make somebody else an owner first."
        )


def _withdraw_invitations(membership: Membership) -> None:
    """Nobody comes back, or keeps a role, by an invitation of their own making."""
    Invitation.objects.filter(
        project=membership.project,
        invited_by=membership.user,
        accepted_by=None,
        withdrawn_at=None,
    ).update(withdrawn_at=timezone.now())


def _check_role(role: str) -> None:
    if role not in ROLES_OF_PEOPLE:
        known = ", ".join(ROLES_OF_PEOPLE)
        raise DoesNotFit(
            "A person needs a role of people.",
            errors=[{"field": "role", "problem": f"must be one of: {known}"}],
        )
