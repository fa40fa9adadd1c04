"""Type `json`: anything that JSON can say, as a tree that opens and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Json

_DEEPEST: Final = 100


class JsonTree(FieldType):
    """Objects, lists, texts, numbers."""

    sample: ClassVar[Json] = {"order": {"id": 17, "items": ["lamp", "shade"]}}

    def wrong(self, field: Field, value: Json) -> str | None:
        if value is None:
            return "is missing; the schema shows it, so it must be an object, a list, a text or a number"
        if _is_deeper(value, _DEEPEST):
            return f"must not be nested more than {_DEEPEST} deep"
        return None


def _is_deeper(value: Json, than: int) -> bool:
    """Level by level, so that no depth exhausts the stack."""
    level = [value]
    for _ in range(than):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return any(_inside(each) for each in level)


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
