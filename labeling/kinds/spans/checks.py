"""What keeps a value from being an answer to a question of kind `spans`."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, TypeGuard

from labeling.kinds.base import Problem
from labeling.kinds.spans import marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labeling.kinds.base import Json, Question

MOST: Final = 10_000
_SPAN: Final = ("start", "end", "label")
_RELATION: Final = ("from", "to", "label")
_SHOWN: Final = 8


def has_relations(question: Question) -> bool:
    return bool(question.settings.get("relations"))


def check_spans(question: Question, value: Json) -> list[Problem]:
    if not isinstance(value, list):
        text = 'must be a list such as [{"start": 0, "end": 4, "label": "…"}]'
        return [Problem("", text)]
    if len(value) > MOST:
        return [Problem("", f"must have at most {MOST} spans, it has {len(value)}")]
    labels = question.label_ids
    found = [
        problem.under(f"[{at}]")
        for at, span in enumerate(value)
        for problem in _check_span(labels, span)
    ]
    if not found and not question.settings.get("overlapping", True):
        return list(_overlaps(value))
    return found


def check_related(question: Question, value: Json) -> list[Problem]:
    if not isinstance(value, dict) or set(value) != {"spans", "relations"}:
        return [Problem("", 'must be an object {"spans": […], "relations": […]}')]
    found = [p.under("spans") for p in check_spans(question, value["spans"])]
    relations, spans = value["relations"], value["spans"]
    if not isinstance(relations, list) or len(relations) > MOST:
        text = f"must be a list of at most {MOST} relations"
        return [*found, Problem("relations", text)]
    ends = spans if isinstance(spans, list) else []
    named = frozenset(relation_ids(question))
    return found + [
        problem.under(f"relations[{at}]")
        for at, relation in enumerate(relations)
        for problem in _check_relation(named, ends, relation)
    ]


def _check_span(labels: frozenset[str], span: Json) -> list[Problem]:
    if not isinstance(span, dict) or set(span) != set(_SPAN):
        return [Problem("", f"must be an object with {', '.join(_SPAN)}")]
    start, end = span["start"], span["end"]
    found = [
        Problem(key, "must be a whole number, not negative")
        for key in ("start", "end")
        if not _is_place(span[key])
    ]
    if _is_place(start) and _is_place(end) and end <= start:
        found.append(Problem("end", f"must be after the start, {start}"))
    return found + _check_label(labels, span["label"])


def _check_relation(
    labels: frozenset[str], spans: list[Json], relation: Json
) -> list[Problem]:
    if not isinstance(relation, dict) or set(relation) != set(_RELATION):
        return [Problem("", f"must be an object with {', '.join(_RELATION)}")]
    count = len(spans)
    ends = [place for key in ("from", "to") if _is_place(place := relation[key], count)]
    if len(ends) < 2:
        text = f"must lead from one of the {count} spans to another; the first is 0"
        return [Problem("", text)]
    if spans[ends[0]] == spans[ends[1]]:
        return [Problem("to", "must be another span than “from”")]
    return _check_label(labels, relation["label"])


def _is_place(value: Json, before: float = inf) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < before


def _check_label(known: frozenset[str], label: Json) -> list[Problem]:
    if isinstance(label, str) and label in known:
        return []
    shown = ", ".join(sorted(known)[:_SHOWN])
    more = " …" if len(known) > _SHOWN else ""
    return [Problem("label", f"must be one of: {shown}{more}")]


def relation_ids(question: Question) -> list[str]:
    """The ids of the relations that can be said, in the order of the question."""
    given = question.settings.get("relations")
    each = given if isinstance(given, list) else []
    return [str(one["id"]) for one in each if isinstance(one, dict)]


def _overlaps(value: list[Json]) -> Iterator[Problem]:
    """Spans that begin before one that begins no later has ended; repeats are no overlap."""
    furthest, owner = 0, 0
    seen: set[marks.Span] = set()
    for span, at in sorted((span, at) for at, span in enumerate(marks.spans_of(value))):
        if span in seen:
            continue
        if span.start < furthest:
            yield Problem(
                f"[{at}]", f"overlaps [{owner}]; this question allows no overlap"
            )
        if span.end > furthest:
            furthest, owner = span.end, at
        seen.add(span)
