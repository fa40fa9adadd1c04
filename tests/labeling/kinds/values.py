"""For each kind of question: one that asks it, and what may be said to it.

A kind's entry is the question as a schema has it, and a strategy of valid values, in
any form in which they may come in. A question whose answers mark a field names it.
"""

from __future__ import annotations

from typing import Any, Final

# what kinds load when they first compare, loaded before hypothesis looks at its clock
import scipy.optimize  # noqa: F401
from hypothesis import strategies as st
from PIL import ImageChops, ImageDraw  # noqa: F401

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


def marks(made: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(made, max_size=4)


pixels = st.floats(0, 200) | st.integers(0, 200)
places = st.tuples(pixels, pixels).map(list)
sides = st.floats(0.1, 120)
things = st.sampled_from(["car", "tree"])

safety: st.SearchStrategy[Any] = st.sampled_from(
    [
        {"ratings": {"safe": "yes"}},
        {"ratings": {"safe": "yes"}, "notes": {"safe": "Rightly refused\r\n"}},
        {"ratings": {"safe": "no"}, "notes": {"safe": "Names a person"}},
    ]
)
judged_whole = safety
judged_turns = st.builds(
    lambda turn, helpful, safe, more: {
        **safe,
        "turn": turn,
        "ratings": {"helpful": helpful, **safe["ratings"]},
        **more,
    },
    st.integers(0, 5),
    st.integers(1, 4) | st.just(2.0),
    safety,
    st.sampled_from([{}, {"correction": "Two years."}, {"correction": "Ask us. "}]),
)

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
    "boxes": (
        {"field": "photo", "labels": labels("car", "tree"), "rotated": True},
        marks(
            st.fixed_dictionaries(
                {"x": pixels, "y": pixels, "width": sides, "height": sides}
                | {"label": things},
                optional={"rotation": st.floats(0, 359.99)},
            )
        ),
    ),
    "polygons": (
        {"field": "photo", "labels": labels("car", "tree"), "shape": "polygon"},
        marks(
            st.fixed_dictionaries(
                {"points": st.lists(places, min_size=3, max_size=6), "label": things},
                optional={"closed": st.just(True)},
            )
        ),
    ),
    "keypoints": (
        {
            "field": "photo",
            "points": labels("nose", "tail", "paw"),
            "skeleton": [["nose", "tail"]],
            "visibility": True,
        },
        marks(
            st.fixed_dictionaries(
                {
                    "points": st.dictionaries(
                        st.sampled_from(["nose", "tail", "paw"]),
                        places | places.map(lambda place: [*place, "hidden"]),
                        min_size=1,
                    )
                }
            )
        ),
    ),
    "spans": (
        {"field": "text", "labels": labels("person", "place")},
        st.lists(
            st.builds(
                lambda start, length, label: {
                    "start": start,
                    "end": start + length,
                    "label": label,
                },
                st.integers(0, 500),
                st.integers(1, 40),
                st.sampled_from(["person", "place"]),
            ),
            max_size=6,
        ),
    ),
    "text": (
        {"lines": 4},
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
            max_size=40,
        ).filter(lambda text: bool(text.strip())),
    ),
    "record": (
        {
            "schema": {
                "type": "object",
                "properties": {
                    "number": {"type": "string"},
                    "total": {"type": "number", "minimum": 0},
                    "paid": {"type": "boolean"},
                    "lines": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "what": {"type": "string"},
                                "count": {"type": "integer"},
                            },
                            "required": ["what"],
                        },
                    },
                },
                "required": ["number"],
            }
        },
        st.fixed_dictionaries(
            {"number": st.sampled_from(["17", "A-18", "2026/3"])},
            optional={
                "total": st.integers(0, 10**6) | st.floats(0, 1e6),
                "paid": st.booleans(),
                "lines": st.lists(
                    st.fixed_dictionaries(
                        {"what": st.sampled_from(["tea", "salt"])},
                        optional={"count": st.integers(0, 99)},
                    ),
                    max_size=3,
                ),
            },
        ),
    ),
    "chat": (
        {
            "field": "conversation",
            "criteria": [
                {"value": "helpful", "title": "Helpful", "to": 4},
                {
                    "value": "safe",
                    "title": "Safe",
                    "scope": "both",
                    "note": "lowest",
                    "options": [
                        {"value": "no", "title": "No"},
                        {"value": "yes", "title": "Yes"},
                    ],
                },
            ],
            "correct": True,
        },
        st.fixed_dictionaries(
            {
                "turns": st.lists(
                    judged_turns, max_size=3, unique_by=lambda each: each["turn"]
                ),
                "conversation": judged_whole,
            }
        ),
    ),
}
