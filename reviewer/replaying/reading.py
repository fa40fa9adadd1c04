"""Reads predictions out of the database into columns."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import connection

from reviewer import conditions, routing
from reviewer.models import Policy, Prediction
from reviewer.replaying.columns import (
    ACCEPTED,
    AUDIT,
    NO_BIN,
    NOT_THERE,
    REVIEW,
    TYPES,
    Columns,
    value_key,
)
from reviewer.stats.chance import bin_of
from reviewer.stats.sampling import draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from projects.models import Project

ROWS: Final = """
select id, extract(epoch from received_at)::float8, u, pi, b, verdict, repeats,
       inference_id, confidence, probabilities, label, model_name, model_version{keys}
from reviewer_prediction
where project_id = %(project)s and id > %(after)s and id <= %(upto)s
order by id limit %(most)s
"""
KEY: Final = ", (metadata -> %(key{at})s)::text"
VERDICTS: Final = {
    Prediction.Verdict.ACCEPTED.value: ACCEPTED,
    Prediction.Verdict.REVIEW.value: REVIEW,
    Prediction.Verdict.AUDIT.value: AUDIT,
}
_MOST_VALUES: Final = 100_000
_FIXED: Final = 13


def salt_of(project: Project) -> bytes | None:
    """The secret salt, the same for every version of the policy; None before the first."""
    found = Policy.objects.filter(project=project).values_list("salt", flat=True)
    salt = found.first()
    return None if salt is None else bytes(salt)


def read(
    project: Project, salt: bytes, keys: Sequence[str], after: int, upto: int, most: int
) -> Columns:
    """The first `most` predictions of those numbered above `after`, up to `upto`."""
    sql = ROWS.format(keys="".join(KEY.format(at=at) for at in range(len(keys))))
    named = {f"key{at}": key for at, key in enumerate(keys)}
    bounds = {"project": project.pk, "after": after, "upto": upto, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**bounds, **named})
        rows = cursor.fetchall()
    return _columns(rows, salt, keys)


def _columns(
    rows: Sequence[tuple[Any, ...]], salt: bytes, keys: Sequence[str]
) -> Columns:
    table: list[Sequence[Any]] = list(zip(*rows, strict=True))
    table = table or [()] * (_FIXED + len(keys))
    ids, at, u, pi, b, verdict, repeats, names, confidence, probabilities = table[:10]
    labels, label = _coded(table[10])
    versions, version = _coded(zip(table[11], table[12], strict=True))
    found: dict[str, Sequence[Any] | NDArray[Any]] = {
        "id": ids,
        "at": at,
        "u": u,
        "v": draws(salt, names, routing.BLIND_DRAW),
        "pi": pi,
        "b": b,
        "verdict": [VERDICTS[each] for each in verdict],
        "repeats": repeats,
        "confidence": [math.nan if each is None else each for each in confidence],
        "bin": [NO_BIN if each is None else bin_of(each) for each in confidence],
        "margin": [
            _margin(*each) for each in zip(probabilities, confidence, strict=True)
        ],
        "entropy": [_entropy(each) for each in probabilities],
        "label": label,
        "version": version,
    }
    arrays = {name: np.array(found[name], dtype=kind) for name, kind in TYPES.items()}
    kept = {key: _keys(salt, table[_FIXED + at]) for at, key in enumerate(keys)}
    return Columns(**arrays, labels=labels, versions=versions, keys=kept)


def _coded(values: Iterable[Any]) -> tuple[tuple[Any, ...], list[int]]:
    place: dict[Any, int] = {}
    codes = [place.setdefault(value, len(place)) for value in values]
    return tuple(place), codes


def _margin(probabilities: list[float] | None, confidence: float | None) -> float:
    if probabilities:
        return conditions.gap(probabilities)
    return conditions.margin_of(None, confidence)


def _entropy(probabilities: list[float] | None) -> float:
    found = conditions.entropy_of(probabilities or ())
    return math.nan if found is None else found


def _keys(salt: bytes, values: Sequence[str | None]) -> NDArray[np.uint64]:
    @lru_cache(maxsize=_MOST_VALUES)
    def key(text: str | None) -> int:
        return NOT_THERE if text is None else value_key(salt, json.loads(text))

    return np.array([key(text) for text in values], dtype=np.uint64)
