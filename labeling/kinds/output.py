"""Reads what a model said of a question: {"value", "confidence"?, "scores"?}."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from labeling.kinds.base import PreLabel, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from labeling.kinds.base import Json

_KEYS = ("value", "confidence", "scores")
# A model that is not sure: what it says is worth a look.
SAMPLE_CONFIDENCE: Final = 0.62


def read(
    output: Json,
    *,
    check: Callable[[Json], list[Problem]],
    normal: Callable[[Json], Json],
) -> PreLabel | list[Problem]:
    """The output as a pre-label, its value in the normal form; or every problem it has.

    `scores`: one number from 0 to 1 for each item of the value, in its order as sent.
    """
    if not isinstance(output, dict) or "value" not in output:
        text = 'must be an object such as {"value": …, "confidence": 0.9}'
        return [Problem("", text)]
    value, scores = output["value"], output.get("scores")
    found = [
        Problem(str(key)[:64], f"is not known; an output has {', '.join(_KEYS)}")
        for key in output
        if key not in _KEYS
    ]
    found += [p.under("value") for p in check(value)]
    found += share_problems("confidence", output.get("confidence"))
    if scores is not None:
        found += _check_scores(value, scores)
    if found:
        return found
    confidence = output.get("confidence")
    return PreLabel(
        value=normal(value),
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        scores=_in_normal_order(normal, value, scores),
    )


def share_problems(path: str, value: Json) -> list[Problem]:
    """What keeps a value that is there from being a number from 0 to 1."""
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [Problem(path, "must be a number from 0 to 1")]
    return (
        []
        if 0 <= value <= 1
        else [Problem(path, f"must be from 0 to 1, it is {value}")]
    )


def _check_scores(value: Json, scores: Json) -> list[Problem]:
    if not isinstance(value, list) or not isinstance(scores, list):
        return [Problem("scores", "must be a list, for a value that is a list")]
    if len(scores) != len(value):
        text = f"must be one number for each of {len(value)} items, there are {len(scores)}"
        return [Problem("scores", text)]
    found = []
    for at, score in enumerate(scores):
        missing = score is None
        wrong = [Problem("", "must be a number from 0 to 1")] if missing else []
        found += [p.under(f"scores[{at}]") for p in wrong or share_problems("", score)]
    return found


def _in_normal_order(
    normal: Callable[[Json], Json], value: Json, scores: Json
) -> list[float] | None:
    """The scores in the order of the items in the normal form."""
    if not isinstance(value, list) or not isinstance(scores, list):
        return None
    by_item: dict[bytes, list[float]] = defaultdict(list)
    for item, score in zip(value, scores, strict=True):
        plain = float(score) if isinstance(score, int | float) else 0.0
        by_item[_key(normal([item]))].append(plain)
    kept = normal(value)
    return (
        [by_item[_key([item])].pop(0) for item in kept]
        if isinstance(kept, list)
        else None
    )


def _key(value: Json) -> bytes:
    return msgspec.json.encode(value, order="sorted")
