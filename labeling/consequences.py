"""What a new version of a schema means for answers and tasks that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from django.db import connection
from django.db.models import Count

from labeling.differences import Change
from labeling.models import SchemaVersion, Task

if TYPE_CHECKING:
    from labeling.models import Schema

# So many of the newest rows are looked at: a page must not read a table of millions.
NEWEST: Final = 100_000
FEW: Final = 1_000

Code: TypeAlias = Literal[
    "question_removed", "label_removed", "kind_changed", "renamed", "field_changed"
]

SETTLED = """
select count(*) from (
  select g.task_id, g.question, g.value from labeling_gold g
  where g.project_id = %(project)s order by g.id desc limit %(newest)s
) g join labeling_task t on t.id = g.task_id
where g.question = %(question)s and t.schema_version_id = any(%(versions)s)
  and (%(label)s is null or jsonb_path_exists(
    g.value, '$.** ? (@ == $label)', jsonb_build_object('label', %(label)s::text)))
"""


@dataclass(frozen=True)
class Caution:
    """One thing to know before saving; `answers` settled ones have what goes."""

    code: Code
    change: Change
    answers: int = 0


@dataclass(frozen=True)
class Counted:
    """Tasks of one version; `more`: there are older ones, which were not counted."""

    open: int = 0
    settled: int = 0
    more: bool = False


def cautions(schema: Schema, changes: Sequence[Change]) -> list[Caution]:
    """Changes that touch what people answered; those that only add are none."""
    return list(_cautions(schema, changes))


def _cautions(schema: Schema, changes: Sequence[Change]) -> Iterator[Caution]:
    versions = [each.pk for each in schema.versions.only("pk")]
    for change in changes:
        if change.what == "removed" and change.thing != "field":
            label = change.id if change.thing == "label" else None
            question = change.inside or change.id
            answers = _answers(schema.project_id, versions, question, label)
            if answers:
                code: Code = "label_removed" if label else "question_removed"
                yield Caution(code, change, answers)
        elif change.what == "changed" and change.key == "kind":
            yield Caution("kind_changed", change)
        elif change.what == "changed" and change.key in ("title", "name"):
            yield Caution("renamed", change)
        elif change.thing == "field":
            yield Caution("field_changed", change)


def _answers(
    project: int, versions: Sequence[int], question: str, label: str | None
) -> int:
    values: dict[str, Any] = {
        "project": project,
        "newest": NEWEST,
        "question": question,
        "versions": list(versions),
        "label": label,
    }
    with connection.cursor() as cursor:
        cursor.execute(SETTLED, values)
        return int(cursor.fetchone()[0])


Tasks: TypeAlias = Mapping[int, Counted]


def tasks(project_id: int) -> Tasks:
    """How many tasks of each schema version are open and settled, of the newest ones."""
    waiting = _newest(project_id, Task.State.OPEN)
    for version, count in _newest(project_id, Task.State.DISPUTED).items():
        waiting[version] = waiting.get(version, 0) + count
    settled = _newest(project_id, Task.State.SETTLED)
    more = max(sum(waiting.values()), sum(settled.values())) >= NEWEST
    return {
        version: Counted(waiting.get(version, 0), settled.get(version, 0), more)
        for version in {*waiting, *settled}
    }


def _newest(project_id: int, state: str) -> dict[int, int]:
    found = Task.objects.filter(project=project_id, state=state).order_by("-id")
    newest = Task.objects.filter(pk__in=found.values("pk")[:NEWEST])
    counted = newest.values("schema_version").annotate(n=Count("pk"))
    return dict(counted.values_list("schema_version", "n"))


def left_behind(schema: Schema, counted: Tasks) -> int:
    """Open tasks that stay on the versions there are when another one is made."""
    versions = SchemaVersion.objects.filter(schema=schema).values_list("pk", flat=True)
    return sum(counted.get(pk, Counted()).open for pk in versions)


def sample(version: SchemaVersion) -> dict[str, Any]:
    """What a new task of the schema is about, to try questions on; {} where there is none."""
    versions = SchemaVersion.objects.filter(schema=version.schema_id).values("pk")
    project = version.schema.project_id
    for state in (Task.State.OPEN, Task.State.SETTLED, Task.State.DISPUTED):
        newest = Task.objects.filter(project=project, state=state).order_by("-id")
        found = Task.objects.filter(
            pk__in=newest.values("pk")[:FEW],
            schema_version__in=versions,
            payload__content__isnull=False,
        )
        contents = found.order_by("-pk").values_list("payload__content", flat=True)
        if content := contents.first():
            return dict(content)
    return {}
