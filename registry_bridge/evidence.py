"""A promotion's frozen evidence as people read it: numbers, a forest plot, matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry_bridge import forest
from registry_bridge.forest import Forest, Row
from registry_bridge.models import Snapshot
from reviewer import missing
from reviewer.confusion import Cell, Matrix, heat
from reviewer.stats.estimates import Estimate, NotEnough

TESTS: Final = {
    "exact sign test": gettext_lazy(
        "Exact sign test: of the test items that only one of the two got right, how often "
        "would a challenger that is not better win at least so many by chance?"
    ),
    "betting test, weighted": gettext_lazy(
        "Weighted betting test, which holds for unequal chances of being looked at: how "
        "often would a challenger that is not better look at least this good by chance?"
    ),
}


@dataclass(frozen=True)
class Evidence:
    """What a decision rests on; parts are None where none was gathered."""

    champion: Estimate | None
    challenger: Estimate | None
    difference: Estimate | None
    missing: str
    called: str
    p_value: float | None
    test: str
    wins: int
    losses: int
    ties: int
    n: int
    forest: Forest | None
    matrices: tuple[Matrix, ...]
    excluded: tuple[tuple[str, int], ...]
    snapshot: Mapping[str, Any]
    lineage: Mapping[str, Any]

    @property
    def left_out(self) -> int:
        return sum(rows for _, rows in self.excluded)


def read(kept: Mapping[str, Any], *, better_by: float = 0.0) -> Evidence:
    """Evidence as it was frozen; whatever is not in it is left out of the page."""
    found = kept.get("comparison") or {}
    enough = "difference" in found
    return Evidence(
        champion=Estimate(**found["champion"]) if enough else None,
        challenger=Estimate(**found["challenger"]) if enough else None,
        difference=Estimate(**found["difference"]) if enough else None,
        missing=_missing(found) if not enough else "",
        called=str(kept.get("called") or "Accuracy"),
        p_value=found.get("p_value"),
        test=str(TESTS.get(str(found.get("method")), found.get("method") or "")),
        wins=int(found.get("wins") or 0),
        losses=int(found.get("losses") or 0),
        ties=int(found.get("ties") or 0),
        n=int(found.get("n") or 0),
        forest=drawn(kept, better_by) if enough else None,
        matrices=matrices(kept.get("confusion") or {}),
        excluded=tuple(
            (str(each["why"]), int(each["rows"])) for each in kept.get("excluded") or ()
        ),
        snapshot=kept.get("snapshot") or {},
        lineage=kept.get("lineage") or {},
    )


def left_out(snapshot: Snapshot) -> list[tuple[str, int]]:
    """Rows of the test side that no fair comparison may use: why, and how many.

    A snapshot never changes, so they are counted once.
    """
    key = f"left-out:{snapshot.pk}"
    found: list[tuple[str, int]] | None = cache.get(key)
    if found is None:
        found = _left_out(snapshot)
        cache.set(key, found, timeout=None)
    return found


def _left_out(snapshot: Snapshot) -> list[tuple[str, int]]:
    unusable = snapshot.items.unusable()
    counted = unusable.values_list("left_out").annotate(n=Count("pk"))
    return list(counted.order_by("-n", "left_out"))


def _missing(found: Mapping[str, Any]) -> str:
    if not found:
        return missing.in_words("no comparison was made")
    said = missing.in_words(str(found.get("missing")))
    return f"{said} (n {int(found.get('n') or 0)})"


def drawn(kept: Mapping[str, Any], better_by: float) -> Forest:
    """The difference over all, then each label's."""
    found = [(_("All predictions"), kept["comparison"])]
    found += [
        (str(each["name"]), each["comparison"]) for each in kept.get("labels", ())
    ]
    return forest.draw([row(*each) for each in found], better_by)


def row(name: str, found: Mapping[str, Any]) -> Row:
    """A comparison as it was kept, to be drawn."""
    if "difference" not in found:
        missing_ = NotEnough(str(found.get("missing")), int(found.get("n") or 0))
        return Row(name, missing_)
    sides = ("difference", "champion", "challenger")
    return Row(name, *(Estimate(**found[side]) for side in sides))


Table = Sequence[Sequence[float]]


def matrices(confusion: Mapping[str, Any]) -> tuple[Matrix, ...]:
    """Champion, challenger and the difference, in numbers of all predictions."""
    if not confusion:
        return ()
    names = [str(each["name"]) for each in confusion["labels"]] + [confusion["other"]]
    old: Table = confusion["champion"]["weighted"]
    new: Table = confusion["challenger"]["weighted"]
    kept = [at for at in range(len(names)) if _is_used(at, old, new)]
    change = [
        [b - a for a, b in zip(before, after, strict=True)]
        for before, after in zip(old, new, strict=True)
    ]
    return (
        _matrix(_("Champion"), old, kept, names, signed=False),
        _matrix(_("Challenger"), new, kept, names, signed=False),
        _matrix(_("Challenger minus champion"), change, kept, names, signed=True),
    )


def _is_used(at: int, *tables: Table) -> bool:
    """The row and column for what is no label appear only where there is something."""
    if at < len(tables[0]) - 1:
        return True
    return any(any(table[at]) or any(row[at] for row in table) for table in tables)


def _matrix(
    title: str, table: Table, kept: Sequence[int], names: Sequence[str], *, signed: bool
) -> Matrix:
    largest = max((abs(table[i][j]) for i in kept for j in kept), default=0.0)
    rows = tuple(
        (
            names[i],
            tuple(
                _cell(table[i][j], _whole(i, table, largest, signed), i == j, signed)
                for j in kept
            ),
        )
        for i in kept
    )
    return Matrix(title, tuple(names[j] for j in kept), rows)


def _whole(row: int, table: Table, largest: float, signed: bool) -> float:
    """What the shade is a share of: the row's total, or the largest change."""
    return largest if signed else sum(table[row])


def _cell(value: float, whole: float, diagonal: bool, signed: bool) -> Cell:
    shade, number = heat(value, whole), round(value)
    if not signed:
        return Cell(f"{number:,}", shade, diagonal)
    text = "0" if number == 0 else f"{'+' if number > 0 else '−'}{abs(number):,}"
    better = (value > 0) == diagonal
    sign = "" if number == 0 else "is-better" if better else "is-worse"
    return Cell(text, shade, diagonal, sign)
