"""Takes in what lines of files say, and commits with it how far each file was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from projects.refused import Refused
from registry_bridge.capturing.items import Item
from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource
from reviewer import intake
from reviewer.adapters import Call
from reviewer.adapting import records
from reviewer.incoming import Row

if TYPE_CHECKING:
    from reviewer.intake import Outcome

# So many refused lines of one file: the adapter or the source is wrong, not the lines.
MOST_REFUSED: Final = 10_000
LONGEST_RAW: Final = 64 * 1024


class Overtaken(Exception):
    """Somebody else has read on in this file: this reader was thought dead."""


@dataclass
class Portion:
    """Some lines of one file, and what each of them says to intake."""

    file: CaptureFile
    items: list[Item]
    rows: list[list[Row | Refused]]


@transaction.atomic
def commit(portions: Sequence[Portion]) -> None:
    """Take the rows in, keep refused ones aside, and remember how far each file is."""
    if not portions:
        return
    source = portions[0].file.source
    _lock(portions)
    outcomes = _taken_in(source, portions)
    for portion, told in zip(portions, outcomes, strict=True):
        _count(portion, told)
    CaptureFile.objects.bulk_update(
        [portion.file for portion in portions],
        ["lines", "taken", "repeated", "refused", "state", "problem", "again_at"],
    )
    _remember_newest(source, portions, outcomes)


def _lock(portions: Sequence[Portion]) -> None:
    files = CaptureFile.objects.select_for_update(no_key=True).order_by("pk")
    kept = files.in_bulk([portion.file.pk for portion in portions])
    for portion in portions:
        now = kept.get(portion.file.pk)
        if now is None or (now.lines, now.again_at) != (
            portion.file.lines,
            portion.file.again_at,
        ):
            raise Overtaken(f"{portion.file} was read on by somebody else.")


def _taken_in(
    source: CaptureSource, portions: Sequence[Portion]
) -> list[list[list[Outcome]]]:
    """What became of each row, by portion and line."""
    rows = [row for portion in portions for each in portion.rows for row in each]
    if not rows:
        return [[[] for _ in portion.rows] for portion in portions]
    desk = intake.open_desk(source.endpoint.project)
    told = iter(intake.accept(desk, rows, letters=False))
    return [[[next(told) for _ in each] for each in p.rows] for p in portions]


def _count(portion: Portion, told: list[list[Outcome]]) -> None:
    file = portion.file
    before = {item.line for item in portion.items if item.line < file.lines}
    if before:
        tried = CaptureRefusal.objects.filter(file=file, line__in=before)
        file.refused -= tried.delete()[0]
    counts: Counter[str] = Counter()
    refusals = []
    for item, outcomes in zip(portion.items, told, strict=True):
        for part, outcome in enumerate(outcomes):
            if isinstance(outcome, Refused):
                refusals.append(_refusal(file, item, part, outcome))
            elif not outcome.duplicate:
                counts["taken"] += 1
            elif item.line not in before:
                counts["repeated"] += 1
    CaptureRefusal.objects.bulk_create(refusals)
    file.taken += counts["taken"]
    file.repeated += counts["repeated"]
    file.refused += len(refusals)
    _go_on(file, max(file.lines, portion.items[-1].line + 1))


def _go_on(file: CaptureFile, read_to: int) -> None:
    """Hold a file of which nearly nothing fits, before it fills the table of refusals."""
    new, file.lines = read_to > file.lines, read_to
    if new and file.refused >= MOST_REFUSED:
        file.state, file.again_at = CaptureFile.State.HELD, None
        file.problem = (
            f"{file.refused:,} of its lines were refused. Change the adapter or the "
            "source, then try again: reading goes on where it stopped."
        )


def _refusal(
    file: CaptureFile, item: Item, part: int, refused: Refused
) -> CaptureRefusal:
    return CaptureRefusal(
        source=file.source,
        file=file,
        line=item.line,
        part=part,
        code=refused.code,
        reason=refused.detail.replace("\0", "�")[:2_000],
        raw=item.raw[:LONGEST_RAW].decode(errors="replace").replace("\0", "�"),
    )


def _remember_newest(
    source: CaptureSource,
    portions: Sequence[Portion],
    outcomes: list[list[list[Outcome]]],
) -> None:
    """When the model last answered of what was taken, and a sample to try adapters on."""
    rows = CaptureSource.objects.filter(pk=source.pk)
    newest = _newest(portions, outcomes)
    if newest is not None:
        rows.filter(Q(newest_at=None) | Q(newest_at__lt=newest)).update(
            newest_at=newest
        )
    if not source.sample:
        source.sample = _sample(portions)
        rows.update(sample=source.sample)


def _newest(
    portions: Sequence[Portion], outcomes: list[list[list[Outcome]]]
) -> datetime | None:
    times = [
        row.occurred_at
        for portion, told in zip(portions, outcomes, strict=True)
        for rows, each in zip(portion.rows, told, strict=True)
        for row, outcome in zip(rows, each, strict=True)
        if isinstance(row, Row) and row.occurred_at and not isinstance(outcome, Refused)
    ]
    return max(times, default=None)


def _sample(portions: Sequence[Portion]) -> str:
    for portion in portions:
        for item in portion.items:
            if isinstance(item.call, Call) and len(item.raw) <= LONGEST_RAW:
                call = item.call
                return records.written(call.id, call.sent, call.answered)
    return ""
