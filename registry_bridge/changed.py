"""Test items that champion and challenger answer differently: a fair sample, kept with the evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from registry_bridge.models import Snapshot
    from registry_bridge.said import Answers

# Of each kind so many at most are kept; how many there are is kept too.
MOST: Final = 25
BETTER, WORSE, OTHERWISE = "better", "worse", "otherwise"


def sample(snapshot: Snapshot, answers: Mapping[int, Answers]) -> dict[str, Any]:
    """Items that only one got right, and those both got wrong in different ways.

    Drawn by a hash of the gold's number: nobody picks, and the same look draws the same.
    """
    usable = snapshot.items.usable()
    rows = usable.values_list("gold_id", "gold__task_id", "gold__value")
    found: dict[str, list[dict[str, Any]]] = {BETTER: [], WORSE: [], OTHERWISE: []}
    for gold, task, value in rows:
        said = answers.get(gold)
        if said is not None and said.champion != said.challenger:
            item = {
                "gold": gold,
                "task": task,
                "truth": str(value),
                "champion": said.champion,
                "challenger": said.challenger,
            }
            found[_kind(item)].append(item)
    return {
        kind: {"n": len(items), "items": _drawn(items)} for kind, items in found.items()
    }


def _kind(item: Mapping[str, Any]) -> str:
    if item["challenger"] == item["truth"]:
        return BETTER
    return WORSE if item["champion"] == item["truth"] else OTHERWISE


def _drawn(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: _hash(item["gold"]))[:MOST]


def _hash(gold: int) -> bytes:
    return hashlib.blake2b(str(gold).encode(), digest_size=8).digest()
