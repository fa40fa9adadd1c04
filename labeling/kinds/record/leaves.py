"""A record as its leaves, path to value: how alike two are, what several say.

A leaf is a text, a number, true, false, null, or a list or object with nothing in it.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from labeling.kinds.record.words import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labeling.kinds.base import Json

_Way: TypeAlias = "tuple[str | int, ...]"


def of(value: Json) -> dict[str, Json]:
    """Its leaves by path (`lines[2].amount`)."""
    return {path_of(way): leaf for way, leaf in _walk(value)}


def alike(a: Json, b: Json) -> float:
    """The share of equal leaves in the union of both sets of paths."""
    one, two = _encoded(a), _encoded(b)
    every = one.keys() | two.keys()
    same = sum(one.get(path) == two.get(path) for path in every)
    return same / len(every) if every else 1.0


def settle(values: Sequence[Json], *, among: int) -> Json:
    """Each leaf's strict majority; None if one has none, or the values differ in shape."""
    ways = [dict(_walk(value)) for value in values]
    if not ways or any(each.keys() != ways[0].keys() for each in ways):
        return None
    settled = copy.deepcopy(values[0])
    for way in ways[0]:
        text, votes = Counter(_text(each[way]) for each in ways).most_common(1)[0]
        if votes * 2 <= among:
            return None
        if way:
            _put(settled, way, msgspec.json.decode(text))
    return settled


def _encoded(value: Json) -> Mapping[_Way, bytes]:
    return {way: _text(leaf) for way, leaf in _walk(value)}


def _text(leaf: Json) -> bytes:
    return msgspec.json.encode(leaf)


def _walk(value: Json, way: _Way = ()) -> Iterator[tuple[_Way, Json]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _walk(inner, (*way, key))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _walk(inner, (*way, place))
    else:
        yield way, value


def _put(value: Json, way: _Way, leaf: Json) -> None:
    inner: Json = value
    for part in way[:-1]:
        inner = inner[part]  # type: ignore[index]
    inner[way[-1]] = leaf  # type: ignore[index]
