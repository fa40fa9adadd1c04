"""Lineage both ways: from a version to each label and person behind it, and from a label
or a person to every snapshot, training, version and promotion that it touched.

Everything is read by an index and in pages that begin after the last row of the one before:
how much there is makes no page slower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from labeling.models import Gold, Task
from projects.models import User
from projects.refused import NotFound
from registry_bridge.models import (
    Promotion,
    Snapshot,
    SnapshotItem,
    SnapshotReviewer,
    Training,
)
from reviewer.models import Withdrawal

if TYPE_CHECKING:
    from projects.models import Project

PER_PAGE: Final = 50
MOST: Final = 1_000
CHUNK: Final = 2_000
Source = Gold.Source
# An answer `a` that stands behind a value `g`, as both were when that was written.
STANDS: Final = """
  a.task_id = g.task_id and a.expert = (g.source = 'expert') and a.counted
  and not a.check_task and a.created_at <= g.created_at
  and g.source in ('single', 'consensus', 'expert')
  and not exists (
    select from labeling_annotation l
    where l.supersedes_id = a.id and l.created_at <= g.created_at)
"""
BEHIND: Final = f"""
select g.id, a.id, a.author_id, a.created_at
from labeling_gold g join labeling_annotation a on {STANDS}
where g.id = any(%s) order by g.id, a.id
"""  # noqa: S608 (our own)
# From the person's answers on: a row of the snapshot is never asked whose it is.
RESTING: Final = f"""
select distinct g.id
from labeling_annotation a join labeling_gold g on {STANDS}
join registry_bridge_snapshotitem i on i.gold_id = g.id and i.snapshot_id = %(snapshot)s
where a.author_id = %(reviewer)s and g.id > %(after)s
  and (%(side)s = '' or i.side = %(side)s)
  and (%(source)s = '' or g.source = %(source)s)
  and (%(label)s = '' or g.value = to_jsonb(%(label)s::text))
order by 1 limit %(most)s
"""  # noqa: S608 (our own)
COLUMNS: Final = (
    *("gold_id", "gold__task_id", "side", "gold__value", "gold__source"),
    *("gold__created_at", "group", "left_out", "gold__task__payload__sha256"),
    *("gold__task__prediction__endpoint__name", "gold__task__prediction__inference_id"),
    "gold__task__prediction__model_version",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer behind a value."""

    annotation: int
    user: User
    at: datetime


@dataclass(frozen=True, slots=True)
class Label:
    """One row of a snapshot, and where it comes from."""

    gold: int
    task: int
    side: str
    value: Any
    source: str
    settled_at: datetime
    group: str
    left_out: str
    payload: str
    endpoint: str | None
    inference_id: str | None
    model_version: str | None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Only:
    """Which rows are meant; without anything, all of them."""

    side: str = ""
    source: str = ""
    label: str = ""
    reviewer: int | None = None


def labels(
    snapshot: Snapshot, only: Only, *, after: int = 0, most: int = PER_PAGE
) -> list[Label]:
    """The rows after that gold, in its order: few reads, however many rows there are."""
    items = snapshot.items.filter(gold_id__gt=after, **_fields(only))
    if only.reviewer is not None:
        items = snapshot.items.filter(gold__in=_resting(snapshot, only, after, most))
    rows = list(items.order_by("gold_id").values_list(*COLUMNS)[:most])
    behind = _behind([row[0] for row in rows])
    found = [Label(*row) for row in rows]
    return [replace(each, answers=tuple(behind.get(each.gold, ()))) for each in found]


def every_label(snapshot: Snapshot, only: Only) -> Iterator[Label]:
    """All of them, some at a time."""
    after = 0
    while rows := labels(snapshot, only, after=after, most=CHUNK):
        yield from rows
        after = rows[-1].gold


def _fields(only: Only) -> dict[str, Any]:
    given = {
        "side": only.side,
        "gold__source": only.source,
        "gold__value": only.label,
    }
    return {name: value for name, value in given.items() if value}


def _resting(snapshot: Snapshot, only: Only, after: int, most: int) -> list[int]:
    """The gold of such rows that rest on that person's answers."""
    values = {"snapshot": snapshot.pk, "after": after, "most": most, **asdict(only)}
    with connection.cursor() as cursor:
        cursor.execute(RESTING, values)
        return [row[0] for row in cursor.fetchall()]


def _behind(gold: Sequence[int]) -> dict[int, list[Answer]]:
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [list(gold)])
        rows = cursor.fetchall()
    people = User.objects.in_bulk({row[2] for row in rows})
    found: dict[int, list[Answer]] = defaultdict(list)
    for of, annotation, author, at in rows:
        found[of].append(Answer(annotation, people[author], at))
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """A training on a snapshot, and the promotions of the version that it made."""

    training: Training
    promotions: tuple[Promotion, ...]


