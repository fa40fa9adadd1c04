"""What a snapshot is made of, counted when it is frozen: sources, labels, people, changes.

Frozen rows never change, so neither do these counts: no page adds a snapshot up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

if TYPE_CHECKING:
    from registry_bridge.models import Snapshot

# Labels that are said less often than these are one row, OTHERS.
MOST_LABELS: Final = 50
OTHERS: Final = ""
ROWS: Final = """
from registry_bridge_snapshotitem i join labeling_gold g on g.id = i.gold_id
where i.snapshot_id = %(snapshot)s
"""
SIDES: Final = (
    "count(*) filter (where i.side = 'train'), count(*) filter (where i.side = 'test')"
)
SOURCES: Final = f"select g.source, {SIDES} {ROWS} group by 1 order by 1"
LABELS: Final = f"""
select case when jsonb_typeof(g.value) = 'string' then g.value #>> '{{}}'
  else g.value::text end, {SIDES}
{ROWS} group by 1 order by count(*) desc, 1
"""
# The answers that stand behind gold that is current: what is being frozen is.
REVIEWERS: Final = """
insert into registry_bridge_snapshotreviewer (snapshot_id, user_id, train, test)
select i.snapshot_id, a.author_id,
  count(distinct i.id) filter (where i.side = 'train'),
  count(distinct i.id) filter (where i.side = 'test')
from registry_bridge_snapshotitem i
join labeling_gold g on g.id = i.gold_id
join labeling_annotation a on a.task_id = g.task_id
  and a.expert = (g.source = 'expert') and a.counted and not a.check_task
  and not exists (select from labeling_annotation l where l.supersedes_id = a.id)
where i.snapshot_id = %(snapshot)s and g.source in ('single', 'consensus', 'expert')
group by 1, 2
"""
HELD: Final = """
select g.task_id, i.gold_id, i.side, g.value from registry_bridge_snapshotitem i
join labeling_gold g on g.id = i.gold_id where i.snapshot_id
"""
JOINED: Final = f"""
from ({HELD} = %(snapshot)s) n full join ({HELD} = %(previous)s) b using (task_id)
"""
DIFFERENCE: Final = f"""
select count(*) filter (where n.gold_id is null), count(*) filter (where b.gold_id is null),
  count(*) filter (where n.gold_id <> b.gold_id), count(*) filter (where n.side <> b.side)
{JOINED}
"""
CHANGES: Final = f"""
select task_id, b.gold_id, b.side, b.value::text, n.gold_id, n.side, n.value::text
{JOINED}
where n.gold_id is distinct from b.gold_id or n.side <> b.side
order by task_id
"""  # noqa: S608 (our own)


def count(snapshot: Snapshot) -> None:
    """Add up what was just frozen; runs in the transaction that freezes it."""
    snapshot.counts = {
        "sources": _rows(SOURCES, snapshot),
        "labels": _most(_rows(LABELS, snapshot)),
    }
    snapshot.difference = _difference(snapshot)
    snapshot.save(update_fields=["counts", "difference"])
    with connection.cursor() as cursor:
        cursor.execute(REVIEWERS, _names(snapshot))


def _names(snapshot: Snapshot) -> dict[str, Any]:
    return {"snapshot": snapshot.pk, "previous": snapshot.previous_id}


def _rows(sql: str, snapshot: Snapshot) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, _names(snapshot))
        return [list(row) for row in cursor.fetchall()]


def _most(labels: Sequence[list[Any]]) -> list[list[Any]]:
    rest = labels[MOST_LABELS:]
    if not rest:
        return list(labels)
    others = [OTHERS, sum(row[1] for row in rest), sum(row[2] for row in rest)]
    return [*labels[:MOST_LABELS], others]


def _difference(snapshot: Snapshot) -> Mapping[str, int]:
    """Rows that went, that came, whose value is another one, and that changed sides."""
    if snapshot.previous_id is None:
        return {}
    (found,) = _rows(DIFFERENCE, snapshot)
    return dict(zip(("gone", "new", "changed", "moved"), found, strict=True))


def changes(snapshot: Snapshot) -> Iterator[tuple[Any, ...]]:
    """Each row that differs from the snapshot before: (task, gold, side, value of the one
    before, gold, side, value now); None where it is in one of them only.
    """
    if snapshot.previous_id is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, _names(snapshot))
        yield from cursor
