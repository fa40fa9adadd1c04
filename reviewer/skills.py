"""How well each person tells each label, and what they take it for, by the others' answers.

What counts: first answers that nobody gave with the model's in sight (a first guess is one)
to main questions whose answers are labels; no adjudicator's, and none to check tasks or
where overlap adapts (fixed_overlap.py). The newest MOST_VOTES; one crowd for each schema.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from django.db import connection

from labeling.models import Annotation, Schema
from reviewer.fixed_overlap import ADAPTIVE
from reviewer.rollups import hours
from reviewer.rollups.confidences import CLASSES
from reviewer.stats import skill, truth
from reviewer.stats import votes as voting
from reviewer.stats.estimates import NotEnough
from reviewer.withdrawn import WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from projects.models import Project
    from reviewer.measuring import Number
    from reviewer.stats.skill import Skill
    from reviewer.stats.truth import Truth
    from reviewer.stats.votes import Votes

    Floats = NDArray[np.float64]

# Fitted in a second; with 300 people and MOST_LABELS labels in five.
MOST_VOTES: Final = 60_000
# Labels said less often than the first so many count as one, OTHER.
MOST_LABELS: Final = 30
# Of one person, the labels they have most to do with.
MOST_SHOWN: Final = 20
OTHER: Final = ""

VOTES: Final = f"""
select v.schema_id, a.task_id, a.author_id, said.value #>> '{{}}'
from labeling_annotation a
join labeling_task t on t.id = a.task_id
join labeling_schemaversion v on v.id = t.schema_version_id
cross join lateral (
  select coalesce(a.guess, a.answer) -> (v.questions -> 0 ->> 'id') as value
) said
where t.project_id = %(project)s and a.id >= %(first)s and a.created_at >= %(begin)s
  and a.supersedes_id is null and not a.expert and not a.check_task
  and (a.blind or a.guess is not null) and not {ADAPTIVE} and not {WITHDRAWN}
  and v.questions -> 0 ->> 'kind' in ({CLASSES})
  and jsonb_typeof(said.value) in ('string', 'number', 'boolean')
order by a.id desc limit %(most)s
"""  # noqa: S608 (our own)


class Said(NamedTuple):
    """One answer to the main question."""

    schema: int
    task: int
    person: int
    label: str


@dataclass(frozen=True)
class LabelSkill:
    """How often somebody names a label where it is the truth."""

    label: str
    skill: Number


@dataclass(frozen=True)
class Told:
    """One person in the crowd of one schema.

    `counts[i][j]`: how many of their answers were labels[j] where the others' say that
    labels[i] is true, by expectation. Both lists begin with what they have most to do
    with; OTHER, at the end of `labels`, stands for all that came after MOST_SHOWN.
    """

    schema: str
    overall: Number
    by_label: tuple[LabelSkill, ...]
    labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]


def of_project(project: Project, begin: datetime) -> dict[int, list[Told]]:
    """Person -> one entry for each schema that they answered."""
    said = sorted(_said(project, begin))
    names = dict(Schema.objects.filter(project=project).values_list("pk", "name"))
    by_schema: dict[int, list[Said]] = defaultdict(list)
    for each in said:
        by_schema[each.schema].append(each)
    found: dict[int, list[Told]] = defaultdict(list)
    for schema, rows in by_schema.items():
        for person, told in _of_schema(names[schema], rows).items():
            found[person].append(told)
    return dict(found)


def _said(project: Project, begin: datetime) -> list[Said]:
    first = hours.first(Annotation, "created_at", begin)
    values: dict[str, Any] = {
        "project": project.pk,
        "first": first,
        "begin": begin,
        "most": MOST_VOTES,
    }
    with connection.cursor() as cursor:
        cursor.execute(VOTES, values)
        return [Said(*row) for row in cursor.fetchall()]


def _of_schema(name: str, said: Sequence[Said]) -> dict[int, Told]:
    labels = _labels(said)
    people = sorted({each.person for each in said})
    given = _votes(said, labels, people)
    fitted = truth.fit(given)
    if isinstance(fitted, NotEnough):
        return {person: Told(name, fitted, (), (), ()) for person in people}
    tables = _confusions(given, fitted)
    return {
        person: _told(name, labels, one, tables[at])
        for at, (person, one) in enumerate(
            zip(people, skill.skills(given, fitted), strict=True)
        )
    }


def _labels(said: Sequence[Said]) -> list[str]:
    """Every label that was said, the most used first; two at least, as crowds have."""
    counted = Counter(each.label for each in said)
    found = sorted(counted, key=lambda label: (-counted[label], label))
    if len(found) > MOST_LABELS or len(found) == 1:
        return [*found[:MOST_LABELS], OTHER]
    return found


def _votes(said: Sequence[Said], labels: Sequence[str], people: Sequence[int]) -> Votes:
    tasks = {task: at for at, task in enumerate(sorted({s.task for s in said}))}
    places = {label: at for at, label in enumerate(labels)}
    persons = {person: at for at, person in enumerate(people)}
    last = len(labels) - 1
    return voting.votes(
        [tasks[each.task] for each in said],
        [persons[each.person] for each in said],
        [places.get(each.label, last) for each in said],
        labels=len(labels),
    )


def _confusions(given: Votes, fitted: Truth) -> dict[int, Floats]:
    """Person's place -> K×K expected counts, the truth of each task by the others alone."""
    shared = given.overlapped[given.item]
    others = truth.leave_one_out(given, fitted)[shared]
    kept = given.where(shared)
    found = {}
    for person in range(given.reviewers):
        own = kept.reviewer == person
        table = np.zeros((given.labels, given.labels))
        np.add.at(table.T, kept.label[own], others[own])
        found[person] = table
    return found


def _told(name: str, labels: Sequence[str], one: Skill, table: Floats) -> Told:
    used = table.sum(axis=0) + table.sum(axis=1)
    order = [int(at) for at in np.argsort(-used, kind="stable") if used[at] >= 0.5]
    shown = order[:MOST_SHOWN]
    rest = sorted(set(range(len(labels))) - set(shown))
    return Told(
        schema=name,
        overall=one.overall,
        by_label=tuple(LabelSkill(labels[at], one.by_label[at]) for at in shown),
        labels=(
            *(labels[at] for at in shown),
            *([OTHER] if order[MOST_SHOWN:] else ()),
        ),
        counts=_merged(table, shown, rest if order[MOST_SHOWN:] else []),
    )


def _merged(
    table: Floats, shown: Sequence[int], rest: Sequence[int]
) -> tuple[tuple[float, ...], ...]:
    """The table of some labels, with all the others as one more row and column."""
    groups = [[at] for at in shown] + ([list(rest)] if rest else [])
    return tuple(
        tuple(round(float(table[np.ix_(row, column)].sum()), 1) for column in groups)
        for row in groups
    )
