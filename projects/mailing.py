"""Mails notices: several that come within minutes are one mail, in the person's language.

Which notices a mail holds, and its Message-ID, are fixed before it is sent. Who is killed
in between sends the same mail again: a mail server cannot be asked whether it has one.
"""

from __future__ import annotations

import smtplib
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max, Min
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects import jobs, notices
from projects.jobs import TryLater
from projects.models import Membership, NoticeMail, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

log = structlog.get_logger()
State = NoticeMail.State
SEND: Final = "projects.mailing.send"
# A notice waits for others; and after a mail, the next one waits longer.
GATHER: Final = timedelta(minutes=2)
APART: Final = timedelta(minutes=15)
MOST: Final = 100
# From this code on a server refuses for good; below, it asks to try again later.
FOR_GOOD: Final = 500


def ask() -> None:
    """Every so often: a job for each person whose notices have waited long enough."""
    if not notices.mail_is_on():
        return
    for user in due(timezone.now()):
        jobs.ask(SEND, f"mail:{user}", payload={"user": user})


def due(at: datetime) -> list[int]:
    """People with a notice that has waited, and no mail a short while ago."""
    waiting = NoticeMail.objects.filter(state=State.WAITING).values_list("user")
    gathered = waiting.annotate(first=Min("created_at"))
    ready = [user for user, first in gathered.order_by("user") if first <= at - GATHER]
    sent = NoticeMail.objects.filter(user__in=ready, state=State.SENT)
    last = dict(sent.values_list("user").annotate(last=Max("ended_at")))
    return [user for user in ready if user not in last or last[user] <= at - APART]


def send(payload: dict[str, Any]) -> None:
    """One mail with all that waits for one person; safe to run again at any moment."""
    user = User.objects.get(pk=payload["user"])
    mails = _claim(user)
    if not mails:
        return
    try:
        _message(user, mails).send()
    except (smtplib.SMTPException, OSError) as error:
        if not is_refused(error):
            raise TryLater(f"The mail server did not take it: {error}") from error
        log.warning("mail refused", user=user.pk, error=str(error))
        _end(mails, State.FAILED, str(error)[:300])
    else:
        _end(mails, State.SENT)


def is_refused(error: Exception) -> bool:
    """Whether a mail server said no for good: this mail, its sender, or its only recipient."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        # says something of our password, not of the mail
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= FOR_GOOD for code, _said in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and (
        error.smtp_code >= FOR_GOOD
    )


@transaction.atomic
def _claim(user: User) -> list[NoticeMail]:
    """Fix what the next mail holds: what an attempt before held, or all that waits."""
    waiting = NoticeMail.objects.select_for_update(of=("self",)).filter(
        user=user, state=State.WAITING
    )
    found = list(waiting.select_related("notice__project").order_by("pk"))
    found = _still_wanted(user, found)
    begun = [each for each in found if each.message_id]
    if begun:
        return [each for each in begun if each.message_id == begun[0].message_id]
    message_id = f"{uuid.uuid4().hex}"
    for each in found[:MOST]:
        each.message_id = message_id
    NoticeMail.objects.bulk_update(found[:MOST], ["message_id"])
    return found[:MOST]


def _still_wanted(user: User, mails: Sequence[NoticeMail]) -> list[NoticeMail]:
    """Whoever left, or may see less now, is told nothing more."""
    members = Membership.objects.active().filter(user=user, user__is_active=True)
    roles = dict(members.values_list("project", "role"))
    kept: list[NoticeMail] = []
    gone: list[NoticeMail] = []
    for each in mails:
        may = roles.get(each.notice.project_id) in notices.OFFERED[each.notice.kind]
        (kept if may and user.email else gone).append(each)
    _end(gone, State.DROPPED, "No member who may see it, or no address.")
    return kept


def _end(mails: Sequence[NoticeMail], state: str, why: str = "") -> None:
    rows = NoticeMail.objects.filter(pk__in=[each.pk for each in mails])
    rows.filter(state=State.WAITING).update(
        state=state, why=why, ended_at=timezone.now()
    )


def _message(user: User, mails: Sequence[NoticeMail]) -> EmailMessage:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        told = [{"mail": each, "url": notices.address(each.notice)} for each in mails]
        context = {"user": user, "told": told, "settings": settings.PUBLIC_URL}
        return EmailMessage(
            subject=_subject(mails),
            body=render_to_string("projects/notices.txt", context),
            to=[user.email],
            headers={
                "Message-ID": f"<{mails[0].message_id}@{_domain()}>",
                "Auto-Submitted": "auto-generated",
            },
        )


def _subject(mails: Sequence[NoticeMail]) -> str:
    notice = mails[0].notice
    if len(mails) == 1:
        return _in_line(f"{notice.project.name}: {notice}")
    projects = {each.notice.project_id for each in mails}
    n = len(mails)
    counted = ngettext("%(n)s notice", "%(n)s notices", n) % {"n": n}
    where = notice.project.name if len(projects) == 1 else _("several projects")
    return _in_line(f"{where}: {counted}")


def _in_line(text: str) -> str:
    """A header is one line."""
    return " ".join(text.split())


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
