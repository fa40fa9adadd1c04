"""The mail address of a person: it is theirs once they opened the link that was sent there."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.throttling import UserRateThrottle

from projects import jobs, mailing
from projects.jobs import TryLater
from projects.models import User
from projects.refused import Conflict, DoesNotFit

if TYPE_CHECKING:
    from django.http import HttpRequest

log = structlog.get_logger()
SEND: Final = "projects.addresses.send"
SALT: Final = "projects.addresses"
DAYS: Final = 3
SECONDS: Final = DAYS * 24 * 3600


class NotThisLink(DoesNotFit):
    code, title = "not_this_link", "This link does not work"


class AddressTaken(Conflict):
    code, title = "address_taken", "Somebody else uses this address"


class Few(UserRateThrottle):
    """Links go to addresses that somebody typed: nobody can have a stranger flooded."""

    scope = "mail_address"
    rate = "10/day"


def may_ask(request: HttpRequest) -> bool:
    """Count one wish for a link; False: this person had too many today."""
    return Few().allow_request(request, None)  # type: ignore[arg-type]


def ask(user: User, email: str) -> None:
    """Have a link sent to the address; until it is opened, the old one stays."""
    payload = {"user": user.pk, "email": email}
    jobs.add(f"{SEND}:{user.pk}:{timezone.now()}", SEND, f"mail:{user.pk}", payload)


def send(payload: dict[str, Any]) -> None:
    """Mail the link; whoever is killed in between mails another one that works as well."""
    user = User.objects.get(pk=payload["user"])
    try:
        _message(user, payload["email"]).send()
    except (smtplib.SMTPException, OSError) as error:
        if not mailing.is_refused(error):
            raise TryLater(f"The mail server did not take it: {error}") from error
        log.warning("mail refused", user=user.pk, error=str(error))


def _message(user: User, email: str) -> EmailMessage:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        url = settings.PUBLIC_URL + reverse("notices-address", args=[key(user, email)])
        context = {"user": user, "url": url, "days": DAYS}
        return EmailMessage(
            subject=_("Your mail address at Overread"),
            body=render_to_string("projects/address.txt", context),
            to=[email],
            headers={"Auto-Submitted": "auto-generated"},
        )


def key(user: User, email: str) -> str:
    """What only the link holds: this person wants this address in the place of theirs."""
    return signing.dumps([user.pk, user.email, email], salt=SALT)


def read(key: str, user: User) -> str:
    """Return the address that the link is for; refuse what is not this person's, or old."""
    try:
        owner, before, email = signing.loads(key, salt=SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise NotThisLink(
            _("It is too old or not whole. Ask for a new one.")
        ) from error
    if owner != user.pk:
        raise NotThisLink(
            _("Somebody else asked for it. Sign in with that account to use it.")
        )
    if user.email not in (before, email):
        raise NotThisLink(_("You chose another address since. Ask for a new link."))
    return str(email)


def confirm(key: str, user: User) -> str:
    """Take the address of the link from now on; opening it again changes nothing."""
    email = read(key, user)
    try:
        with transaction.atomic():
            known = User.objects.filter(pk=user.pk, email=user.email)
            known.update(email=email)
    except IntegrityError as error:
        raise AddressTaken(_("Somebody else uses this address.")) from error
    return email
