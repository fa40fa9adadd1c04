"""Type `text`: plain text, in any direction of writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.fields.base import FieldType

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json


class Text(FieldType):
    """Plain text, shown as it is."""

    by_reference: ClassVar[str] = "text"
    sample: ClassVar[Json] = "The quick brown fox jumps over the lazy dog."

    def wrong(self, field: Field, value: Json) -> str | None:
        if isinstance(value, str) and value:
            return None
        return "is missing; the schema shows it, so it must be text that is not empty"
