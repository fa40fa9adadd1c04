"""Expert checks: a random part of what reviewers settled, answered anew by an expert.

Each prediction that was drawn blind and settled by reviewers is drawn once more, by its
inference id under a purpose of its own, before any expert sees it. The drawn ones become
tasks of their own in the adjudication queue, without the model's answer and without
anybody's: what the expert says there settles nothing. It corrects the estimate, and the
reviewers' word stays what the uncorrected one rests on.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from labeling import answers
from labeling.answers import as_label
from labeling.models import Gold, Task
from reviewer import evidence, queueing
from reviewer.models import Prediction, Queue, QueueItem, Selection
from reviewer.stats import estimation, sampling
from reviewer.stats.estimates import NotEnough
from reviewer.stats.two_phase import TwoPhases, corrected_mean

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.evidence import Version
    from reviewer.measuring import Number

DESIGN: Final = "expert check"
PURPOSE: Final = b"expert check"
FEWEST: Final = 10
# An ordinary reviewer's word, which an expert may correct; others are an expert's already.
REVIEWERS: Final = (Gold.Source.SINGLE, Gold.Source.CONSENSUS)


def begin(queue: Queue, share: float, at: datetime) -> None:
    """Have experts check this share from now on; saved by the caller.

    Predictions that came before stay uncorrected: of these, some had no chance.
    """
    if not share:
        queue.expert_since = None
    elif not queue.expert_share:
        queue.expert_since = at
    queue.expert_share = share


def draw(queue: Queue, settled: Sequence[int], share: float) -> None:
    """Draw among tasks that reviewers just settled; runs in the caller's transaction."""
    found = Prediction.objects.drawn_blind().filter(task__in=settled)
    found = found.exclude(selections__design=DESIGN)
    predictions = list(found.select_related("task", "policy").order_by("pk"))
    if predictions:
        _keep(queue, [_drawn(each, share) for each in predictions])


def _drawn(prediction: Prediction, share: float) -> Selection:
    salt = bytes(prediction.policy.salt)
    u = sampling.draw(salt, prediction.inference_id, PURPOSE)
    return Selection(prediction=prediction, design=DESIGN, pi=share, u=u)


def _keep(queue: Queue, selections: Sequence[Selection]) -> None:
    """Every draw, won or not: its chance counts either way."""
    won = [each for each in selections if each.u < each.pi]
    items = QueueItem.objects.filter(
        queue=queue, task__in=[each.prediction.task_id for each in won]
    )
    seen = dict(items.values_list("task", "seen"))
    for each in won:
        each.task = _task(each.prediction)
    Selection.objects.bulk_create(selections)
    if won:
        queueing.put(
            queueing.adjudication_queue(queue.project), [_waiting(e, seen) for e in won]
        )


def _task(prediction: Prediction) -> Task:
    first = prediction.task
    assert first is not None  # noqa: S101 (found by it)
    return Task.objects.create(
        project_id=first.project_id,
        payload_id=first.payload_id,
        schema_version_id=first.schema_version_id,
        blind=True,
    )


