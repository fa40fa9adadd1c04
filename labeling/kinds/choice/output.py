"""Reads what a classifier said: label, confidence, probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard, cast

from labeling.kinds.base import PreLabel, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question

_KEYS = ("label", "confidence", "probabilities")
_SUM_TOLERANCE = 0.01
_SAME = 1e-3
# A softmax in single precision may end a hair above 1.
_ROUNDING = 1e-6
_SHOWN = 8


def read(question: Question, output: Json) -> PreLabel | list[Problem]:
    """The output as a pre-label, or every problem it has."""
    if not isinstance(output, dict):
        return [Problem("", 'must be an object such as {"label": "cat"}')]
    return _plain(question, output) or _check(question, output) or _pre_label(output)


def _plain(question: Question, output: dict[str, Json]) -> PreLabel | None:
    """The pre-label of an output with which nothing is wrong at first sight.

    Nearly all of thousands a second are like this; None says only to look closer.
    """
    label, given = output.get("label"), output.get("probabilities")
    confidence = output.get("confidence")
    if not isinstance(label, str) or label not in question.label_ids:
        return None
    if len(output) != 1 + (given is not None) + (confidence is not None):
        return None
    if confidence is not None and not _is_share(confidence):
        return None
    if given is None:
        return PreLabel(label, confidence)
    shares = _shares(question, given)
    if shares is None or label not in shares:
        return None
    own = shares[label]
    said = own if confidence is None else confidence
    return PreLabel(label, said, shares) if abs(said - own) <= _SAME else None


def _is_share(value: Json) -> TypeGuard[float]:
    return type(value) is float and 0 <= value <= 1


def _shares(question: Question, given: Json) -> dict[str, float] | None:
    """Probabilities of known labels, each from 0 to 1, that add up to 1; else None."""
    if not isinstance(given, dict) or not question.label_ids.issuperset(given):
        return None
    total, shares = 0.0, cast("dict[str, float]", given)
    for p in given.values():
        if not _is_share(p):
            return None
        total += p
    return shares if abs(total - 1) <= _SUM_TOLERANCE else None


def unknown_label(question: Question, value: str) -> str:
    known = [label.id for label in question.labels[:_SHOWN]]
    more = "" if len(question.labels) <= _SHOWN else " …"
    return f"“{value[:64]}” is not a label of this question; use one of: {', '.join(known)}{more}"


def _pre_label(output: dict[str, Json]) -> PreLabel:
    label, probabilities = output["label"], _numbers(output.get("probabilities"))
    confidence = _number(output.get("confidence"))
    if confidence is None and probabilities:
        confidence = probabilities[str(label)]
    return PreLabel(label, confidence, probabilities)


def _number(value: Json) -> float | None:
    return min(float(value), 1.0) if isinstance(value, int | float) else None


def _numbers(probabilities: Json) -> dict[str, float] | None:
    if not isinstance(probabilities, dict):
        return None
    return {label: _number(p) or 0.0 for label, p in probabilities.items()}


def _check(question: Question, output: Mapping[str, Json]) -> list[Problem]:
    found = [
        Problem(key, f"is not known; an output has {', '.join(_KEYS)}")
        for key in output
        if key not in _KEYS
    ]
    found += _check_label(question, output.get("label"))
    found += _check_number("confidence", output.get("confidence"))
    found += _check_probabilities(question, output.get("probabilities"))
    return found or _check_together(output)


def _check_label(question: Question, label: Json) -> list[Problem]:
    if label is None:
        return [Problem("label", "is missing; say which label the model chose")]
    if not isinstance(label, str):
        return [Problem("label", "must be the id of a label, as text")]
    if label not in question.label_ids:
        return [Problem("label", unknown_label(question, label))]
    return []


def _check_number(path: str, value: Json) -> list[Problem]:
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [Problem(path, "must be a number from 0 to 1")]
    if not 0 <= value <= 1 + _ROUNDING:
        return [Problem(path, f"must be from 0 to 1, it is {value}")]
    return []


def _check_probabilities(question: Question, given: Json) -> list[Problem]:
    if given is None:
        return []
    if not isinstance(given, dict) or not given:
        return [Problem("probabilities", "must be an object: label id to probability")]
    found = []
    for label, p in given.items():
        path = f"probabilities.{label[:64]}"
        if label not in question.label_ids:
            found.append(Problem(path, unknown_label(question, label)))
        missing = [Problem(path, "must be a number from 0 to 1")] if p is None else []
        found += missing or _check_number(path, p)
    return found or _check_sum(given)


def _check_sum(given: Mapping[str, Json]) -> list[Problem]:
    total = math.fsum(p for p in given.values() if isinstance(p, int | float))
    if abs(total - 1) <= _SUM_TOLERANCE:
        return []
    text = f"must sum to 1 (± 0.01), they sum to {total:.4g}"
    return [Problem("probabilities", text)]


def _check_together(output: Mapping[str, Json]) -> list[Problem]:
    """The label's own probability is there, and the confidence says the same."""
    probabilities, label = output.get("probabilities"), output["label"]
    if not isinstance(probabilities, dict):
        return []
    own = _number(probabilities.get(str(label)))
    confidence = _number(output.get("confidence"))
    if own is None:
        return [Problem(f"probabilities.{label}", "is missing for the label itself")]
    if confidence is not None and abs(confidence - own) > _SAME:
        text = f"is {confidence:g}, but the label's probability is {own:g}; leave it out or make them equal"
        return [Problem("confidence", text)]
    return []
