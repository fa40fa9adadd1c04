"""The types a payload's field can have, by name: what fits, and how a page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labeling.fields import chat, html, image, images, json, markdown, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.fields.base import FieldType

_TYPES: Final[Mapping[str, FieldType]] = {
    "text": text.Text(),
    "image": image.Image(),
    "images": images.Images(),
    "markdown": markdown.Markdown(),
    "html": html.Html(),
    "chat": chat.Chat(),
    "table": table.Table(),
    "json": json.JsonTree(),
}

NAMES: Final = tuple(_TYPES)


def get(name: str) -> FieldType:
    """The type of that name; KeyError for one that schemas cannot have."""
    return _TYPES[name]
