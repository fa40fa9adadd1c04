"""Harm to a slice of the test side: a veto, by Holm over all slices, for one look."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from reviewer import slices
from reviewer.stats import comparison, multiplicity
from reviewer.stats.disagreements import MOST_SLICES, OTHERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registry_bridge.said import Item

# The chance that any slice is called harmed where none is.
ALPHA: Final = 0.05
WITHOUT: Final = "(without)"


def name_of(by: str, champion: str, metadata: object) -> str:
    """The slice of one item: what the version in use said, or the value of a key."""
    if by == slices.LABEL:
        return champion
    found = metadata if isinstance(metadata, dict) else {}
    value = found.get(by.removeprefix(slices.METADATA)) if by else None
    if value is None:
        return WITHOUT
    return value if isinstance(value, str) else json.dumps(value)


def of_items(items: Sequence[Item], by: str, lowest: float | None) -> dict[str, Any]:
    """Each slice with its counts and p-value, and the harmed ones; {} without slices.

    As many slices as a study tells apart; what comes later is one together.
    """
    if not by:
        return {}
    parts = _parts(items)
    told = {name: _told(own, lowest) for name, own in parts.items()}
    found = multiplicity.holm([each["p"] for each in told.values()], ALPHA)
    harmed = [name for name, bad in zip(told, found, strict=True) if bad]
    return {"by": by, "alpha": ALPHA, "parts": told, "harmed": harmed}


def _parts(items: Sequence[Item]) -> Mapping[str, list[Item]]:
    parts: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        room = item.slice in parts or len(parts) < MOST_SLICES
        parts[item.slice if room else OTHERS].append(item)
    return parts


def _told(own: Sequence[Item], lowest: float | None) -> dict[str, float]:
    old = [item.champion == item.truth for item in own]
    new = [item.challenger == item.truth for item in own]
    p = comparison.harm(old, new, [item.pi for item in own], lowest=lowest)
    both = list(zip(old, new, strict=True))
    only_champion, only_challenger = (
        both.count((True, False)),
        both.count((False, True)),
    )
    return {
        "n": len(own),
        "only_challenger": only_challenger,
        "only_champion": only_champion,
        "p": p,
    }
