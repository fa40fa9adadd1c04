"""The points that a question names, and the lines drawn between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling.kinds.base import Problem
from labeling.kinds.labels import check_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json


def check_points(points: Json) -> list[Problem]:
    """Points are named like labels are."""
    return [
        Problem(
            problem.field.replace("labels", "points", 1),
            problem.problem.replace("labels", "points").replace("label", "point"),
        )
        for problem in check_labels(points, fewest=1)
    ]


def check_skeleton(question: Mapping[str, Json]) -> list[Problem]:
    """Pairs of ids of points that are there."""
    skeleton, known = question.get("skeleton", []), point_ids(question.get("points"))
    if not isinstance(skeleton, list):
        return [Problem("skeleton", "must be a list of pairs of ids of points")]
    return [
        Problem(f"skeleton[{at}]", "must be a pair of ids of two different points")
        for at, pair in enumerate(skeleton)
        if not isinstance(pair, list)
        or len(pair) != 2
        or pair[0] == pair[1]
        or any(each not in known for each in pair)
    ]


def point_ids(points: Json) -> list[str]:
    """The ids in the order of the question."""
    given = points if isinstance(points, list) else []
    return [str(each["id"]) for each in given if isinstance(each, dict)]
