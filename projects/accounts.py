"""Accounts of people: made by command or invitation, opened again by an owner."""

from __future__ import annotations

import re
import secrets

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from projects import audit
from projects.models import Membership, Project, Role, User
from projects.refused import Conflict, DoesNotFit, NotAllowed, NotFound

# No @ and no colon: nobody looks like a mail address of another, or like a service.
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
USERNAME_HELP = gettext_noop("2 to 60 letters, digits, dots, dashes or underscores.")


class UsernameTaken(Conflict):
    code, title = "username_taken", "This username is taken"


@transaction.atomic
def make(username: str, *, name: str, password: str, staff: bool = False) -> User:
    """A new account; usernames are kept in lower case, so that Ann is ann."""
    username = username.strip().lower()
    user = User(username=username, name=name or username)
    user.is_staff = user.is_superuser = staff
    _check(user, password)
    taken = UsernameTaken(f"There is an account {username}. Choose another name.")
    # iexact: the administration pages may have made one in capital letters
    if User.objects.filter(username__iexact=username).exists():
        raise taken
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise taken from error
    audit.record("account made", None, username, by=None, after={"staff": staff})
    return user


def _check(user: User, password: str) -> None:
    problems = []
    if not USERNAME.fullmatch(user.username):
        problems.append(("username", USERNAME_HELP))
    try:
        validate_password(password, user)
    except ValidationError as error:
        problems += [("password", message) for message in error.messages]
    if problems:
        raise DoesNotFit(
            "The account cannot be made like this.",
            errors=[{"field": field, "problem": text} for field, text in problems],
        )


def of_name(username: str) -> User:
    """The account of a person; NotFound tells how to make one."""
    user = User.objects.filter(username=username, is_service=False).first()
    if user is None:
        command = f"manage.py account --username {username}"
        raise NotFound(f"There is no account {username}. Make it: {command}")
    return user


def random_password() -> str:
    """About 95 bits in groups that a person can copy from a screen."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join(
        "".join(secrets.choice(letters) for _ in range(5)) for _ in range(4)
    )


@transaction.atomic
def new_password(user: User) -> str:
    """A random password for an account that exists; its sessions end."""
    password = random_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("password set by command", None, user.username, by=None)
    return password


@transaction.atomic
def reset_link(membership: Membership, by: User) -> str:
    """The path of a page where this person sets a new password, once, within a day.

    Whoever opens it becomes that person. So only somebody who already owns everything
    the account can reach may hand it out; nobody rises by it.
    """
    user = membership.user
    _refuse_to_rise(user, by)
    audit.record("password reset link made", membership.project, user.username, by=by)
    key = default_token_generator.make_token(user)
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )


def _refuse_to_rise(user: User, by: User) -> None:
    command = f"Ask the operator: manage.py account --username {user} --reset."
    if user == by:
        raise NotAllowed("Change your own password in the menu at the top right.")
    if user.is_service:
        raise NotAllowed("A service has no password. Make a new token instead.")
    if by.is_superuser:
        return
    if user.is_staff or user.is_superuser:
        raise NotAllowed(f"{user} administrates this service. {command}")
    theirs = Project.objects.filter(
        memberships__user=user, memberships__ended_at=None
    ).values("pk")
    owned = Membership.objects.active().filter(user=by, role=Role.OWNER)
    if theirs.exclude(pk__in=owned.values("project")).exists():
        raise NotAllowed(
            f"{user} also works in projects that you do not own, and the link would "
            f"open those too. {command}"
        )
