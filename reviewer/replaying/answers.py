"""Which predictions turned out right or wrong, by blind answers, and how likely each is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from labeling.answers import as_label
from labeling.models import Annotation
from reviewer import evidence
from reviewer.rollups import hours
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.intervals import normal_quantile

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from projects.models import Project

    Floats = NDArray[np.float64]

# One by one.
KNOWN: Final = f"""{evidence.KNOWN}
select prediction, chance * share, said, value::text, coalesce(source = 'single', false)
from known where counts order by prediction
"""  # noqa: S608 (our own)
# What is of a kind (queue, priority, audit or not) none of which counts yet, as a share of
# all, by weight.
UNSEEN: Final = f"""{evidence.KNOWN}
select coalesce(sum(size) filter (where not counts) / sum(size), 0) from (
  select sum(1 / chance) as size,
         bool_or(counts) as counts
  from known group by queue_id, priority, audit
) kinds
"""  # noqa: S608 (our own)
SECONDS: Final = """
select avg(spent), coalesce(stddev_samp(spent), 0), count(*) from (
  select a.task_id, sum(least(a.seconds, %(longest)s)) as spent
  from labeling_annotation a join labeling_task t on t.id = a.task_id
  where t.project_id = %(project)s and a.created_at >= %(begin)s and a.id >= %(first)s
    and a.seconds is not null and a.supersedes_id is null
    and not a.check_task and not a.expert and t.state = 'settled'
  group by a.task_id
) tasks
"""
SECONDS_DAYS: Final = 30
# A page that was left open is no work.
LONGEST: Final = 1_800.0
FEWEST_TIMED: Final = 10
_NUMBER: Final = 8
_HEAD: Final = 1 + _NUMBER


@dataclass(frozen=True, slots=True)
class Answers:
    """An element for each prediction whose blind answer counts, in the order of intake."""

    id: NDArray[np.int64]
    # 1 wrong, 0 right, NaN: closed, or overdue, without an answer.
    wrong: Floats
    inclusion: Floats
    # Whether any of them rests on one person's word.
    one_vote: bool
    # The share of all predictions that none of these stands for.
    unseen: float = 0.0

    def dump(self) -> bytes:
        arrays = (self.id.astype("<i8"), self.wrong, self.inclusion)
        head = bytes([self.one_vote]) + np.float64(self.unseen).tobytes()
        return head + b"".join(each.tobytes() for each in arrays)

    @classmethod
    def load(cls, kept: bytes) -> Answers:
        n = (len(kept) - _HEAD) // (3 * _NUMBER)
        ids = np.frombuffer(kept, "<i8", n, _HEAD)
        wrong, inclusion = (
            np.frombuffer(kept, "<f8", n, _HEAD + at * _NUMBER * n) for at in (1, 2)
        )
        unseen = float(np.frombuffer(kept, "<f8", 1, 1)[0])
        return cls(ids, wrong, inclusion, bool(kept[0]), unseen)


def of_project(project: Project, first: int, at: datetime) -> Answers:
    """Of predictions numbered from `first` on."""
    values = evidence.values_since(project, hours.EVER, at, first)
    with connection.cursor() as cursor:
        cursor.execute(KNOWN.format(part=evidence.WHOLE), values)
        rows = cursor.fetchall()
        cursor.execute(UNSEEN.format(part=evidence.WHOLE), values)
        unseen = float(cursor.fetchone()[0])
    wrong = [np.nan if row[3] is None else _wrong(row[2], row[3]) for row in rows]
    return Answers(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array(wrong, dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.float64),
        any(row[4] for row in rows),
        unseen,
    )


def _wrong(said: str, value: str) -> float:
    return float(as_label(json.loads(value)) != said)


def seconds_a_task(project: Project, at: datetime) -> Estimate | NotEnough:
    """What people spend on a task that is settled, all its answers together.

    The mean over tasks answered of late, with a normal interval; of one answer at most half
    an hour counts.
    """
    begin = hours.begin_days(at, SECONDS_DAYS)
    values: dict[str, Any] = {
        "project": project.pk,
        "begin": begin,
        "first": hours.first(Annotation, "created_at", begin),
        "longest": LONGEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(SECONDS, values)
        mean, deviation, n = cursor.fetchone()
    if n < FEWEST_TIMED:
        more = FEWEST_TIMED - n
        return NotEnough(f"{more} more answer{'s' if more > 1 else ''}", n)
    half = normal_quantile(0.95) * deviation / float(n) ** 0.5
    return Estimate(mean, max(0.0, mean - half), mean + half, n, "mean of tasks")
