"""Sources of predictions: added, changed, stopped and tried again by leads and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone
from msgspec import Struct, structs

from projects import audit
from projects.models import Connection
from projects.refused import DoesNotFit, FieldProblem, NotFound
from projects.shape import Shape
from registry_bridge.capturing import rounds
from registry_bridge.models import CaptureFile, CaptureSource

if TYPE_CHECKING:
    from projects.models import Project, User
    from reviewer.models import Endpoint

Kind, State = CaptureSource.Kind, CaptureSource.State
KEYS: Final = ("kind", "from", "connection", "queue", "inputs", "joined")
LONGEST: Final = 1_000
# Connections whose keys can read S3.
KINDS: Final = ("s3", "aws")


class Wanted(Struct, frozen=True):
    """A source as somebody wants it; `connection` by its name, "" for the service's own."""

    kind: str
    uri: str
    connection: str = ""
    queue_url: str = ""
    inputs: str = ""
    joined: bool = False


def read(given: object) -> tuple[Wanted, list[FieldProblem]]:
    """One source of a project's file, or of the form with the same keys."""
    shape = Shape(given, KEYS)
    wanted = Wanted(
        kind=shape.one_of("kind", Kind.values, default=Kind.CAPTURE),
        uri=_address(shape, "from", needed=True),
        connection=shape.text("connection", longest=60, default=""),
        queue_url=_queue(shape),
        inputs=_address(shape, "inputs", needed=False),
        joined=shape.get("joined") is True,
    )
    if shape.get("joined") not in (None, True, False):
        shape.blame("joined", "must be true or false")
    _together(shape, wanted)
    return wanted, shape.problems


def _address(shape: Shape, key: str, *, needed: bool) -> str:
    """s3://bucket/prefix without a slash at its end."""
    default = None if needed else ""
    found = shape.text(key, longest=LONGEST, default=default).rstrip("/")
    bucket = found.removeprefix("s3://").partition("/")[0]
    if found and (not found.startswith("s3://") or not bucket):
        shape.blame(key, "must be an address such as s3://bucket/prefix")
    return found


def _queue(shape: Shape) -> str:
    found = shape.text("queue", longest=500, default="")
    if found and not found.startswith(("https://", "http://")):
        text = "must be a queue's URL, such as https://sqs.eu-central-1.amazonaws.com/…"
        shape.blame("queue", text)
    return found


def _together(shape: Shape, wanted: Wanted) -> None:
    if wanted.kind == Kind.ASYNC and not wanted.queue_url:
        text = "is missing: only the topic's queue tells which input an output is to"
        shape.blame("queue", text)
    if wanted.kind != Kind.TRANSFORM:
        for key in ("inputs", "joined"):
            if shape.get(key):
                shape.blame(key, "is for the kind transform")
    elif wanted.inputs and wanted.joined:
        shape.blame("inputs", "is not needed: joined outputs hold their inputs")


@transaction.atomic
def add(endpoint: Endpoint, wanted: Wanted, by: User | None) -> bool:
    """Begin to read there, or go on with what is said now; whether anything changed."""
    connection = _connection(endpoint.project, wanted.connection)
    _refuse_foreign_queue(endpoint.project, wanted.queue_url)
    values = {**structs.asdict(wanted), "connection": connection}
    kept, made = CaptureSource.objects.get_or_create(
        endpoint=endpoint,
        uri=wanted.uri,
        defaults={**values, "created_by": by},
    )
    before = {} if made else shown(kept)
    for name, value in {**values, "state": State.READING}.items():
        setattr(kept, name, value)
    if before == shown(kept):
        return False
    if not made:
        kept.save(update_fields=[*values, "state"])
    _record("source added" if made else "source changed", kept, by, before)
    rounds.ask_for(kept)
    return True


def _connection(project: Project, name: str) -> Connection | None:
    if not name:
        return None
    known = Connection.objects.filter(project=project, kind__in=KINDS)
    found = known.filter(name=name).first()
    if found is None:
        names = ", ".join(known.values_list("name", flat=True)) or "none yet"
        problem = f"must name a connection to S3 or AWS; there are: {names}"
        raise DoesNotFit(
            f"The connection {problem}.",
            errors=[FieldProblem(field="connection", problem=problem)],
        )
    return found


def _refuse_foreign_queue(project: Project, url: str) -> None:
    """What one project takes from a queue is gone for another."""
    others = CaptureSource.objects.exclude(endpoint__project=project)
    if url and others.filter(queue_url=url).exists():
        problem = "belongs to another project; give each a queue of its own"
        raise DoesNotFit(
            f"The queue {problem}.",
            errors=[FieldProblem(field="queue", problem=problem)],
        )


def shown(source: CaptureSource) -> dict[str, Any]:
    """What a person said of it."""
    return {
        "kind": str(source.kind),
        "connection": source.connection.name if source.connection else "",
        "queue": source.queue_url,
        "inputs": source.inputs,
        "joined": source.joined,
        "state": str(source.state),
    }


@transaction.atomic
def stop(source: CaptureSource, by: User | None) -> bool:
    """Read no further; what was taken in stays. Whether it was reading."""
    return _move(source, State.STOPPED, "source stopped", by)


@transaction.atomic
def resume(source: CaptureSource, by: User | None) -> bool:
    """Go on where it stopped; what came meanwhile is found by the listing."""
    moved = _move(source, State.READING, "source resumed", by)
    if moved:
        rounds.ask_for(source)
    return moved


def _move(source: CaptureSource, state: str, action: str, by: User | None) -> bool:
    rows = CaptureSource.objects.filter(pk=source.pk).exclude(state=state)
    if not rows.update(state=state, problem=""):
        return False
    before, source.state = {"state": str(source.state)}, state
    _record(action, source, by, before)
    return True


@transaction.atomic
def try_again(source: CaptureSource, by: User | None) -> int:
    """Read once more what was refused, and files that could not be read; how many files.

    After the adapter was changed, say: what was taken stays as it was taken.
    """
    at, files = timezone.now(), CaptureFile.objects.filter(source=source)
    again = files.filter(CaptureFile.TO_TRY_AGAIN)
    pks = list(again.values_list("pk", flat=True))
    files.filter(pk__in=pks).update(again_at=at)
    waiting = CaptureFile.State.WAITING
    files.filter(CaptureFile.UNREAD, pk__in=pks).update(state=waiting, problem="")
    if pks:
        _record("refused records tried again", source, by, {"files": len(pks)})
        rounds.ask_for(source)
    return len(pks)


def one(endpoint: Endpoint, pk: int) -> CaptureSource:
    related = ("endpoint__project", "connection")
    found = CaptureSource.objects.select_related(*related)
    source = found.filter(endpoint=endpoint, pk=pk).first()
    if source is None:
        raise NotFound("There is no such source of this endpoint.")
    return source


def _record(
    action: str, source: CaptureSource, by: User | None, before: dict[str, Any]
) -> None:
    audit.record(
        action,
        source.endpoint.project,
        f"{source.endpoint.name}: {source.uri}",
        by=by,
        before=before or None,
        after=shown(source),
    )
