"""Signed addresses under which a person reads what a task refers to, for half a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.urls import reverse

from labeling import references, versions
from labeling.media.refused import LinkEnded, LinkOfAnother
from projects.refused import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labeling.models import Task
    from labeling.references import Place
    from projects.models import Project, User

SALT = "labeling.media"
# Every link that is made within a step ends at the same moment, so that it is the same
# address for a while and a browser that holds the thing already asks no more. It lasts
# LASTS at the least: longer than people sit.
STEP, LASTS = timedelta(hours=6), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Link:
    """One place in one task's payload, for one person."""

    task: int
    field: str
    at: int | None
    # a reference that was found inside of the document that the whole input refers to
    found: str


def given(
    task: Task, project: Project, user: User, now: datetime
) -> list[dict[str, Any]]:
    """What the page fetches for this task: address, place, and what it holds."""
    content = task.payload.content or {}
    shown = versions.fields(task.schema_version_id)
    return each_of(references.places(shown, content), task.pk, project, user, now)


def each_of(
    places: Iterable[Place],
    task: int,
    project: Project,
    user: User,
    now: datetime,
    *,
    inside: bool = False,
) -> list[dict[str, Any]]:
    """The same for places; `inside`: of a document, which is not looked into again."""
    ends = _ends(now)
    return [
        {
            "field": place.field,
            "at": place.at,
            "holds": place.holds,
            "address": reverse(
                "api-media",
                args=[
                    project.slug,
                    _signed([project.pk, task, user.pk], place, ends, inside=inside),
                ],
            ),
        }
        for place in places
    ]


def read(token: str, project: Project, user: User, now: datetime) -> Link:
    """The link of a token, while it lasts, for whom it was made."""
    try:
        owner, task, person, *place, ends = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound("There is nothing at this address.") from error
    if owner != project.pk:
        raise NotFound("There is nothing at this address.")
    if person != user.pk:
        raise LinkOfAnother("This address was made for somebody else.")
    if now.timestamp() >= ends:
        raise LinkEnded("This address holds no longer. Load the page again.")
    return Link(task, *place)


def _signed(whose: list[int], place: Place, ends: int, *, inside: bool) -> str:
    found = place.ref if inside else ""
    said = [*whose, place.field, place.at, found, ends]
    return _signer().sign_object(said, compress=True)


def _ends(now: datetime) -> int:
    step = STEP.total_seconds()
    return int((now.timestamp() // step + 1) * step + LASTS.total_seconds())


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT)
