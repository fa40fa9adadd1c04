"""Type `html`: a page or a part of one, shown in a frame in which nothing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling import rendering
from labeling.fields.base import FieldType
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json


class Html(FieldType):
    """HTML from anywhere: its words and its structure are shown, nothing of it is fetched."""

    styles: ClassVar[tuple[str, ...]] = ("labeling/frame.css",)
    sample: ClassVar[Json] = "<h2>Offer</h2><p>Two nights for <b>120 €</b>.</p>"

    def wrong(self, field: Field, value: Json) -> str | None:
        if wrong := wrong_with_text(value, longest=rendering.LONGEST):
            return wrong
        if rendering.depth(str(value)) > rendering.DEEPEST:
            return f"must not have elements that stand more than {rendering.DEEPEST} deep in each other"
        return None

    def rendered(self, value: Json) -> str | None:
        return rendering.framed_html(value) if isinstance(value, str) else None
