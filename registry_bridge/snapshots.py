"""Freezes gold under a name and a digest; writes what it holds as files.

The digest is the SHA-256 of rows.jsonl: one canonical line for each gold value, sorted by
payload. Inputs are named there by their own digest, so that an erased payload breaks
nothing; data.jsonl and data.parquet hold the inputs too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from django.db import connection, transaction
from django.utils import timezone

from labeling.models import Payload
from projects import audit, events, limits
from projects.refused import Conflict, Refused
from registry_bridge import base, composition, drawn, splits
from registry_bridge.models import RegisteredModel, Snapshot, SnapshotItem

if TYPE_CHECKING:
    from projects.models import Project, User
    from registry_bridge.splits import Split

log = structlog.get_logger()
Side = SnapshotItem.Side
CHUNK = 2_000
FREEZE_MINUTES = 10
MANY = 1_000
ITEMS = """
copy registry_bridge_snapshotitem
  (snapshot_id, gold_id, side, "group", drawn, pi, left_out) from stdin
"""
SIDES = """
insert into registry_bridge_payloadside as kept
  (payload_id, project_id, "group", trained, tested)
select t.payload_id, s.project_id, min(i."group"),
  bool_or(i.side = 'train'), bool_or(i.side = 'test')
from registry_bridge_snapshotitem i
join registry_bridge_snapshot s on s.id = i.snapshot_id
join labeling_gold g on g.id = i.gold_id
join labeling_task t on t.id = g.task_id
where i.snapshot_id = %s
group by 1, 2
on conflict (payload_id) do update set
  "group" = excluded."group",
  trained = kept.trained or excluded.trained,
  tested = kept.tested or excluded.tested
where (kept."group", kept.trained, kept.tested) is distinct from
  (excluded."group", kept.trained or excluded.trained, kept.tested or excluded.tested)
