"""What the loop came to: for people in a few lines, for programs as one JSON object."""

from __future__ import annotations

from typing import Any

from examples.digits.demo import truth
from examples.digits.demo.story import Told


def plain(quality: dict[str, Any]) -> dict[str, Any] | None:
    estimate = quality.get("estimate")
    return {name: estimate[name] for name in truth.ESTIMATE} if estimate else None


def as_json(told: Told, *, closed: bool, seed: int, seconds: float) -> dict[str, Any]:
    return {
        "closed": closed,
        "seed": seed,
        "predictions": len(told.sent),
        "routed": sum(each.task is not None for each in told.sent),
        "reviewed": told.reviewed,
        "gold": told.gold,
        "accuracy_before": plain(told.quality_before),
        "accuracy_after": plain(told.quality_after),
        "true_accuracy_before": truth.true_accuracy(told.first),
        "true_accuracy_after": truth.true_accuracy(told.second),
        "estimates": [each.as_json() for each in _rows(told)],
        "champion_before": told.champion_before or None,
        "champion_after": told.champion_after or None,
        "mlflow_run_ids": told.mlflow_run_ids,
        "seconds": round(seconds, 1),
    }


def lines(told: Told) -> list[str]:
    routed = sum(each.task is not None for each in told.sent)
    return [
        "",
        *truth.lines(_rows(told)),
        "",
        f"  {len(told.sent):,} predictions, {routed:,} looked at by people, "
        f"{told.gold:,} settled by {told.answers:,} answers",
        f"  ({told.slips:,} of them slips), {told.adjudicated:,} by the adjudicator; "
        f"{told.checks} check tasks planted.",
        "",
    ]


def _rows(told: Told) -> list[truth.Row]:
    """Of both versions; none before the service was asked for its estimates."""
    if not told.quality_after:
        return []
    return [
        *truth.rows(told.champion_before, told.quality_before, told.first),
        *truth.rows(told.champion_after, told.quality_after, told.second),
    ]
