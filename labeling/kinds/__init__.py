"""The kinds of question that can be asked, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labeling.kinds import (
    boxes,
    chat,
    choice,
    choices,
    keypoints,
    number,
    pairwise,
    polygons,
    ranking,
    rating,
    record,
    spans,
    taxonomy,
    text,
)
from labeling.kinds.base import UnknownKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.kind import Kind

_KINDS: Final[Mapping[str, Kind]] = {
    "choice": choice.Choice(),
    "choices": choices.Choices(),
    "taxonomy": taxonomy.Taxonomy(),
    "rating": rating.Rating(),
    "ranking": ranking.Ranking(),
    "pairwise": pairwise.Pairwise(),
    "number": number.Number(),
    "boxes": boxes.Boxes(),
    "polygons": polygons.Polygons(),
    "keypoints": keypoints.Keypoints(),
    "spans": spans.Spans(),
    "text": text.Text(),
    "record": record.Record(),
    "chat": chat.Chat(),
}

NAMES: Final = tuple(_KINDS)


def get(name: str) -> Kind:
    """The kind of that name; UnknownKind, which lists the known ones, otherwise."""
    kind = _KINDS.get(name)
    if kind is None:
        raise UnknownKind(name, NAMES)
    return kind
