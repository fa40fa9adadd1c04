"""Reads what an extracting model said: {"value", "confidence"?, "scores"?: {path: 0..1}}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from labeling.kinds import output as outputs
from labeling.kinds.base import PreLabel, Problem
from labeling.kinds.record import leaves

if TYPE_CHECKING:
    from labeling.kinds.base import Json, Question
    from labeling.kinds.kind import Kind


def read(kind: Kind, question: Question, output: Json) -> PreLabel | list[Problem]:
    """The output as a pre-label; its scores are the probabilities, by path of leaf."""
    plain, scores = output, None
    if isinstance(output, dict):
        plain = {key: value for key, value in output.items() if key != "scores"}
        scores = output.get("scores")
    read = outputs.read(
        plain,
        check=lambda value: kind.check_value(question, value),
        normal=lambda value: kind.normal(question, value),
    )
    wrong = _check_scores(output, scores) if scores is not None else []
    if not isinstance(read, PreLabel):
        return [*read, *wrong]
    kept = leaves.of(read.value)
    shares = scores.items() if isinstance(scores, dict) else ()
    return wrong or replace(
        read,
        probabilities={
            path: float(share)
            for path, share in shares
            if path in kept and isinstance(share, int | float)
        }
        or None,
    )


def _check_scores(output: Json, scores: Json) -> list[Problem]:
    if not isinstance(scores, dict):
        text = 'must be an object such as {"lines[2].amount": 0.83}: leaf to score'
        return [Problem("scores", text)]
    known = leaves.of(output.get("value")) if isinstance(output, dict) else {}
    found = []
    for path, score in scores.items():
        wrong = outputs.share_problems("", score)
        if score is None:
            wrong = [Problem("", "must be a number from 0 to 1")]
        if path not in known:
            wrong = [Problem("", "is no leaf of the value")]
        found += [p.under(f"scores.{path[:200]}") for p in wrong]
    return found
