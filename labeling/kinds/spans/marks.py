"""What a value says: a set of spans and of relations between them, and its one written form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from labeling.kinds.base import Json


class Span(NamedTuple):
    """From `start` to before `end`, in code points; sorts as it is written."""

    start: int
    end: int
    label: str


class Relation(NamedTuple):
    """From one span to another: a relation means its ends, not their places in a list."""

    source: Span
    target: Span
    label: str


@dataclass(frozen=True)
class Marks:
    """What somebody marked; everything at most once."""

    spans: frozenset[Span] = field(default_factory=frozenset)
    relations: frozenset[Relation] = field(default_factory=frozenset)

    def as_json(self, *, related: bool) -> Json:
        """Sorted: the same marks are the same JSON."""
        ordered = sorted(self.spans)
        spans: list[Json] = [each._asdict() for each in ordered]
        if not related:
            return spans
        place = {span: at for at, span in enumerate(ordered)}
        arrows = sorted(
            (place[r.source], place[r.target], r.label) for r in self.relations
        )
        relations: list[Json] = [
            {"from": source, "to": target, "label": label}
            for source, target, label in arrows
        ]
        return {"spans": spans, "relations": relations}


def spans_of(value: Json) -> list[Span]:
    """The spans of a valid value in the order in which they are written."""
    given = value.get("spans") if isinstance(value, dict) else value
    return [
        Span(start, end, label)
        for each in (given if isinstance(given, list) else [])
        if isinstance(each, dict)
        and isinstance(start := each["start"], int)
        and isinstance(end := each["end"], int)
        and isinstance(label := each["label"], str)
    ]


def read(value: Json) -> Marks:
    """The marks of a valid value."""
    spans = spans_of(value)
    given = value.get("relations") if isinstance(value, dict) else None
    relations = [
        Relation(spans[source], spans[target], label)
        for each in (given if isinstance(given, list) else [])
        if isinstance(each, dict)
        and isinstance(source := each["from"], int)
        and isinstance(target := each["to"], int)
        and isinstance(label := each["label"], str)
    ]
    return Marks(frozenset(spans), frozenset(relations))
