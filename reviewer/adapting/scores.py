"""From a model's numbers to a label and probabilities, as the adapter's `output` says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from reviewer.adapting.bodies import Unread
from reviewer.adapting.places import shown

AS_THEY_ARE, SOFTMAX, SIGMOID = "as_they_are", "softmax", "sigmoid"
KINDS: Final = (AS_THEY_ARE, SOFTMAX, SIGMOID)
WHERE: Final = "output.probabilities"


def number(value: Any, where: str) -> float:
    """A finite number, also where it was written as text."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError as error:
            raise Unread(where, f"{shown(value)} is no number") from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unread(where, f"{shown(value)} is no number")
    if not math.isfinite(value):
        raise Unread(where, "is not a finite number")
    return float(value)


def probabilities(given: Any, classes: Sequence[str], kind: str) -> dict[str, float]:
    """Class -> probability: of a map, of a list in the order of classes, or of one number.

    One number is that of the second of two classes. Softmax: exp(s) / sum of exp(s).
    Sigmoid: 1 / (1 + exp(-s)) each; of several, divided by their sum.
    """
    if isinstance(given, dict):
        values = [number(value, WHERE) for value in given.values()]
        return dict(zip(given, _made(values, kind), strict=True))
    values = [number(v, WHERE) for v in (given if isinstance(given, list) else [given])]
    if len(values) == 1 and len(classes) == 2:
        (share,) = map(sigmoid, values) if kind == SIGMOID else values
        return {classes[0]: 1.0 - share, classes[1]: share}
    if len(values) != len(classes):
        text = f"there are {len(values)} numbers for {len(classes)} classes"
        raise Unread(WHERE, text)
    return dict(zip(classes, _made(values, kind), strict=True))


def _made(values: list[float], kind: str) -> list[float]:
    if kind == SOFTMAX:
        return softmax(values)
    if kind == SIGMOID:
        return _shares([sigmoid(value) for value in values])
    return values


def softmax(scores: Sequence[float]) -> list[float]:
    if not scores:
        return []
    # the largest is taken off, so that exp() cannot overflow
    top = max(scores)
    return _shares([math.exp(score - top) for score in scores])


def sigmoid(score: float) -> float:
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-score))
    return math.exp(score) / (1.0 + math.exp(score))


def _shares(values: list[float]) -> list[float]:
    total = sum(values)
    if total == 0:
        raise Unread(WHERE, "are all 0")
    return [value / total for value in values]


def chosen(shares: dict[str, float], threshold: float | None) -> str:
    """The likeliest class; with a threshold, the second of two from there on."""
    if not shares:
        raise Unread(WHERE, "are empty")
    if threshold is None:
        return max(shares, key=shares.__getitem__)
    if len(shares) != 2:
        raise Unread("output.threshold", "is for two classes")
    first, second = shares
    return second if shares[second] >= threshold else first
