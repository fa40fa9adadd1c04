"""Watches everybody's answers, one after the other, for a change for the worse.

An answer as it stands is wrong when it differs from an adjudicator's, a known outcome's, an
import's or a check task's, or else from what most of the others said; nothing is told by an
answer that nobody else speaks to. Answers count once, in the order they were given: one
that waits for others or an adjudicator holds up those after it, since wrong ones wait
longest, but no longer than PATIENCE. Only main questions whose answers are labels.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from labeling.models import Annotation
from projects import events
from projects.models import Membership, Project
from projects.recent import first_id
from reviewer import standing
from reviewer.fixed_overlap import ADAPTIVE
from reviewer.models import Alarm, Reviewer, Watched
from reviewer.rollups import answers, marks
from reviewer.rollups.confidences import CLASSES
from reviewer.stats import cusum
from reviewer.tallies import ANSWERS, COMPARED, GOLD, ON_THEIR_TASKS, SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

STEP: Final = 200
# Of the newest judged answers so many are told as evidence.
LAST: Final = 40
PATIENCE: Final = timedelta(days=3)
# Of somebody who is not watched yet, older answers say nothing of now.
BEGINS: Final = timedelta(days=30)

# People who answered lately, with answers that were not looked at.
PEOPLE: Final = """
select distinct h.project_id, h.author_id from reviewer_answerhour h
left join reviewer_watched w on w.project_id = h.project_id and w.user_id = h.author_id
where h.hour >= %(since)s and exists (
  select from labeling_annotation a
  where a.author_id = h.author_id and a.id > coalesce(w.seen, 0) and a.id <= %(upto)s
)
order by 1, 2
"""
FIRST: Final = """
select max(id), count(*) from (
  select a.id from labeling_annotation a
  where a.author_id = %(author)s and a.id > %(after)s and a.id <= %(upto)s
  order by a.id limit %(step)s
) few
"""
# Those first answers as they stand by now.
GIVEN: Final = ANSWERS.format(
    rows="""(
  select l.* from labeling_annotation f
  join labeling_annotation l on l.task_id = f.task_id and l.author_id = f.author_id
  where f.author_id = %(author)s and f.supersedes_id is null
    and f.id > %(after)s and f.id <= %(upto)s
)""",
    short=SAID,
    adaptive=ADAPTIVE,
)
ITS_KIND: Final = f"v.questions -> 0 ->> 'kind' in ({CLASSES})"
VERDICTS: Final = f"""{
    COMPARED.format(
        given=f"{GIVEN} and t.project_id = %(project)s and {ITS_KIND}",
        everybody=ON_THEIR_TASKS,
        gold=GOLD,
    )
}
select f.id,
  case when c.check_task and c.known is not null then c.value is distinct from c.gold
       when c.reference is not null then c.value is distinct from c.reference end,
  c.known is null and not c.expert and t.state in ('open', 'disputed')
    and f.created_at > %(patient)s
from compared c
join labeling_annotation f on f.task_id = c.task_id and f.author_id = c.author_id
  and f.supersedes_id is null
join labeling_task t on t.id = c.task_id
order by f.id
"""  # noqa: S608 (our own)


class Verdict(NamedTuple):
    """What is known of one answer; `wrong` None: nothing, and `waits`: not yet."""

    answer: int
    wrong: bool | None
    waits: bool


def take() -> None:
    """Every so often: go on with everybody who answered. Safe to run twice and at once."""
    at, upto = timezone.now(), marks.counted(answers.ROLLUP)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"since": at - 2 * PATIENCE, "upto": upto})
        people = cursor.fetchall()
    for project, user in people:
        while step(project, user, upto, at):
            pass


@transaction.atomic
def step(project_id: int, user_id: int, upto: int, at: datetime) -> bool:
    """Judge a person's next answers, and tell of an alarm: one transaction. True: go on.

    Of two workers only one holds the person; the other goes on to somebody else.
    """
    watched = _held(project_id, user_id, at)
    if watched is None:
        return False
    end, more = _end(watched, upto)
    for each in _verdicts(watched, end, at):
        if each.waits:
            end, more = watched.seen, False
            break
        watched.seen = each.answer
        if each.wrong is not None:
            _judge(watched, each.wrong, at)
    watched.seen = max(watched.seen, end)
    watched.save(update_fields=["state", "recent", "judged", "seen"])
    return more


def _held(project_id: int, user_id: int, at: datetime) -> Watched | None:
    known = Watched.objects.filter(project=project_id, user=user_id)
    if not known.exists():
        begin = max(0, first_id(Annotation, "created_at", at - BEGINS) - 1)
        new = Watched(project_id=project_id, user_id=user_id, seen=begin)
        Watched.objects.bulk_create([new], ignore_conflicts=True)
    held = known.select_for_update(skip_locked=True, of=("self",))
    return held.select_related("project", "user").first()


def _end(watched: Watched, upto: int) -> tuple[int, bool]:
    """The last answer of this step, and whether others follow it."""
    values = {**_who(watched), "upto": upto, "step": STEP}
    with connection.cursor() as cursor:
        cursor.execute(FIRST, values)
        last, n = cursor.fetchone()
    return (last, True) if n == STEP else (upto, False)


def _verdicts(watched: Watched, upto: int, at: datetime) -> Sequence[Verdict]:
    values = {**_who(watched), "upto": upto, "patient": at - PATIENCE}
    with connection.cursor() as cursor:
        cursor.execute(VERDICTS, values)
        return [Verdict(*row) for row in cursor.fetchall()]


def _who(watched: Watched) -> dict[str, Any]:
    return {
        "author": watched.user_id,
        "project": watched.project_id,
        "after": watched.seen,
    }


def _judge(watched: Watched, wrong: bool, at: datetime) -> None:
    watched.state = cusum.step(watched.state, wrong)
    watched.recent = [*watched.recent, int(wrong)][-LAST:]
    watched.judged += 1
    if cusum.alarming(watched.state):
        _raise(watched, at)
        watched.state, watched.recent = 0.0, []


def _raise(watched: Watched, at: datetime) -> None:
    alarm = Alarm.objects.create(
        project=watched.project,
        user=watched.user,
        answer=watched.seen,
        wrong=watched.wrong,
        of=len(watched.recent),
        at=at,
    )
    events.emit(
        "reviewer.drifted",
        watched.project,
        subject=f"user {watched.user_id}",
        user=watched.user_id,
        alarm=alarm.pk,
    )
    if standing.pauses(watched.project) and _may_be_paused(watched):
        standing.pause(
            watched.project,
            watched.user_id,
            by=None,
            paused=True,
            reason=evidence(alarm.wrong, alarm.of),
        )


def _may_be_paused(watched: Watched) -> bool:
    """Whether they work here, and nobody has paused them for another reason."""
    who: dict[str, Any] = {"project": watched.project, "user": watched.user}
    paused = Reviewer.objects.filter(**who, paused=True).exists()
    return not paused and Membership.objects.active().filter(**who).exists()


def evidence(wrong: int, of: int) -> str:
    """Why somebody is paused; kept as it is, so in English."""
    return (
        f"{wrong} of the last {of} answers that could be judged differ from what "
        "adjudicators, known outcomes or the others say; at 5 % usual an alarm like "
        "this comes about once in 3,000 answers"
    )


def alarms(project: Project, user_id: int, most: int = 10) -> list[Alarm]:
    """The newest first."""
    found = Alarm.objects.filter(project=project, user=user_id)
    return list(found.order_by("-pk")[:most])


def of_person(project: Project, user_id: int) -> Watched | None:
    return Watched.objects.filter(project=project, user=user_id).first()