"""


class NoModel(Conflict):
    code, title = "no_model", "This project has no model yet"


class NothingToFreeze(Refused):
    code, status, title = "nothing_to_freeze", 409, "There is no gold to freeze yet"


class NameTaken(Conflict):
    code, title = "name_taken", "A snapshot of that name holds other rows"


@dataclass(frozen=True, slots=True)
class Counts:
    rows: int
    train: int
    test: int
    usable: int


def model_of(project: Project) -> RegisteredModel:
    found = RegisteredModel.objects.filter(project=project).first()
    if found is None:
        raise NoModel("Name the model in the project's file and apply it.")
    return found


def rows_now(model: RegisteredModel) -> list[drawn.Settled]:
    """What a snapshot taken now would hold, sorted as its digest is."""
    split, known = splits.of(model), base.digests(model)
    seen = _seen(model, split, known)
    found = [
        _unfair(each) if each.sha256 in known or each.group in seen else each
        for each in drawn.settled(model, timezone.now(), split)
    ]
    return sorted(found, key=lambda row: (row.sha256, row.gold))


def _seen(model: RegisteredModel, split: Split, known: frozenset[str]) -> set[str]:
    """The groups of what lies in the base folder, as far as it came as a prediction too."""
    if not known:
        return set()
    came = Payload.objects.filter(project=model.project_id, sha256__in=known)
    return {split.of(*each).group for each in came.values_list("pk", "sha256")}


def _unfair(each: drawn.Settled) -> drawn.Settled:
    """Every model of the project has seen it: it can train, and compare nothing."""
    return each._replace(pi=None, left_out=base.SEEN)


def count(rows: Sequence[drawn.Settled]) -> Counts:
    test = sum(row.side == Side.TEST for row in rows)
    usable = sum(row.side == Side.TEST and row.pi is not None for row in rows)
    return Counts(len(rows), len(rows) - test, test, usable)


@transaction.atomic
def freeze(project: Project, by: User | None = None, name: str = "") -> Snapshot:
    """Keep the current gold as a snapshot; the same rows again are the same snapshot."""
    model_of(project)
    # a million rows are read, sorted and digested in this one transaction
    limits.allow(minutes=FREEZE_MINUTES)
    model = RegisteredModel.objects.select_for_update(no_key=True).get(project=project)
    rows = rows_now(model)
    if not rows:
        raise NothingToFreeze("Review some tasks first; gold appears when they settle.")
    digest = digest_of(model.question, rows)
    same = Snapshot.objects.filter(project=project, digest=digest).first()
    if same is not None:
        return same
    snapshot = _keep(model, name, digest, count(rows), by)
    _keep_items(snapshot, rows)
    _tell_planner(len(rows))
    _remember_sides(snapshot)
    composition.count(snapshot)
    after = {"rows": snapshot.rows, "digest": digest}
    audit.record("snapshot frozen", project, snapshot.name, by=by, after=after)
    events.emit(
        "snapshot.frozen",
        project,
        subject=snapshot.name,
        stream=f"mlflow:{project.pk}",
        snapshot=snapshot.pk,
    )
    return snapshot


def _keep(
    model: RegisteredModel, name: str, digest: str, counts: Counts, by: User | None
) -> Snapshot:
    earlier = Snapshot.objects.filter(project=model.project).order_by("-pk")
    name = name or f"gold-{earlier.count() + 1}"
    if earlier.filter(name=name).exists():
        raise NameTaken(f"Choose another name than “{name}”.")
    return Snapshot.objects.create(
        project=model.project,
        name=name,
        digest=digest,
        rows=counts.rows,
        train=counts.train,
        test=counts.test,
        usable=counts.usable,
        previous=earlier.first(),
        created_by=by,
    )


def _keep_items(snapshot: Snapshot, rows: Iterable[drawn.Settled]) -> None:
    """Streamed: a model for each would take twenty times as long."""
    with connection.cursor() as cursor, cursor.copy(ITEMS) as copy:
        for r in rows:
            side = str(r.side)
            item = (snapshot.pk, r.gold, side, r.group, r.drawn, r.pi, r.left_out)
            copy.write_row(item)


def _tell_planner(rows: int) -> None:
    """Of a snapshot that it has never heard of PostgreSQL expects one row.

    What is counted next would then be joined row by row with all gold there is.
    """
    if rows >= MANY:
        with connection.cursor() as cursor:
            cursor.execute(
                "analyze registry_bridge_snapshotitem (snapshot_id, gold_id)"
            )


def _remember_sides(snapshot: Snapshot) -> None:
    """What is on a side now is never on the other one later."""
    with connection.cursor() as cursor:
        cursor.execute(SIDES, [snapshot.pk])


def digest_of(question: str, rows: Iterable[drawn.Settled]) -> str:
    found = hashlib.sha256()
    for row in rows:
        found.update(_line(_canonical(question, row)))
    return found.hexdigest()


def _canonical(question: str, each: drawn.Settled) -> dict[str, Any]:
    return {
        "answer": {question: each.value},
        "drawn": each.drawn,
        "gold": each.gold,
        "group": each.group,
        "left_out": each.left_out,
        "payload": each.sha256,
        "pi": each.pi,
        "side": each.side,
        "source": each.source,
    }


def _line(content: dict[str, Any]) -> bytes:
    return msgspec.json.encode(content, order="sorted") + b"\n"


def canonical_rows(snapshot: Snapshot, *, side: str = "") -> Iterator[dict[str, Any]]:
    """The frozen rows as they were digested, in the same order."""
    items = snapshot.items.order_by("gold__task__payload__sha256", "gold_id")
    if side:
        items = items.filter(side=side)
    rows = items.values_list(
        *("gold_id", "gold__value", "gold__question", "gold__source"),
        *("gold__task__payload__sha256", "side", "group", "drawn", "pi", "left_out"),
    )
    for row in rows.iterator(chunk_size=CHUNK):
        gold, value, question, source, sha256, on, group, chance, pi, why = row
        yield {
            "answer": {question: value},
            "drawn": chance,
            "gold": gold,
            "group": group,
            "left_out": why,
            "payload": sha256,
            "pi": pi,
            "side": on,
            "source": source,
        }


def full_rows(snapshot: Snapshot, *, side: str = "") -> Iterator[dict[str, Any]]:
    """The rows with what models and scripts read: input, label and weight.

    `weight` is how many predictions a row stands for: 1/pi, or 1 where nobody drew it.
    Rows whose input was erased since are left out.
    """
    batch: list[dict[str, Any]] = []
    for row in canonical_rows(snapshot, side=side):
        batch.append(row)
        if len(batch) == CHUNK:
            yield from _with_inputs(snapshot, batch)
            batch = []
    yield from _with_inputs(snapshot, batch)


def _with_inputs(
    snapshot: Snapshot, batch: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    kept = Payload.objects.filter(
        project_id=snapshot.project_id, sha256__in=[row["payload"] for row in batch]
    ).exclude(content__isnull=True)
    inputs = dict(kept.values_list("sha256", "content"))
    for row in batch:
        if row["payload"] in inputs:
            (label,) = row["answer"].values()
            weight = 1 / row["drawn"] if row["drawn"] else 1.0
            yield {
                **row,
                "input": inputs[row["payload"]],
                "label": label,
                "weight": weight,
            }


def digest_now(snapshot: Snapshot) -> str:
    """Of its rows as they are read now: the snapshot's own, unless they were changed."""
    found = hashlib.sha256()
    for row in canonical_rows(snapshot):
        found.update(_line(row))
    return found.hexdigest()


def write_rows(snapshot: Snapshot, path: Path) -> str:
    """Write rows.jsonl; its SHA-256, which must be the snapshot's digest."""
    found = hashlib.sha256()
    with path.open("wb") as file:
        for row in canonical_rows(snapshot):
            line = _line(row)
            found.update(line)
            file.write(line)
    return found.hexdigest()


def write_data(snapshot: Snapshot, path: Path, *, side: str = "") -> int:
    """Write rows with their inputs as JSON lines; how many."""
    written = 0
    with path.open("wb") as file:
        for row in full_rows(snapshot, side=side):
            file.write(_line(row))
            written += 1
    return written
