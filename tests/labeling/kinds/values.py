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


VALUES: Final[dict[str, Ways]] = {
    "choice": (
        {"labels": labels("cat", "dog", "owl")},
        st.sampled_from(["cat", "dog", "owl"]),
    ),
}
