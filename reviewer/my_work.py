"""One person's own work in a project: by day, and answer by answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from labeling.models import Annotation
from projects.recent import first_id
from reviewer.models import SentBack
from reviewer.rollups import hours

if TYPE_CHECKING:
    from projects.models import Project, User

DAYS: Final = 14
MOST_ANSWERS: Final = 50
MOST_FLAGS: Final = 10
MOST_SENT_BACK: Final = 10
# By the index annotation_by_author, within numbers of that time.
BY_DAY: Final = """
select (a.created_at at time zone 'UTC')::date as day,
  count(*) filter (where a.supersedes_id is null),
  percentile_cont(0.5) within group (order by a.seconds)
    filter (where a.supersedes_id is null),
  count(a.supersedes_id)
from labeling_annotation a join labeling_task t on t.id = a.task_id
where a.author_id = %(user)s and a.id >= %(first)s and a.created_at >= %(begin)s
  and t.project_id = %(project)s and not a.withdrawn
group by 1
"""


@dataclass(frozen=True)
class Day:
    """What one person did on a day (UTC)."""

    day: date
    answers: int = 0
    seconds: float | None = None
    corrected: int = 0
    # Of the busiest of these days.
    share: float = 0.0


def days(user: User, project: Project, at: datetime) -> list[Day]:
    """The last DAYS days, the newest first; those without an answer too."""
    today = hours.begin(at, 0).date()
    every = [today - timedelta(days=back) for back in range(DAYS)]
    found = _by_day(user, project, at, every[-1])
    most = max((answers for answers, *_ in found.values()), default=0)
    return [
        Day(day, n, seconds, corrected, n / most if most else 0.0)
        for day in every
        for n, seconds, corrected in [found.get(day, (0, None, 0))]
    ]


def _by_day(
    user: User, project: Project, at: datetime, oldest: date
) -> dict[date, tuple[int, float | None, int]]:
    begin = hours.begin(at, 0).replace(
        year=oldest.year, month=oldest.month, day=oldest.day, hour=0
    )
    values: dict[str, Any] = {
        "user": user.pk,
        "project": project.pk,
        "begin": begin,
        "first": first_id(Annotation, "created_at", begin),
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, values)
        return {day: (n, s, corrected) for day, n, s, corrected in cursor.fetchall()}


def answers(user: User, project: Project) -> list[Annotation]:
    """The newest answers that stand, the last one first."""
    mine = Annotation.objects.filter(
        author=user, task__project=project, superseded_by=None, withdrawn=False
    )
    return list(mine.select_related("task__payload").order_by("-pk")[:MOST_ANSWERS])


def sent_back(user: User, project: Project) -> list[SentBack]:
    """What came back to this person and is answered by now, the last one first."""
    found = SentBack.objects.filter(author=user, task__project=project)
    answered = found.exclude(state=SentBack.State.WAITS).order_by("-pk")
    return list(answered[:MOST_SENT_BACK])
