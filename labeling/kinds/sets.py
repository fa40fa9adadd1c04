"""Answers that are sets of ids: what is wrong with one, how alike two are, what several say."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from labeling.kinds.base import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labeling.kinds.base import Json


def check_ids(value: Json, wrong: Callable[[str], str | None]) -> list[Problem]:
    """What keeps a value from being a list of ids, none of them twice.

    `wrong` says why an id is none of this question, or None.
    """
    if not isinstance(value, list):
        return [Problem("", "must be a list of ids")]
    found = []
    for at, each in enumerate(value):
        if not isinstance(each, str):
            found.append(Problem(f"[{at}]", "must be an id, as text"))
        elif text := wrong(each):
            found.append(Problem(f"[{at}]", text))
        elif value.index(each) < at:
            found.append(Problem(f"[{at}]", f"“{each}” is there already"))
    return found


def ids(value: Json) -> set[str]:
    """A valid value as a set."""
    return {str(each) for each in value} if isinstance(value, list) else set()


def alike(a: Json, b: Json) -> float:
    """Jaccard's index: what both have, as a share of what either has; 1 if neither has any."""
    one, two = ids(a), ids(b)
    return len(one & two) / len(one | two) if one | two else 1.0


def settle(values: Sequence[Json], *, among: int) -> set[str] | None:
    """What a strict majority of `among` chose; None while one id is open.

    An id is in when more than half chose it, out when more than half did not.
    """
    votes = Counter(chain.from_iterable(map(ids, values)))
    if len(values) * 2 <= among:
        return None
    if any(2 * n <= among and 2 * (len(values) - n) <= among for n in votes.values()):
        return None
    return {each for each, n in votes.items() if 2 * n > among}
