"""The comparison on the test side slice by slice, by the metadata that predictions came with.

Counted once, when both models have answered, and kept with the evidence: a page that shows
slices adds nothing up. A slice that somebody chooses after a look promises less than its
interval says; pages tell so.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry_bridge import evidence, forest
from registry_bridge.comparison import LEVEL
from registry_bridge.forest import Forest
from reviewer.slices import LONGEST_KEY, METADATA
from reviewer.stats import comparison as stats

if TYPE_CHECKING:
    from registry_bridge.models import Snapshot
    from registry_bridge.said import Answers

# Of the keys that most items have, so many; of a key the values with the most items.
MOST_KEYS: Final = 10
MOST_VALUES: Final = 20
# A key that hardly any two items share a value of tells no slices apart.
FEWEST_ALIKE: Final = 10


class Item(NamedTuple):
    """One answer of the test side: whether each was right, and the chance of knowing it."""

    champion: bool
    challenger: bool
    pi: float


Parts = dict[str | None, list[Item]]


def by_metadata(snapshot: Snapshot, answers: Mapping[int, Answers]) -> dict[str, Any]:
    """Key -> its slices, the largest first, as plain JSON; the value None: without it."""
    rows = snapshot.items.usable().values_list(
        *("gold_id", "gold__value", "pi", "gold__task__prediction__metadata")
    )
    items: list[Item] = []
    told: list[Mapping[str, Any]] = []
    for gold, value, pi, metadata in rows:
        if (said := answers.get(gold)) is not None:
            truth = str(value)
            items.append(
                Item(said.champion == truth, said.challenger == truth, float(pi))
            )
            told.append(metadata if isinstance(metadata, dict) else {})
    found = {}
    for key in _keys(told):
        parts = _parts(key, items, told)
        if max(len(part) for value, part in parts.items() if value) >= FEWEST_ALIKE:
            found[key] = _slices(parts)
        if len(found) == MOST_KEYS:
            break
    return found


def _keys(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those of the most items first."""
    counts = Counter(key for each in told for key in each)
    fit = [key for key in counts if 0 < len(key) <= LONGEST_KEY]
    return sorted(fit, key=lambda key: (-counts[key], key))


def _parts(key: str, items: Sequence[Item], told: Sequence[Mapping[str, Any]]) -> Parts:
    parts: Parts = defaultdict(list)
    for item, each in zip(items, told, strict=True):
        parts[_text(each.get(key))].append(item)
    return parts


def _text(value: Any) -> str | None:
    """As slices of quality name it: PostgreSQL's metadata ->> key."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _slices(parts: Parts) -> list[dict[str, Any]]:
    order = sorted(parts, key=lambda value: (-len(parts[value]), value or ""))
    found = [_slice(value, parts[value]) for value in order[:MOST_VALUES]]
    rest = [parts[value] for value in order[MOST_VALUES:]]
    if rest:
        joined = [item for part in rest for item in part]
        found.append({**_slice(None, joined), "joined": len(rest)})
    return found


def _slice(value: str | None, items: Sequence[Item]) -> dict[str, Any]:
    champion, challenger, pi = zip(*items, strict=True)
    compared = stats.compare(champion, challenger, pi, level=LEVEL).as_json()
    return {"value": value, "joined": 0, "n": len(items), "comparison": compared}


@dataclass(frozen=True)
class Sliced:
    """What a page shows: the keys there are, and the slices by one of them."""

    keys: tuple[str, ...]
    by: str
    forest: Forest | None


def read(kept: Mapping[str, Any], by: str) -> Sliced | None:
    """None where nothing was told apart. `by`: "metadata." and a key; others show none."""
    found = kept.get("metadata") or {}
    if not found:
        return None
    keys = tuple(f"{METADATA}{key}" for key in sorted(found))
    if by not in keys:
        return Sliced(keys, "", None)
    rows = [evidence.row(_("All predictions"), kept["comparison"])]
    rows += [
        evidence.row(_name(each), each["comparison"])
        for each in found[by.removeprefix(METADATA)]
    ]
    return Sliced(keys, by, forest.draw(rows))


def _name(each: Mapping[str, Any]) -> str:
    if each["joined"]:
        n = int(each["joined"])
        return ngettext("%(n)s further value", "%(n)s further values", n) % {"n": n}
    return _("(none)") if each["value"] is None else str(each["value"])
