"""Type `image`: one picture, as a data URL or by reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json

PREFIXES: Final = (
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/webp;base64,",
)


class Image(FieldType):
    """A PNG, JPEG or WebP picture."""

    by_reference: ClassVar[str] = "picture"
    # a grey pixel
    sample: ClassVar[Json] = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNo"
        "AAAAggCBd81ytgAAAABJRU5ErkJggg=="
    )

    def wrong(self, field: Field, value: Json) -> str | None:
        if not isinstance(value, str) or not value:
            return "is missing; the schema shows it, so it must be a picture"
        if not value.startswith(PREFIXES):
            return "must be a data URL of a PNG, JPEG or WebP image"
        return None
