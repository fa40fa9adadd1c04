"""Which guidelines a person must read before the next task, and who has read which.

Versions of a schema that differ in nothing of their guideline, or so little that a lead
said so, are one edition: whoever has read one of them has read them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db.models.functions import MD5

from labeling import text_diff
from labeling.models import Acknowledgement, SchemaVersion
from projects.refused import NotFound

if TYPE_CHECKING:
    from collections.abc import Set
    from datetime import datetime

    from labeling.text_diff import Line
    from projects.models import User

NOTHING = "d41d8cd98f00b204e9800998ecf8427e"  # MD5 of a guideline without text


@dataclass(frozen=True)
class Row:
    """A version as editions need it: its text only by its digest."""

    pk: int
    schema: int
    digest: str
    small: bool


Editions: TypeAlias = Mapping[int, int]


def editions(rows: Sequence[Row]) -> Editions:
    """Version -> the version that began its edition; rows are one schema's, in order."""
    found: dict[int, int] = {}
    before: Row | None = None
    for row in rows:
        kept = before and (row.small or row.digest == before.digest)
        found[row.pk] = found[before.pk] if before and kept else row.pk
        before = row
    return found


def _rows(**where: Any) -> list[Row]:
    versions = SchemaVersion.objects.filter(**where).order_by("schema_id", "number")
    digest = MD5("guideline")
    return [
        Row(*each) for each in versions.values_list("pk", "schema_id", digest, "small")
    ]


def known_to(project_id: int, user: User) -> list[int]:
    """Versions of the project whose tasks this person may be shown at once."""
    read = set(
        Acknowledgement.objects.filter(
            user=user, version__schema__project=project_id
        ).values_list("version", flat=True)
    )
    found: list[int] = []
    for _, rows in groupby(_rows(schema__project=project_id), lambda row: row.schema):
        found += _known(list(rows), read)
    return found


def _known(rows: Sequence[Row], read: set[int]) -> list[int]:
    its_edition = editions(rows)
    seen = {its_edition[pk] for pk in its_edition if pk in read}
    # who begins and finds no text has nothing to read
    return [
        row.pk
        for row in rows
        if its_edition[row.pk] in seen or (row.digest == NOTHING and not seen)
    ]


def of_project(project_id: int, version_id: int) -> SchemaVersion:
    versions = SchemaVersion.objects.select_related("schema__project")
    found = versions.filter(schema__project=project_id, pk=version_id).first()
    if found is None:
        raise NotFound("There is no such version of a schema in this project.")
    return found


@dataclass(frozen=True)
class News:
    """What somebody must read: the whole guideline, or what changed since `last`."""

    version: SchemaVersion
    last: SchemaVersion | None
    lines: list[Line]


def news(version: SchemaVersion, user: User) -> News | None:
    """None where this person knows the version’s guideline."""
    if version.pk in known_to(version.schema.project_id, user):
        return None
    mine = Acknowledgement.objects.filter(user=user, version__schema=version.schema_id)
    last = mine.select_related("version").order_by("-at", "-pk").first()
    if last is None:
        return News(version, None, [])
    changed = text_diff.lines(last.version.guideline, version.guideline)
    return News(version, last.version, changed)


def acknowledge(version: SchemaVersion, user: User) -> None:
    """Once is enough: what is sent again changes nothing."""
    Acknowledgement.objects.get_or_create(version=version, user=user)


@dataclass(frozen=True)
class Readers:
    """Who has read the edition of a version, and who of the project has not yet."""

    read: list[str]
    missing: list[str]


def readers(
    versions: Sequence[SchemaVersion], people: Iterable[User]
) -> dict[int, Readers]:
    """For the versions of one schema, in their order."""
    its_edition = editions(_rows(pk__in=[each.pk for each in versions]))
    read: dict[int, dict[int, str]] = {}
    told = Acknowledgement.objects.filter(version__in=versions).select_related("user")
    for each in told.order_by("user__name", "user__username"):
        edition = read.setdefault(its_edition[each.version_id], {})
        edition[each.user_id] = str(each.user)
    everybody = {each.pk: str(each) for each in people}
    return {
        pk: Readers(
            list(read.get(edition, {}).values()),
            [
                name
                for who, name in everybody.items()
                if who not in read.get(edition, {})
            ],
        )
        for pk, edition in its_edition.items()
    }


@dataclass(frozen=True)
class Unread:
    """A guideline that changed, and how many people have not read the change."""

    project: int
    schema: str
    people: int
    since: datetime


def unread(people: Mapping[int, Set[int]]) -> list[Unread]:
    """Of each schema of these projects whose guideline changed; project -> its people."""
    versions = SchemaVersion.objects.filter(schema__project__in=people)
    versions = versions.select_related("schema").defer("questions", "fields")
    rows = versions.annotate(digest=MD5("guideline")).order_by("schema_id", "number")
    changed = [
        found
        for _, each in groupby(rows, attrgetter("schema_id"))
        if (found := _newest_edition(list(each)))
    ]
    read: dict[int, set[int]] = {}
    told = Acknowledgement.objects.filter(version__in=[v for e in changed for v in e])
    for version, user in told.values_list("version", "user") if changed else ():
        read.setdefault(version, set()).add(user)
    return [each for edition in changed if (each := _unread(edition, people, read))]


def _newest_edition(versions: Sequence[Any]) -> list[SchemaVersion]:
    """Its versions; none where there is one edition only, or nothing to read."""
    rows = [Row(v.pk, v.schema_id, v.digest, v.small) for v in versions]
    its_edition = editions(rows)
    newest = its_edition[rows[-1].pk]
    if newest == its_edition[rows[0].pk] or rows[-1].digest == NOTHING:
        return []
    return [each for each in versions if its_edition[each.pk] == newest]


def _unread(
    edition: Sequence[SchemaVersion],
    people: Mapping[int, Set[int]],
    read: Mapping[int, set[int]],
) -> Unread | None:
    first = edition[0]
    knows = set().union(*(read.get(each.pk, set()) for each in edition))
    n = len(people[first.schema.project_id] - knows)
    if not n:
        return None
    return Unread(first.schema.project_id, first.schema.name, n, first.created_at)
