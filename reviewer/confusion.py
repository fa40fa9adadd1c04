"""A table of who takes what for what, as pages show it: models' and people's (_matrix.html)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOTTEST: Final = 9


@dataclass(frozen=True)
class Cell:
    """A number in words; `heat` from 0 to HOTTEST; `sign` says whether a change is good."""

    text: str
    heat: int
    diagonal: bool
    sign: str = ""


@dataclass(frozen=True)
class Matrix:
    """What is so in rows, what was said in columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def heat(value: float, whole: float) -> int:
    """The share of the whole, in ninths."""
    return min(HOTTEST, round(abs(value) / whole * HOTTEST)) if whole > 0 else 0
