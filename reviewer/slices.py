"""Accuracy slice by slice: by what was said, or by the value of one key of the metadata.

Rests on the same answers as quality.py, on at most the newest MOST_DRAWN of them, and on
their weights alone: how sure a model was of everything it sent is not counted by slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import connection
from django.utils.translation import gettext_noop

from projects.refused import FieldProblem, Malformed
from reviewer import evidence, quality
from reviewer.evidence import Seen, spread
from reviewer.measuring import Number
from reviewer.models import Prediction
from reviewer.rollups.hours import EVER
from reviewer.stats import estimation

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.quality import Made, Version

MOST_VALUES: Final = 20
MOST_VERSIONS: Final = 10
# So many drawn items are added up while somebody waits: about 0.1 s.
MOST_DRAWN: Final = 5_000
RECENT: Final = 500
MOST_KEYS: Final = 50
LONGEST_KEY: Final = 60
LEVEL: Final = 0.95
LABEL: Final = "label"
METADATA: Final = "metadata."
# Told to programs in English; pages translate them.
POINTWISE: Final = gettext_noop(
    "Each interval holds for one slice decided on beforehand; of 20, one fails by chance."
)
TOGETHER: Final = gettext_noop(
    "All intervals hold together (95 %, Bonferroni), which makes them wider."
)
KEYS: Final = """
select distinct key from (
  select metadata from reviewer_prediction
  where project_id = %(project)s and verdict in ('review', 'audit') and blind
    and not repeats
  order by id desc limit %(recent)s
) recent, jsonb_object_keys(
  case jsonb_typeof(metadata) when 'object' then metadata else '{}' end
) key
where key <> '' and length(key) <= %(longest)s
order by key limit %(most)s
"""


class NoSuchKey(Malformed):
    """No prediction of the window that was drawn blind has such metadata."""

    code = "no_such_key"


@dataclass(frozen=True)
class Slice:
    """Predictions alike; `value` None: without that key, or `joined` values in one."""

    value: str | None
    joined: int
    estimate: Number


@dataclass(frozen=True)
class VersionSlices:
    """One version's slices, that of the most predictions first, the joined one last."""

    version: Version
    called: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Sliced:
    """What is told of the slices of a window; `since`: the first prediction looked at."""

    by: str
    since: datetime
    reading: str
    versions: tuple[VersionSlices, ...]


def of_project(
    project: Project,
    by: str,
    at: datetime,
    days: int | None,
    *,
    together: bool = False,
) -> Sliced:
    """Slices of the versions seen last, MOST_VERSIONS at most.

    `by` is "label", or "metadata." and a key: Malformed for anything else, NoSuchKey for
    a key that no drawn prediction of the window has. `together`: all intervals hold at
    once, each at level 1 - .05/m for m of them (Bonferroni).
    """
    key = _key(by)
    begin = quality.begin_of(at, days)
    first, received = _newest(project)
    if key is None:
        parts = evidence.of_labels(project, begin, at, first=first)
    else:
        parts = evidence.of_metadata(project, key, begin, at, first=first)
        _refuse_unknown(project, parts)
    made = quality.made(project, begin)
    told = [(m, _largest(m, parts)) for m in made]
    told = [each for each in told if each[1]][:MOST_VERSIONS]
    level = 1 - (1 - LEVEL) / _count(told) if together else LEVEL
    versions = tuple(_version(m, slices, level) for m, slices in told)
    since = max([begin, received, *([min(m.first_at for m in made)] if made else [])])
    return Sliced(by, since, TOGETHER if together else POINTWISE, versions)


def keys(project: Project) -> list[str]:
    """Keys of metadata that slices may be told by: those of the last drawn predictions."""
    values = {
        "project": project.pk,
        "recent": RECENT,
        "longest": LONGEST_KEY,
        "most": MOST_KEYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(KEYS, values)
        return [key for (key,) in cursor.fetchall()]


def _key(by: str) -> str | None:
    """The key of the metadata; None: by label."""
    if by == LABEL:
        return None
    key = by.removeprefix(METADATA)
    fits = 0 < len(key) <= LONGEST_KEY and "\0" not in key
    if not (by.startswith(METADATA) and fits):
        problem = f"must be “label”, or “metadata.” and a key of 1 to {LONGEST_KEY} characters"
        raise Malformed(f"slice {problem}.", errors=[_blame(problem)])
    return key


def _blame(problem: str) -> FieldProblem:
    return FieldProblem(field="slice", problem=problem)


def _newest(project: Project) -> tuple[int, datetime]:
    """From which prediction on MOST_DRAWN were drawn blind; from the first, if fewer."""
    drawn = Prediction.objects.drawn_blind().filter(project=project)
    found = drawn.order_by("-id").values_list("id", "received_at")
    return found[MOST_DRAWN - 1 : MOST_DRAWN].first() or (0, EVER)


Parts = Mapping[tuple[evidence.Version, str | None], Seen]


def _refuse_unknown(project: Project, parts: Parts) -> None:
    if not parts or any(value is not None for _version, value in parts):
        return
    known = ", ".join(keys(project)) or "–"
    problem = "names a key that no drawn prediction of this window has"
    raise NoSuchKey(f"slice {problem}. There are: {known}", errors=[_blame(problem)])


Group = tuple[str | None, int, Seen]


def _largest(made: Made, parts: Parts) -> list[Group]:
    """Value, how many others it stands for, and what is known: most predictions first."""
    own = [(value, seen) for (key, value), seen in parts.items() if key == made.key]
    own.sort(key=lambda each: (-each[1].size, each[0] is None, each[0] or ""))
    found: list[Group] = [(value, 0, seen) for value, seen in own[:MOST_VALUES]]
    rest = [seen for _value, seen in own[MOST_VALUES:]]
    if rest:
        found.append((None, len(rest), Seen.together(rest)))
    return found


def _count(told: Sequence[tuple[Made, list[Group]]]) -> int:
    return max(1, sum(len(groups) for _made, groups in told))


def _version(made: Made, groups: Sequence[Group], level: float) -> VersionSlices:
    slices = tuple(
        Slice(value, joined, _accuracy(seen, made.least, level))
        for value, joined, seen in groups
    )
    judged = [each for _value, _joined, seen in groups for each in seen.judged]
    return VersionSlices(made.version, quality.called(judged), slices)


def _accuracy(seen: Seen, least: float, level: float) -> Number:
    """`least`: the smallest chance that any prediction of the version had."""
    judged = seen.judged
    found = estimation.weighted_mean(
        spread((each.outcome for each in judged), judged).astype(np.float64),
        spread((each.inclusion for each in judged), judged).astype(np.float64),
        lowest=min([least, *(each.inclusion for each in judged)]),
        size=round(seen.size),
        level=level,
    )
    return estimation.of_all(found, seen.unseen)
