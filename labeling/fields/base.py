"""What every type of field can do, and a field of a schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labeling.kinds.base import Json, Problem


@dataclass(frozen=True)
class Field:
    """One part of a payload, and how it is shown; `settings` are its type's own keys."""

    name: str
    type: str
    required: bool = True
    settings: Mapping[str, Json] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Json]:
        """The field as a schema keeps it; read_fields reads it back."""
        plain: dict[str, Json] = {"name": self.name, "type": self.type}
        optional: dict[str, Json] = {} if self.required else {"required": False}
        return {**plain, **optional, **self.settings}


class FieldType(ABC):
    """A type of field. Pure: values in, problems out."""

    keys: ClassVar[frozenset[str]] = frozenset()
    """The keys a field may have beside name, type, required."""
    by_reference: ClassVar[str] = ""
    """What {"ref": …} in the place of a value, or of an item of a list, must hold:
    "picture", "text" or "json" (labeling/references.py). "": such a field is given by value only.

    A value that is one reference never reaches wrong(); of a list of pictures, wrong() sees
    items that are references as they were sent and lets them be.
    """

    sample: ClassVar[Json]
    """A value to try questions on, where there is no payload yet, and to show how one is sent."""
    styles: ClassVar[tuple[str, ...]] = ()
    """Styles that it shares with other types, by the names of their static files."""

    def check_field(self, field: Mapping[str, Json]) -> list[Problem]:
        """What is wrong with the type's own keys of a field as written."""
        return []

    @abstractmethod
    def wrong(self, field: Field, value: Json) -> str | None:
        """Why this value cannot be shown as such a field; None when it can."""

    def rendered(self, value: Json) -> str | None:
        """The value as HTML for a frame in which nothing runs; None: the page shows it."""
        return None