def _waiting(selection: Selection, seen: dict[int, list[int]]) -> queueing.Waiting:
    """Whoever answered as a reviewer is not asked as an expert."""
    task, first = selection.task, selection.prediction.task_id
    assert task is not None  # noqa: S101 (made for it)
    assert first is not None  # noqa: S101 (found by it)
    return queueing.Waiting(
        task,
        u=selection.u,
        pi=selection.pi,
        check_task=True,
        seen=tuple(seen.get(first, ())),
        wanted=1,
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the first phase: right by reviewers, by an expert, and both chances.

    `reviewers` and `expert` are 1, 0, or NaN for no answer. `place` is u/pi of the second
    draw; None: settled by an expert, so that there was none. `open_from` is where the
    draw is not worked yet because of this item; 1: it does not wait for an expert.
    """

    reviewers: float
    expert: float
    chance: float
    second: float = 1.0
    place: float | None = None
    open_from: float = 1.0

    def is_asked(self, share: float) -> bool:
        """Whether an expert was to answer it, by the draw as far as it is worked."""
        return self.place is None or self.place < share

    def is_checked(self, share: float) -> bool:
        drawn = self.place is not None and self.place < share
        return drawn and not math.isnan(self.expert)

    def is_unknown(self, share: float) -> bool:
        if math.isnan(self.reviewers):
            return True
        return self.is_asked(share) and math.isnan(self.expert)


@dataclass
class Frame:
    """The items of one version that count, and how many predictions all were drawn from."""

    items: list[Item] = field(default_factory=list)
    size: float = 0.0


def of_versions(
    project: Project, begin: datetime, at: datetime
) -> dict[Version, Number]:
    """The corrected accuracy of each version that experts check.

    Checks are worked in the order of u/pi: while some wait, only those before the first
    of them count, each with c·pi, c = that one's u/pi (sampling.worked_share). One that
    is overdue, set aside or cannot be answered counts as the worst case both ways.
    """
    found: dict[Version, Frame] = defaultdict(Frame)
    for endpoint, name, number, *row, chance, counts in evidence.checked(
        project, DESIGN, begin, at
    ):
        frame = found[evidence.Version(endpoint, name, number)]
        frame.size += 1 / chance
        if counts:
            frame.items.append(_item(*row))
    items = [each for frame in found.values() for each in frame.items]
    share = min([1.0, *(each.open_from for each in items)])
    return {version: corrected(frame, share) for version, frame in found.items()}


def _item(
    said: str,
    value: str | None,
    source: str | None,
    inclusion: float,
    pi: float | None,
    u: float | None,
    waits: bool | None,
    in_order: bool | None,
    expert: str | None,
) -> Item:
    reviewers = _right(said, value)
    if source not in REVIEWERS:
        return Item(reviewers, reviewers, inclusion)
    if pi is None or u is None:
        # never drawn though it should have been: as one that no expert answered
        return Item(reviewers, math.nan, inclusion)
    place = u / pi
    open_from = (place if in_order else 0.0) if waits else 1.0
    return Item(reviewers, _right(said, expert), inclusion, pi, place, open_from)


def _right(said: str, value: str | None) -> float:
    known = None if value is None else json.loads(value)
    if known is None or answers.is_unanswerable(known):
        return math.nan
    return float(as_label(known) == said)


def corrected(frame: Frame, share: float) -> Number:
    """two_phase.corrected_mean() of one version's items; `share` is c of the checks."""
    items = frame.items
    by_reviewers = estimation.weighted_mean(
        [each.reviewers for each in items],
        [each.chance for each in items],
        size=round(frame.size),
    )
    checks = sum(each.is_checked(share) for each in items)
    if isinstance(by_reviewers, NotEnough):
        return replace(by_reviewers, n=checks)
    if checks < FEWEST:
        more = FEWEST - checks
        return NotEnough(f"{more} more experts' answer{'s' * (more > 1)}", checks)
    return _with_worst_cases(items, share)


def _with_worst_cases(items: Sequence[Item], share: float) -> Number:
    known = [each for each in items if not math.isnan(each.reviewers)]
    found = _mean(known, share, fill=None)
    missing = sum(each.is_unknown(share) for each in items)
    if isinstance(found, NotEnough) or not missing:
        return found
    worst, best = (_mean(items, share, fill=fill) for fill in (0.0, 1.0))
    if isinstance(worst, NotEnough) or isinstance(best, NotEnough):
        return found
    method = f"{found.method}, worst case for {missing} without an answer"
    return replace(found, low=worst.low, high=best.high, method=method)


def _mean(items: Sequence[Item], share: float, *, fill: float | None) -> Number:
    """`fill` stands where there is no answer; None: there, experts correct nothing."""
    rows = np.array([_row(each, share, fill) for each in items])
    return corrected_mean(TwoPhases(*rows.T))


def _row(item: Item, share: float, fill: float | None) -> tuple[float, ...]:
    """By reviewers, by an expert, and both probabilities."""
    v, e = item.reviewers, item.expert
    if fill is not None and math.isnan(v):
        return fill, fill, item.chance, 1.0
    second = item.second if item.place is None else item.second * share
    if not item.is_asked(share):
        return v, math.nan, item.chance, second
    missing = v if fill is None else fill
    return v, missing if math.isnan(e) else e, item.chance, second
