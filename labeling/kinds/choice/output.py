"""Reads what a classifier said: label, confidence, probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labeling.kinds.base import PreLabel, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question

_KEYS = ("label", "confidence", "probabilities")
_KNOWN = frozenset(_KEYS)
_SUM_TOLERANCE = 0.01
_SAME = 1e-3
# A softmax in single precision may end a hair above 1.
_ROUNDING = 1e-6
_SHOWN = 8


def read(question: Question, output: Json) -> PreLabel | list[Problem]:
    """The output as a pre-label, or every problem it has."""
    if not isinstance(output, dict):
        return [Problem("", 'must be an object such as {"label": "cat"}')]
    if _is_plain(question, output):
        return _pre_label(output)
    problems = _check(question, output)
    return problems or _pre_label(output)


def _is_plain(question: Question, output: Mapping[str, Json]) -> bool:
    """Nothing wrong at first sight: nearly all of thousands a second are like this."""
    label, given = output.get("label"), output.get("probabilities")
    confidence = output.get("confidence")
    if not isinstance(label, str) or label not in question.label_ids:
        return False
    if not _KNOWN.issuperset(output):
        return False
    if given is not None and not _sound(question, given):
        return False
    if confidence is None:
        return given is None or label in given  # type: ignore[operator]
    if type(confidence) is not float or not 0 <= confidence <= 1:
        return False
    if given is None:
        return True
    own = given.get(label)  # type: ignore[union-attr]
    return own is not None and abs(confidence - own) <= _SAME  # type: ignore[operator]


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
    values = probabilities.values()
    if set(map(type, values)) == {float} and max(values) <= 1:  # type: ignore[type-var, operator]
        return probabilities  # type: ignore[return-value]
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
    if given is None or _sound(question, given):
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
    return found or [_wrong_sum(given)]


def _sound(question: Question, given: Json) -> bool:
    """All at once, since nearly every one of thousands a second is as it should be."""
    if not isinstance(given, dict) or not given:
        return False
    if not question.label_ids.issuperset(given):
        return False
    values = list(given.values())
    if not {float, int}.issuperset(map(type, values)):
        return False
    low, high = min(values), max(values)  # type: ignore[type-var]
    if not (low >= 0 and high <= 1 + _ROUNDING):  # type: ignore[operator]
        return False
    return abs(sum(values) - 1) <= _SUM_TOLERANCE  # type: ignore[arg-type]


def _wrong_sum(given: Mapping[str, Json]) -> Problem:
    total = math.fsum(p for p in given.values() if isinstance(p, int | float))
    return Problem("probabilities", f"must sum to 1 (± 0.01), they sum to {total:.4g}")


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
