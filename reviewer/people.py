"""What is known of each reviewer beside their card: skill, leaning on the model, and how far
they agree in the queues that others work on too.

No number here ranks anybody: intervals that overlap say nothing of who is better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from reviewer import leaning, quality, skills, tallies
from reviewer.skills import LabelSkill, Told
from reviewer.stats.anchoring import Anchoring
from reviewer.stats.estimates import NotEnough, from_json
from reviewer.stats.strata import stratified_difference

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.measuring import Number
    from reviewer.tallies import Tally

NEVER_LED: Final = Anchoring(
    *(NotEnough("5 more wrong pre-labels", 0) for _ in range(3))
)
ALONE: Final = NotEnough("answers to the same kind of items", 0)


@dataclass(frozen=True)
class Known:
    """One person in a window.

    `against_others`: their agreement minus everybody else's, each queue compared with
    itself only, so that whoever got a harder queue does not look worse for it.
    """

    skills: tuple[Told, ...] = ()
    leaning: Anchoring = NEVER_LED
    against_others: Number = ALONE


def of_project(project: Project, at: datetime, days: int | None) -> dict[int, Known]:
    """Everybody who answered in the window; seconds where answers are many."""
    begin = quality.begin_of(at, days)
    told = skills.of_project(project, begin)
    led = leaning.of_project(project, begin)
    against = _against_others(tallies.of_queues(project, begin))
    return {
        person: Known(
            tuple(told.get(person, ())),
            led.get(person, NEVER_LED),
            against.get(person, ALONE),
        )
        for person in sorted({*told, *led, *against})
    }


def _against_others(found: Mapping[tuple[int, int], Tally]) -> dict[int, Number]:
    queues = sorted({queue for _, queue in found})
    agreed: dict[int, float] = defaultdict(float)
    compared: dict[int, float] = defaultdict(float)
    for (_, queue), tally in found.items():
        agreed[queue] += tally.agreed
        compared[queue] += tally.compared
    return {
        person: _difference(
            [found.get((person, queue), tallies.NONE) for queue in queues],
            [agreed[queue] for queue in queues],
            [compared[queue] for queue in queues],
        )
        for person in sorted({person for person, _ in found})
    }


def _difference(own: list[Tally], agreed: list[float], compared: list[float]) -> Number:
    right, of = [each.agreed for each in own], [each.compared for each in own]
    others = [all_ - mine for all_, mine in zip(agreed, right, strict=True)]
    others_of = [all_ - mine for all_, mine in zip(compared, of, strict=True)]
    return stratified_difference(right, of, others, others_of)


def kept(found: Mapping[int, Known]) -> list[Any]:
    """As it is kept in a JSON field; read() reads it."""
    rows: list[Any] = msgspec.to_builtins(list(found.items()))
    return rows


def read(rows: list[Any]) -> dict[int, Known]:
    return {person: _known(each) for person, each in rows}


def _known(each: Mapping[str, Any]) -> Known:
    led = {name: from_json(value) for name, value in each["leaning"].items()}
    return Known(
        tuple(map(_told, each["skills"])),
        Anchoring(**led),
        from_json(each["against_others"]),
    )


def _told(each: Mapping[str, Any]) -> Told:
    return Told(
        schema=each["schema"],
        overall=from_json(each["overall"]),
        by_label=tuple(
            LabelSkill(one["label"], from_json(one["skill"]))
            for one in each["by_label"]
        ),
        labels=tuple(each["labels"]),
        counts=tuple(map(tuple, each["counts"])),
    )
