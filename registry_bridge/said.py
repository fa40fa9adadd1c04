"""What champion and challenger answered to one test item, as scoring.py left it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry_bridge.answering import Said


@dataclass(frozen=True, slots=True)
class Answers:
    champion: str
    challenger: str
    # How sure each was; None where it did not say.
    champion_sure: float | None = None
    challenger_sure: float | None = None

    @classmethod
    def of(cls, said: Mapping[str, Said]) -> Answers:
        one, other = said["champion"], said["challenger"]
        return cls(one.label, other.label, one.confidence, other.confidence)


@dataclass(frozen=True, slots=True)
class Item:
    """One answer of the test side that a fair comparison may use."""

    truth: str
    champion: str
    challenger: str
    pi: float
    # "" where slices are not told apart.
    slice: str = ""
