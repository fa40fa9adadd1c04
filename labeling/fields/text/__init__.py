"""Type `text`: plain text, in any direction of writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType
from labeling.kinds.base import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.fields.base import Field
    from labeling.kinds.base import Json

DIRECTIONS: Final = ("auto", "ltr", "rtl")


class Text(FieldType):
    """Plain text, shown as it is; `dir: auto` lets each line run as its own writing does."""

    keys: ClassVar[frozenset[str]] = frozenset({"dir"})

    def check_field(self, field: Mapping[str, Json]) -> list[Problem]:
        if field.get("dir", "auto") in DIRECTIONS:
            return []
        return [Problem("dir", f"must be one of: {', '.join(DIRECTIONS)}")]

    by_reference: ClassVar[str] = "text"
    sample: ClassVar[Json] = "The quick brown fox jumps over the lazy dog."

    def wrong(self, field: Field, value: Json) -> str | None:
        if isinstance(value, str) and value:
            return None
        return "is missing; the schema shows it, so it must be text that is not empty"
