"""When trainings start by themselves, and how many may: as a project's file or a lead says.

retraining:
  every: 7 days                 # or {weekday: monday, hour: 3}; hours are UTC
  new_rows: 100                 # the schedule waits for so much new gold; 1 if not said
  cool_down_hours: 12           # after the end of any training
  most_a_week: 4                # in any 7 days
  most_a_month: 10              # in any 30 days
  most_hours_a_month: 20        # of training, in any 30 days
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from projects import audit, stamps
from projects.refused import DoesNotFit, FieldProblem
from registry_bridge import snapshots
from registry_bridge.models import RegisteredModel

if TYPE_CHECKING:
    from projects.models import Project, User

WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
EVERY: Final = re.compile(r"([0-9]{1,3}) days?")
LONGEST_DAYS: Final = 365
# Each with the most that can be meant by it.
NUMBERS: Final[Mapping[str, int]] = {
    "new_rows": 10_000_000,
    "cool_down_hours": 24 * LONGEST_DAYS,
    "most_a_week": 1_000,
    "most_a_month": 4_000,
    "most_hours_a_month": 24 * 30 * 10,
}
KEYS: Final = ("every", *NUMBERS)
WRONG_EVERY: Final = (
    f"must be 1 to {LONGEST_DAYS} days, as in “7 days”, or a weekday and an hour, as in "
    "{weekday: monday, hour: 3}"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The section, read. None: no such limit, and no schedule."""

    days: int | None = None
    weekday: int | None = None
    hour: int = 0
    new_rows: int = 1
    cool_down_hours: int | None = None
    most_a_week: int | None = None
    most_a_month: int | None = None
    most_hours_a_month: int | None = None

    @property
    def is_scheduled(self) -> bool:
        return self.days is not None or self.weekday is not None

    def due(self, last: datetime) -> datetime | None:
        """When the next training is due, by the start of the last one; missed ones are one."""
        if self.days is not None:
            return last + timedelta(days=self.days)
        if self.weekday is None:
            return None
        first = last.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        slot = first + timedelta(days=(self.weekday - last.weekday()) % 7)
        return slot if slot > last else slot + timedelta(days=7)


def of(model: RegisteredModel) -> Plan:
    kept = dict(model.retraining)
    every = kept.pop("every", None)
    if isinstance(every, str):
        match = EVERY.fullmatch(every)
        return Plan(days=int(match[1]) if match else None, **kept)
    if every:
        day = WEEKDAYS.index(every["weekday"])
        return Plan(weekday=day, hour=every["hour"], **kept)
    return Plan(**kept)


def check(section: object) -> list[FieldProblem]:
    """Everything that is wrong with it."""
    if not isinstance(section, Mapping):
        text = f"must be a map with the keys {', '.join(KEYS)}"
        return [FieldProblem(field="", problem=text)]
    found = [
        FieldProblem(field=str(key), problem=f"is not known; use: {', '.join(KEYS)}")
        for key in section
        if key not in KEYS
    ]
    if "every" in section and not _is_every(section["every"]):
        found.append(FieldProblem(field="every", problem=WRONG_EVERY))
    for key, most in NUMBERS.items():
        if key in section and not _is_whole(section[key], 1, most):
            text = f"must be a whole number from 1 to {most}"
            found.append(FieldProblem(field=key, problem=text))
    return found


def _is_every(value: object) -> bool:
    if isinstance(value, str):
        match = EVERY.fullmatch(value)
        return match is not None and 1 <= int(match[1]) <= LONGEST_DAYS
    if not isinstance(value, Mapping) or set(value) != {"weekday", "hour"}:
        return False
    return value["weekday"] in WEEKDAYS and _is_whole(value["hour"], 0, 23)


def _is_whole(value: object, low: int, high: int) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and low <= int(str(value)) <= high


@transaction.atomic
def change(
    project: Project, section: Mapping[str, Any], by: User, shown: str | None = None
) -> bool:
    """What a lead says on the page; whether that changed anything.

    `shown`: the stamp of the plan that they changed, refused where it is another by now.
    """
    problems = check(section)
    if problems:
        first = problems[0]
        raise DoesNotFit(f"{first['field']} {first['problem']}.", errors=problems)
    snapshots.model_of(project)
    model = RegisteredModel.objects.select_for_update(no_key=True).get(project=project)
    stamps.require(shown, model.retraining)
    before, after = model.retraining, dict(section)
    if before == after:
        return False
    RegisteredModel.objects.filter(pk=model.pk).update(retraining=after)
    audit.record(
        "retraining plan changed",
        project,
        model.name,
        by=by,
        before=before,
        after=after,
    )
    return True