@dataclass(slots=True)
class Touched:
    """A snapshot that holds a label or labels of a person, and what was made of it."""

    snapshot: Snapshot
    train: int
    test: int
    # Of a single label: its value there, and why no comparison uses it.
    value: Any = None
    left_out: str = ""
    made: tuple[Made, ...] = field(default=())


def of_task(
    project: Project, task_id: int, *, before: int | None = None, most: int = PER_PAGE
) -> list[Touched]:
    """The snapshots that hold a value of this task, the newest first."""
    task = Task.objects.filter(project=project, pk=task_id).first()
    if task is None:
        raise NotFound("There is no such task in this project.")
    values = list(Gold.objects.filter(task=task).values_list("pk", flat=True))
    items = SnapshotItem.objects.filter(gold__in=values, snapshot__project=project)
    if before is not None:
        items = items.filter(snapshot__lt=before)
    rows = items.select_related("snapshot", "gold").order_by("-snapshot")[:most]
    return _followed(
        [
            Touched(
                each.snapshot,
                train=int(each.side == SnapshotItem.Side.TRAIN),
                test=int(each.side == SnapshotItem.Side.TEST),
                value=each.gold.value,
                left_out=each.left_out,
            )
            for each in rows
        ]
    )


def of_reviewer(
    project: Project, user: User, *, before: int | None = None, most: int = PER_PAGE
) -> list[Touched]:
    """The snapshots with rows that rest on this person, the newest first."""
    found = SnapshotReviewer.objects.filter(user=user, snapshot__project=project)
    if before is not None:
        found = found.filter(snapshot__lt=before)
    rows = found.select_related("snapshot").order_by("-snapshot")[:most]
    return _followed([Touched(each.snapshot, each.train, each.test) for each in rows])


def _followed(found: list[Touched]) -> list[Touched]:
    made = _made([each.snapshot.pk for each in found])
    for each in found:
        each.made = tuple(made.get(each.snapshot.pk, ()))
    return found


def _made(snapshots: Sequence[int]) -> dict[int, list[Made]]:
    heavy = ("evidence", "log_tail", "metrics", "hyperparameters")
    trainings = list(
        Training.objects.filter(snapshot__in=snapshots).defer(*heavy).order_by("pk")
    )
    promotions = _promotions(trainings)
    found: dict[int, list[Made]] = defaultdict(list)
    for each in trainings:
        if each.snapshot_id is not None:
            its = tuple(promotions.get(each.version, ())) if each.version else ()
            found[each.snapshot_id].append(Made(each, its))
    return found


def _promotions(trainings: Iterable[Training]) -> Mapping[str, list[Promotion]]:
    """Version -> each time that it was to be the champion, roll backs to it too."""
    made = [each for each in trainings if each.version]
    found: dict[str, list[Promotion]] = defaultdict(list)
    rows = Promotion.objects.filter(
        project__in={each.project_id for each in made},
        to_version__in=[each.version for each in made],
    )
    for promotion in rows.defer("evidence", "steps").order_by("pk"):
        found[promotion.to_version].append(promotion)
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """Where a model version comes from, and when it was in use."""

    number: str
    training: Training | None
    snapshot: Snapshot | None
    promotions: tuple[Promotion, ...]
    reviewers: tuple[SnapshotReviewer, ...]
    # Of people behind it, answers that were withdrawn since it was frozen.
    withdrawals: tuple[Withdrawal, ...]


def of_version(project: Project, number: str) -> Version:
    if "\0" in number:
        raise NotFound("No training made this version, and it was never in use.")
    made = Training.objects.filter(project=project, version=number)
    training = made.select_related("snapshot", "started_by", "gate").last()
    promotions = tuple(
        Promotion.objects.filter(project=project)
        .filter(Q(to_version=number) | Q(from_version=number))
        .defer("evidence", "steps")
        .select_related("decided_by")
        .order_by("pk")
    )
    if training is None and not promotions:
        raise NotFound("No training made this version, and it was never in use.")
    snapshot = training.snapshot if training else None
    people = reviewers(snapshot) if snapshot else ()
    gone = withdrawals(snapshot) if snapshot else ()
    return Version(number, training, snapshot, promotions, people, gone)


def reviewers(snapshot: Snapshot) -> tuple[SnapshotReviewer, ...]:
    """Whose answers it rests on, who has the most rows first."""
    found = snapshot.reviewers.select_related("user")
    return tuple(
        sorted(found, key=lambda each: (-each.train - each.test, each.user_id))
    )


def withdrawals(snapshot: Snapshot) -> tuple[Withdrawal, ...]:
    """Of people behind it, answers that were withdrawn since it was frozen."""
    found: QuerySet[Withdrawal] = Withdrawal.objects.filter(
        project=snapshot.project_id,
        user__in=snapshot.reviewers.values("user"),
        asked_at__gt=snapshot.created_at,
    )
    return tuple(found.select_related("user").order_by("pk"))
