"""Makes, checks and revokes the tokens that programs send."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from projects import audit
from projects.access import ABILITIES
from projects.models import Membership, Project, Token, User
from projects.refused import NotAllowed, Refused

PREFIX = "ovr_"
LIFETIME = timedelta(days=365)


class NotAToken(Refused):
    code, status, title = "bad_token", 401, "This token is not valid"


def digest(secret: str) -> str:
    pepper = settings.TOKEN_PEPPER.encode()
    return hmac.new(pepper, secret.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def make(
    project: Project,
    *,
    role: str,
    name: str,
    user: User | None = None,
    by: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and kept nowhere.

    Without a user the token speaks for a service account of that name.
    """
    user = user or _service(project, name)
    membership, _ = Membership.objects.get_or_create(
        project=project, user=user, ended_at=None, defaults={"role": role}
    )
    _refuse_more_than_own(membership, role)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        project=project,
        user=user,
        role=role,
        name=name,
        hash=digest(secret),
        hint=secret[-4:],
        expires_at=expires_at or timezone.now() + LIFETIME,
    )
    audit.record("token made", project, str(token), by=by, after={"role": role})
    return token, secret


def _refuse_more_than_own(membership: Membership, role: str) -> None:
    """A token of a person never does more than the person; a service is its tokens."""
    own = ABILITIES[membership.role]
    if membership.user.is_service or ABILITIES[role] <= own:
        return
    raise NotAllowed(
        f"{membership.user} is {membership.role} here and cannot have a token of "
        f"role {role}. Leave the user out: the token then speaks for a service."
    )


def _service(project: Project, name: str) -> User:
    username = f"service:{project.slug}:{name}"[:150]
    user, created = User.objects.get_or_create(
        username=username, defaults={"is_service": True, "name": name}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


# Names the rows that were read: another stamp, and they are read anew.
STAMP = "select projects_token_stamp(%s)"
MOST_KEPT = 4_096
_kept: dict[str, tuple[str, Token]] = {}


def find(secret: str, at: datetime) -> Token:
    """The token of this secret; NotAToken when unknown, expired or revoked.

    One small statement: token, user, project and membership are read anew only when one
    of their rows has changed.
    """
    token = _find(digest(secret))
    if token is None or not token.user.is_active:
        raise NotAToken("The token is unknown. Ask an owner for a new one.")
    if token.revoked_at:
        raise NotAToken("The token was revoked. Ask an owner for a new one.")
    if not token.is_valid(at):
        raise NotAToken("The token has expired. Ask an owner for a new one.")
    return token


def _find(hash_: str) -> Token | None:
    with connection.cursor() as cursor:
        cursor.execute(STAMP, [hash_])
        (found,) = cursor.fetchone()
    if found is None:
        return None
    stamp, token = _kept.get(hash_, (None, None))
    if token is None or stamp != found:
        token = _read(hash_)
        if token is not None:
            _keep(hash_, found, token)
    return token


def _read(hash_: str) -> Token | None:
    tokens = Token.objects.select_related("user", "project")
    token = tokens.filter(hash=hash_).first()
    if token is not None:
        active = Membership.objects.active()
        membership = active.filter(project=token.project, user=token.user).first()
        token.standing = membership.role if membership else None
    return token


def _keep(hash_: str, stamp: str, token: Token) -> None:
    if len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[hash_] = (stamp, token)


@transaction.atomic
def revoke(token: Token, by: User | None) -> None:
    """End a token now; one that was revoked before stays as it is."""
    revoked = Token.objects.filter(pk=token.pk, revoked_at=None)
    if revoked.update(revoked_at=timezone.now()):
        audit.record("token revoked", token.project, str(token), by=by)
