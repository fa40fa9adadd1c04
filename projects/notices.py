"""Tells people of what should not wait until they look: once each, to whoever wants it.

A notice, the mails that it makes and the event that webhooks read are one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation

from projects import events
from projects.models import Membership, Notice, NoticeChoice, NoticeMail, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projects.models import Project, User

Kind = Notice.Kind
LEADERS: Final = frozenset({Role.LEAD, Role.OWNER})
REVIEWERS: Final = LEADERS | {Role.REVIEWER, Role.ADJUDICATOR}
# Who may hear of what: only those who can open the page that a notice leads to.
OFFERED: Final[Mapping[str, frozenset[str]]] = {
    Kind.DECISION: LEADERS,
    Kind.ROLLBACK: LEADERS,
    Kind.QUEUE: REVIEWERS,
    Kind.TRAINING: LEADERS,
    Kind.GATE: LEADERS,
}
# Who gets mail of what without having chosen.
USUAL: Final[Mapping[str, frozenset[str]]] = {
    Kind.DECISION: LEADERS,
    Kind.ROLLBACK: LEADERS,
}
NO_MAIL: Final = "django.core.mail.backends.dummy.EmailBackend"


@dataclass(frozen=True)
class Said:
    """A title and a sentence, both marked for translation, with the values in them."""

    title: str
    path: str
    words: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def mail_is_on() -> bool:
    """Whether this service was told of a mail server."""
    return bool(settings.EMAIL_BACKEND != NO_MAIL)


@transaction.atomic
def tell(
    project: Project, kind: str, key: str, said: Said, *, but: int | None = None
) -> Notice | None:
    """Keep the notice, its mails and its event; None: it was told before.

    `but`: somebody who knows already, and gets no mail.

    One transaction, so that a worker that is killed in between tells all of it or nothing.
    """
    fields = {
        "kind": kind,
        "title": said.title,
        "words": said.words,
        "values": dict(said.values),
        "path": said.path,
    }
    notice, fresh = Notice.objects.get_or_create(
        project=project, key=key, defaults=fields
    )
    if not fresh:
        return None
    if mail_is_on():
        NoticeMail.objects.bulk_create(
            [
                NoticeMail(notice=notice, user=user)
                for user in wanting(project, kind)
                if user.pk != but
            ]
        )
    events.emit(f"notice.{kind}", project, subject=key, **in_english(notice))
    return notice


def in_english(notice: Notice) -> dict[str, str]:
    """As programs are told of it."""
    with translation.override("en"):
        return {
            "notice": notice.kind,
            "title": str(notice),
            "words": notice.said,
            "url": address(notice),
        }


def address(notice: Notice) -> str:
    return f"{settings.PUBLIC_URL}{notice.path}"


def wanting(project: Project, kind: str) -> list[User]:
    """Members who want mail of this kind and have an address."""
    members = Membership.objects.active().filter(
        project=project,
        role__in=OFFERED[kind],
        user__is_active=True,
        user__is_service=False,
    )
    chosen = dict(
        NoticeChoice.objects.filter(project=project, kind=kind).values_list(
            "user", "mail"
        )
    )
    found = members.exclude(user__email="").select_related("user")
    return [
        each.user
        for each in found.order_by("user")
        if chosen.get(each.user_id, each.role in USUAL.get(kind, ()))
    ]


@dataclass(frozen=True)
class Choices:
    """What one member hears of a project: kind, its name, and whether it is mailed."""

    membership: Membership
    kinds: tuple[tuple[Kind, bool], ...]

    @property
    def project(self) -> Project:
        return self.membership.project


def choices(user: User) -> list[Choices]:
    """Of each project that somebody may hear of, by name."""
    members = Membership.objects.active().filter(user=user, role__in=REVIEWERS)
    chosen = {
        (project, kind): mail
        for project, kind, mail in NoticeChoice.objects.filter(user=user).values_list(
            "project", "kind", "mail"
        )
    }
    return [
        Choices(
            each,
            tuple(
                (
                    kind,
                    chosen.get(
                        (each.project_id, kind), each.role in USUAL.get(kind, ())
                    ),
                )
                for kind in offered(each.role)
            ),
        )
        for each in members.select_related("project").order_by("project__name", "pk")
    ]


def offered(role: str) -> list[Kind]:
    return [kind for kind in Kind if role in OFFERED[kind]]


@transaction.atomic
def choose(user: User, wanted: Iterable[tuple[int, str]]) -> None:
    """Keep what somebody ticked, project by project; the rest of what is offered is off."""
    ticked = set(wanted)
    rows = [
        NoticeChoice(
            project=each.project,
            user=user,
            kind=kind,
            mail=(each.project.pk, kind.value) in ticked,
        )
        for each in choices(user)
        for kind, _mailed in each.kinds
    ]
    NoticeChoice.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["project", "user", "kind"],
        update_fields=["mail"],
    )


def newest(user: User, most: int = 20) -> Sequence[NoticeMail]:
    """The last that were mailed to somebody, or should have been, in projects of theirs."""
    own = Membership.objects.active().filter(user=user).values("project")
    mails = NoticeMail.objects.filter(user=user, notice__project__in=own)
    mails = mails.select_related("notice__project")
    return list(mails.order_by("-pk")[:most])
