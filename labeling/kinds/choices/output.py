"""Reads a model's probabilities, one for each label: those of 0.5 and more are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from labeling.kinds.base import PreLabel, Problem
from labeling.kinds.choice.output import unknown_label
from labeling.kinds.output import share_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Question

_THRESHOLD = 0.5


class Given(NamedTuple):
    """An output without its probabilities, which then has a value; and they."""

    rest: dict[str, Json]
    shares: dict[str, float]

    def completed(self, read: PreLabel | list[Problem]) -> PreLabel | list[Problem]:
        """The pre-label with its probabilities, and the confidence that they give."""
        if not isinstance(read, PreLabel):
            return read
        said = read.confidence
        confidence = _least_sure(self.shares) if said is None else said
        return msgspec.structs.replace(
            read, probabilities=self.shares, confidence=confidence
        )


def with_value(
    question: Question, output: Mapping[str, Json], fewest: int, most: int
) -> Given | list[Problem]:
    """The output with the value that its probabilities give, unless it has its own."""
    problems = _check(question, output["probabilities"])
    if problems:
        return problems
    given = output["probabilities"]
    shares = _numbers(given if isinstance(given, dict) else {})
    rest = {key: said for key, said in output.items() if key != "probabilities"}
    chosen: list[Json] = [*_likeliest(shares, fewest, most)]
    return Given({"value": chosen, **rest}, shares)


def _check(question: Question, given: Json) -> list[Problem]:
    if not isinstance(given, dict) or not given:
        return [Problem("probabilities", "must be an object: label id to probability")]
    found = []
    for label, p in given.items():
        path = f"probabilities.{label[:64]}"
        if label not in question.label_ids:
            found.append(Problem(path, unknown_label(question, label)))
        missing = [Problem(path, "must be a number from 0 to 1")] if p is None else []
        found += missing or share_problems(path, p)
    return found


def _numbers(given: Mapping[str, Json]) -> dict[str, float]:
    return {id_: float(p) for id_, p in given.items() if isinstance(p, int | float)}


def _likeliest(shares: Mapping[str, float], fewest: int, most: int) -> list[str]:
    """Those at the threshold or above; but as many as an answer must have, and may have."""
    by_share = sorted(shares, key=lambda label: -shares[label])
    count = sum(p >= _THRESHOLD for p in shares.values())
    return by_share[: min(max(count, fewest), most)]


def _least_sure(shares: Mapping[str, float]) -> float:
    """How sure the model is of the label that it is least sure of, in or out."""
    return min(max(p, 1 - p) for p in shares.values())
