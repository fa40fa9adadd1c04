"""Everybody who may knock: people in browsers, programs with tokens, good and bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from projects import tokens
from projects.models import Project, Role, User
from tests import makers

ROLES = tuple(Role.values)
ROLES_OF_PEOPLE = tuple(role for role in ROLES if role != Role.ENDPOINT)


@dataclass(frozen=True)
class Caller:
    """One who calls; `role` is None for whoever has none in the project."""

    name: str
    user: User | None = None
    secret: str = ""
    role: str | None = None
    # False: nobody that the service knows, such as the bearer of a revoked token.
    known: bool = True
    # Signed in once; each client after that comes with the same cookie.
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def is_token(self) -> bool:
        return bool(self.secret)

    def client(self, *, check_csrf: bool = False) -> Client:
        headers = makers.bearer(self.secret) if self.secret else None
        client = Client(headers=headers, enforce_csrf_checks=check_csrf)
        if self.user and not self.secret and not self.cookies:
            client.force_login(self.user)
            self.cookies.update({k: v.value for k, v in client.cookies.items()})
        client.cookies.load(self.cookies)
        return client


def sessions(here: Project, elsewhere: Project) -> list[Caller]:
    staff = makers.make_user("root", is_staff=True, is_superuser=True)
    gone = makers.make_member(here, Role.OWNER)
    gone.memberships.update(ended_at=timezone.now())
    return [
        Caller("anonymous", known=False),
        Caller("stranger", makers.make_user("stranger")),
        Caller("owner elsewhere", makers.make_member(elsewhere, Role.OWNER)),
        Caller("owner who has left", gone),
        Caller("staff", staff),
        *(
            Caller(role, makers.make_member(here, role), role=role)
            for role in ROLES_OF_PEOPLE
        ),
    ]


def programs(here: Project, elsewhere: Project) -> list[Caller]:
    ended, expired = makers.make_token_row(
        here, Role.OWNER, expires_at=timezone.now() - timedelta(seconds=1)
    )
    row, revoked = makers.make_token_row(here, Role.OWNER)
    tokens.revoke(row, by=None)
    foreign, other = makers.make_token_row(elsewhere, Role.OWNER)
    return [
        Caller("expired token", ended.user, expired, known=False),
        Caller("revoked token", row.user, revoked, known=False),
        Caller("made-up token", None, "ovr_made-up", known=False),
        Caller("token elsewhere", foreign.user, other),
        *(_program(here, role) for role in ROLES),
    ]


def _program(here: Project, role: str) -> Caller:
    token, secret = makers.make_token_row(here, role)
    return Caller(f"{role} token", token.user, secret, role=role)
