"""Type `images`: several pictures to look at, each with a caption if it has one.

They are for looking. A question that marks places marks one picture: a field of type `image`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType
from labeling.fields.image import Image
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json

_KEYS: Final = frozenset({"image", "caption"})
_MOST: Final = 200
_LONGEST_CAPTION: Final = 500


class Images(FieldType):
    """A list of pictures, or of `{"image": picture, "caption": text}`."""

    styles: ClassVar[tuple[str, ...]] = ("labeling/fields/image/viewer.css",)
    sample: ClassVar[Json] = [
        {"image": Image.sample, "caption": "From the front"},
        Image.sample,
    ]

    def wrong(self, field: Field, value: Json) -> str | None:
        if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
            return f"must be a list of 1 to {_MOST} pictures"
        for at, each in enumerate(value):
            if why := _wrong(field, each):
                return f"[{at}] {why}"
        return None


def _wrong(field: Field, value: Json) -> str | None:
    if not isinstance(value, dict) or "image" not in value:
        return Image().wrong(field, value)
    if unknown := value.keys() - _KEYS:
        return f"has {min(unknown)}; a picture has image, caption"
    caption = value.get("caption")
    if caption and (why := wrong_with_text(caption, longest=_LONGEST_CAPTION)):
        return f"has a caption that {why}"
    return Image().wrong(field, value["image"])
