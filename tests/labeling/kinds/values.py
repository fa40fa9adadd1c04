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


def marks(made: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(made, max_size=4)


pixels = st.floats(0, 200) | st.integers(0, 200)
places = st.tuples(pixels, pixels).map(list)
sides = st.floats(0.1, 120)
things = st.sampled_from(["car", "tree"])

VALUES: Final[dict[str, Ways]] = {
    "choice": (
        {"labels": labels("cat", "dog", "owl")},
        st.sampled_from(["cat", "dog", "owl"]),
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
}
