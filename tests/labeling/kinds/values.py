"""For each kind of question: one that asks it, and what may be said to it.

A kind's entry is the question as a schema has it, and a strategy of valid values, in
any form in which they may come in. A question whose answers mark a field names it.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from labeling.kinds.base import Json

Ways = tuple[dict[str, Json], st.SearchStrategy[Any]]


def labels(*ids: str) -> Json:
    return [{"id": each, "name": each.title()} for each in ids]


def ranked(ids: list[str], ties: list[bool]) -> Json:
    """Ids as ranks; where `ties` is true, one stands beside the one before it."""
    ranks: list[list[Json]] = []
    for each, tied in zip(ids, ties, strict=True):
        if tied and ranks:
            ranks[-1].append(each)
        else:
            ranks.append([each])
    return [*ranks]


TREE: Final[Json] = [
    {
        "id": "animal",
        "name": "Animal",
        "children": [
            {"id": "cat", "name": "Cat", "description": "Meows"},
            {"id": "dog", "name": "Dog", "children": [{"id": "pug", "name": "Pug"}]},
        ],
    },
    {"id": "plant", "name": "Plant"},
]
ANIMALS = ["cat", "dog", "owl", "bee"]

VALUES: Final[dict[str, Ways]] = {
    "choice": (
        {"labels": labels("cat", "dog", "owl")},
        st.sampled_from(["cat", "dog", "owl"]),
    ),
    "choices": (
        {"labels": labels(*ANIMALS), "most": 3},
        st.lists(st.sampled_from(ANIMALS), max_size=3, unique=True),
    ),
    "taxonomy": (
        {"tree": TREE, "leaves_only": False, "many": True},
        st.lists(
            st.sampled_from(["animal", "cat", "dog", "pug", "plant"]),
            min_size=1,
            unique=True,
        ),
    ),
    "rating": ({"from": -2, "to": 2}, st.integers(-2, 2) | st.just(1.0)),
    "ranking": (
        {"labels": labels(*ANIMALS), "ties": True},
        st.builds(
            ranked,
            st.permutations(ANIMALS),
            st.lists(st.booleans(), min_size=len(ANIMALS), max_size=len(ANIMALS)),
        )
        | st.permutations(ANIMALS),
    ),
    "pairwise": (
        {"a": "first", "b": "second", "ties": True, "both_bad": True, "swap": True},
        st.sampled_from(["a", "b", "tie", "both_bad"]),
    ),
    "number": (
        {"min": -1e6, "unit": "kg", "tolerance": 0.5},
        st.integers(-(10**6), 10**12) | st.floats(-1e6, 1e14),
    ),
}
