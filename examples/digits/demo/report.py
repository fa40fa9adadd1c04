"""What the loop came to: for people in a few lines, for programs as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examples.digits.demo.endpoint import Sent
from examples.digits.demo.story import Told

ESTIMATE = ("value", "low", "high", "n")


def true_accuracy(sent: Sequence[Sent]) -> float | None:
    """From the labels that nobody but the simulation knew."""
    return sum(each.right for each in sent) / len(sent) if sent else None


def plain(estimate: dict[str, Any]) -> dict[str, Any] | None:
    return {name: estimate[name] for name in ESTIMATE} if estimate else None


def as_json(told: Told, *, closed: bool, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "closed": closed,
        "seed": seed,
        "predictions": len(told.sent),
        "routed": sum(each.task is not None for each in told.sent),
        "reviewed": told.reviewed,
        "gold": told.gold,
        "accuracy_before": plain(told.accuracy_before),
        "accuracy_after": plain(told.accuracy_after),
        "true_accuracy_before": true_accuracy(told.first),
        "true_accuracy_after": true_accuracy(told.second),
        "champion_before": told.champion_before or None,
        "champion_after": told.champion_after or None,
        "mlflow_run_ids": told.mlflow_run_ids,
        "seconds": round(seconds, 1),
    }


def lines(told: Told) -> list[str]:
    routed = sum(each.task is not None for each in told.sent)
    return [
        "",
        "  model          estimated from reviews              true",
        _line(told.champion_before, told.accuracy_before, told.first),
        _line(told.champion_after, told.accuracy_after, told.second),
        "",
        f"  {len(told.sent):,} predictions, {routed:,} looked at by people, "
        f"{told.gold:,} settled by {told.answers:,} answers",
        f"  ({told.slips:,} of them slips), {told.adjudicated:,} by the adjudicator; "
        f"{told.checks} check tasks planted.",
        "",
    ]


def _line(version: str, estimate: dict[str, Any], sent: Sequence[Sent]) -> str:
    value, low, high = (100 * estimate[name] for name in ("value", "low", "high"))
    true = 100 * (true_accuracy(sent) or 0.0)
    said = f"{value:.1f} % ({low:.1f} to {high:.1f}, n = {estimate['n']})"
    return f"  version {version:<6} {said:<35} {true:.1f} %"
