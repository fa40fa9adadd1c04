"""Asks somebody into a project by a link that works once, until it expires."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from projects import accounts, audit, members, tokens
from projects.models import Invitation, Project, User
from projects.refused import NotFound, Refused

LIFETIME = timedelta(days=7)


class InvitationClosed(Refused):
    code, status, title = "invitation_closed", 410, "This invitation no longer works"


@transaction.atomic
def invite(
    project: Project, *, name: str, role: str, by: User
) -> tuple[Invitation, str]:
    """A new invitation and the code of its link, which is shown once."""
    code = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        role=role,
        name=name,
        code_hash=tokens.digest(code),
        invited_by=by,
        expires_at=timezone.now() + LIFETIME,
    )
    audit.record("invited", project, name, by=by, after={"role": role})
    return invitation, code


@transaction.atomic
def withdraw(invitation: Invitation, by: User) -> None:
    waiting = Invitation.objects.filter(
        pk=invitation.pk, accepted_by=None, withdrawn_at=None
    )
    if waiting.update(withdrawn_at=timezone.now()):
        audit.record("invitation withdrawn", invitation.project, invitation.name, by=by)


def find(code: str, at: datetime) -> Invitation:
    """The open invitation of this code, or why there is none."""
    invitation = (
        Invitation.objects.select_related("project", "invited_by")
        .filter(code_hash=tokens.digest(code))
        .first()
    )
    if invitation is None:
        raise NotFound("There is no such invitation. Copy the whole link.")
    if not invitation.is_open(at):
        raise InvitationClosed(
            "It was used, was withdrawn or is older than seven days. "
            "Ask an owner of the project for a new one."
        )
    return invitation


@transaction.atomic
def accept_as_new(invitation: Invitation, *, username: str, password: str) -> User:
    """An account for whoever holds the link, and the membership; all or nothing."""
    _take(invitation)
    user = accounts.make(username, name=invitation.name, password=password)
    _join(invitation, user)
    return user


@transaction.atomic
def accept_as(invitation: Invitation, user: User) -> None:
    """The membership for an account that exists."""
    _take(invitation)
    _join(invitation, user)


def _take(invitation: Invitation) -> None:
    """Lock it: of two who press at the same time the second one is too late."""
    kept = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if not kept.is_open(timezone.now()):
        raise InvitationClosed("Somebody was here before. Ask for a new invitation.")


def _join(invitation: Invitation, user: User) -> None:
    members.add(invitation.project, user, invitation.role, by=user)
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_by"])


def waiting(project: Project, at: datetime) -> list[Invitation]:
    found = Invitation.objects.filter(
        project=project, accepted_by=None, withdrawn_at=None, expires_at__gt=at
    )
    return list(found.select_related("invited_by").order_by("-pk"))
