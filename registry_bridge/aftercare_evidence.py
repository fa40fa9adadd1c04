"""What a watch reads: blind answers to a new version, and what the old one would have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from registry_bridge import shadowing
from registry_bridge.models import Shadow
from reviewer import settling
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from registry_bridge.models import Aftercare, RegisteredModel
    from reviewer.settling import Blind

    Floats = NDArray[np.float64]

WHICH: Final = """
  p.endpoint_id = (select e.id from reviewer_endpoint e
                   where e.project_id = %(project)s and e.name = %(endpoint)s)
  and p.model_version = %(version)s
"""
# What nobody answers in time counts for the new version: a queue that nobody works must
# not roll anything back. The page says how many there were.
RIGHT: Final = 1.0
BETTER: Final = 1.0
TIE: Final = 0.0


@dataclass(frozen=True, slots=True)
class Items:
    """Drawn blind items in the order of intake, with a value of each: NaN where open."""

    ids: list[int]
    inclusion: Floats
    values: Floats
    standing: NDArray[np.intp]


def answers(watch: Aftercare, model: RegisteredModel, at: datetime) -> Items:
    """Whether the new version was right: 1 or 0."""
    drawn = _drawn(watch, model, watch.upto, at)
    return _items(drawn, [_right(item) for item in drawn])


def pairs(watch: Aftercare, model: RegisteredModel, at: datetime) -> Items:
    """1 where only the new version was right, -1 where only the old one was, else 0."""
    drawn = _drawn(watch, model, watch.paired_upto, at)
    before = _before(watch.shadow, [item.key for item in drawn])
    return _items(
        drawn,
        [_difference(item, before.get(item.key), watch.shadow) for item in drawn],
    )


def _right(item: Blind) -> tuple[float, Standing]:
    true, standing = item.known.value, item.known.standing
    return (np.nan if true is None else float(true == item.said)), standing


def _difference(
    item: Blind, old: str | None, shadow: Shadow | None
) -> tuple[float, Standing]:
    """`old`: what the version before says to it; None: nothing yet."""
    if old is None and _may_still_answer(shadow, item.key):
        return np.nan, Standing.OPEN
    # its input was gone before the old version saw it: says nothing of either
    if old in (None, item.said):
        return TIE, Standing.SETTLED
    true, standing = item.known.value, item.known.standing
    if true is None:
        return np.nan, standing
    return float(item.said == true) - float(old == true), standing


def _may_still_answer(shadow: Shadow | None, key: int) -> bool:
    if shadow is None or shadow.state == Shadow.State.ENDED:
        return False
    return shadow.upto < key


def _drawn(
    watch: Aftercare, model: RegisteredModel, after: int, at: datetime
) -> list[Blind]:
    return settling.blind(
        WHICH,
        watch.project_id,
        after,
        at,
        endpoint=model.endpoint,
        version=watch.promotion.to_version,
    )


def _before(shadow: Shadow | None, keys: list[int]) -> dict[int, str]:
    """Prediction -> what the version before said to its input, first of all."""
    if shadow is None:
        return {}
    scores = shadowing.of_version(shadow).filter(prediction__in=keys).order_by("-pk")
    return dict(scores.values_list("prediction", "label"))


def _items(drawn: list[Blind], known: list[tuple[float, Standing]]) -> Items:
    return Items(
        [item.key for item in drawn],
        np.array([item.inclusion for item in drawn], dtype=np.float64),
        np.array([value for value, _ in known], dtype=np.float64),
        np.array([standing for _, standing in known], dtype=np.intp),
    )
