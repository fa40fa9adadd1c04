"""Type `markdown`: text with headings, lists, tables and code, as models write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling import rendering
from labeling.fields.base import FieldType
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json


class Markdown(FieldType):
    """CommonMark with tables; HTML in it is shown as it is written."""

    styles: ClassVar[tuple[str, ...]] = ("labeling/frame.css",)
    sample: ClassVar[Json] = "## Offer\n\n- Two nights\n- Breakfast for **12 €**"

    def wrong(self, field: Field, value: Json) -> str | None:
        return wrong_with_text(value, longest=rendering.LONGEST)

    def rendered(self, value: Json) -> str | None:
        return rendering.framed_markdown(value) if isinstance(value, str) else None
