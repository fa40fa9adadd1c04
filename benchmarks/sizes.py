"""How much is measured: read from the environment once, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The figures are named after the defaults; smaller ones are for trying it out."""

    # of each closed loop
    seconds: float = 8.0
    few: int = 10_000
    many: int = 1_000_000
    # None unless FULL: that takes a quarter of an hour and 30 GB more
    most: int | None = None
    labels: int = 1_000_000
    # accepted predictions beside the drawn ones: four each, at most so many
    accepted: int = 1_000_000
    # cycles a second offered while an export runs, and for how long
    offered: float = 150.0
    offered_seconds: float = 30.0
    events: int = 20_000


def from_environment() -> Sizes:
    default = Sizes()
    full = os.environ.get("FULL", "") in ("1", "yes", "true")
    return Sizes(
        seconds=_number("SECONDS", default.seconds),
        few=int(_number("FEW", default.few)),
        many=int(_number("MANY", default.many)),
        most=int(_number("MOST", 10_000_000)) if full else None,
        labels=int(_number("LABELS", default.labels)),
        accepted=int(_number("ACCEPTED", default.accepted)),
        offered=_number("OFFERED", default.offered),
        offered_seconds=_number("OFFERED_SECONDS", default.offered_seconds),
        events=int(_number("EVENTS", default.events)),
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise SystemExit(f"{name} must be a number, not {text!r}.") from None
