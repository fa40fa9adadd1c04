"""What stands behind a link, fetched and judged: a picture's file, or text or JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from labeling import fields, payloads, references, versions
from labeling.media import contents, fetching, links, sources
from labeling.media.refused import Erased, Unfit
from labeling.models import Task
from labeling.references import DOCUMENT, PICTURE, TEXT, Place
from projects.refused import NotFound

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json
    from labeling.media.fetching import Fetched
    from labeling.media.links import Link
    from projects.models import Project, User


@dataclass(frozen=True, slots=True)
class Opened:
    """What is sent: bytes of a known type, the same bytes under the same digest."""

    file: IO[bytes] | bytes
    size: int
    digest: str
    type: str


def behind(link: Link, project: Project, user: User, now: datetime) -> Opened:
    """What the link's place in its task refers to."""
    task = Task.objects.filter(pk=link.task, project=project).select_related("payload")
    found = task.first()
    if found is None:
        raise NotFound("There is no such task any more.")
    if found.payload.content is None:
        raise Erased("The input was erased.")
    shown = versions.fields(found.schema_version_id)
    place = _place(link, shown, found.payload.content)
    if place.holds == PICTURE:
        return _picture(_fetched(place, project, settings.MEDIA_BYTES))
    most = min(settings.MEDIA_BYTES, settings.MAX_BODY_BYTES)
    fetched = _fetched(place, project, most)
    with fetched.file as file:
        data = file.read()
    if place.holds == DOCUMENT:
        document = contents.json(data, fetched.charset)
        return _document(document, shown, link, project, user, now)
    read = contents.text if place.holds == TEXT else contents.json
    value = read(data, fetched.charset)
    refuse_unfit(_field(shown, place.field), value)
    if isinstance(value, str) and place.holds == TEXT:
        return _sent(value.encode(), "text/plain; charset=utf-8")
    return _sent(msgspec.json.encode(value), "application/json")


def _place(link: Link, shown: tuple[Field, ...], content: dict[str, Json]) -> Place:
    if link.found:
        field = _field(shown, link.field)
        holds = fields.get(field.type).by_reference
        return Place(link.found, link.field, link.at, holds)
    for place in references.places(shown, content):
        if (place.field, place.at) == (link.field, link.at):
            return place
    raise NotFound("The task no longer refers to anything there.")


def _field(shown: tuple[Field, ...], name: str) -> Field:
    found = next((field for field in shown if field.name == name), None)
    if found is None:
        raise NotFound("The task’s schema no longer shows this.")
    return found


def _fetched(place: Place, project: Project, most: int) -> Fetched:
    source = sources.of(place.ref, project.pk)

    def look(head: bytes) -> None:
        contents.refuse_unfit(place.holds, head)

    return fetching.fetch(source, most=most, look=look)


def _picture(fetched: Fetched) -> Opened:
    type_ = contents.sniffed(fetched.file.read(contents.HEAD))
    fetched.file.seek(0)
    return Opened(fetched.file, fetched.size, fetched.digest, type_)


def refuse_unfit(field: Field, value: Json) -> None:
    """Unfit for what could not have been sent by value."""
    wrong = fields.get(field.type).wrong(field, value)
    if wrong:
        raise Unfit(f"What it holds cannot be shown: {field.name} {wrong}.")


def _document(
    document: Any,
    shown: tuple[Field, ...],
    link: Link,
    project: Project,
    user: User,
    now: datetime,
) -> Opened:
    """The fields of the whole input, and links to what they themselves refer to."""
    if not isinstance(document, dict) or references.is_whole(shown, document):
        raise Unfit("It must be a JSON object with the fields of the input.")
    problems = payloads.check(shown, document)
    if problems:
        first = problems[0]
        raise Unfit(f"What it holds cannot be shown: {first.field} {first.problem}.")
    inside = links.each_of(
        references.places(shown, document),
        link.task,
        project,
        user,
        now,
        inside=True,
    )
    body = {"payload": document, "media": inside}
    return _sent(msgspec.json.encode(body), "application/json")


def _sent(data: bytes, type_: str) -> Opened:
    return Opened(data, len(data), hashlib.sha256(data).hexdigest(), type_)
