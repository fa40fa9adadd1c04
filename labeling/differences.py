"""What two versions of a schema ask differently, change by change; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

from labeling import text_diff
from labeling.text_diff import Line, Piece

Item: TypeAlias = Mapping[str, Any]
What: TypeAlias = Literal["added", "removed", "moved", "changed"]


@dataclass(frozen=True)
class Change:
    """One thing: a field, a question, one of its labels, or a key of these."""

    what: What
    thing: Literal["field", "question", "label"]
    id: str
    name: str
    # The question that a label belongs to.
    inside: str = ""
    key: str = ""
    before: Any = None
    after: Any = None

    @property
    def pieces(self) -> list[Piece]:
        """The old and the new value in one, as text."""
        return text_diff.words(_said(self.before), _said(self.after))


@dataclass(frozen=True)
class Differences:
    changes: list[Change]
    guideline: list[Line]

    def __bool__(self) -> bool:
        return bool(self.changes or self.guideline)


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Differences:
    """Of two sections with `fields`, `questions` and `guideline`."""
    changes = [
        *_of_fields(old.get("fields") or [], new.get("fields") or []),
        *_of_questions(old.get("questions") or [], new.get("questions") or []),
    ]
    before, after = old.get("guideline") or "", new.get("guideline") or ""
    return Differences(changes, text_diff.lines(before, after))


def _of_fields(old: Sequence[Item], new: Sequence[Item]) -> Iterator[Change]:
    before, after = _by(old, "name"), _by(new, "name")
    for what, name in _fates(before, after):
        said = {**before, **after}[name]
        if what != "kept":
            yield Change(what, "field", name, name, after=said.get("type"))
            continue
        for key, was, now in _keys(before[name], after[name]):
            yield Change("changed", "field", name, name, key=key, before=was, after=now)


def _of_questions(old: Sequence[Item], new: Sequence[Item]) -> Iterator[Change]:
    before, after = _by(old, "id"), _by(new, "id")
    for what, id_ in _fates(before, after):
        name = str({**before, **after}[id_].get("title") or id_)
        if what != "kept":
            yield Change(what, "question", id_, name)
        if id_ not in before or id_ not in after:
            continue
        was, now = before[id_], after[id_]
        listed = _is_list(was.get("labels")) and _is_list(now.get("labels"))
        for key, old_value, new_value in _keys(was, now):
            if key == "labels" and listed:
                yield from _of_labels(old_value, new_value, id_)
                continue
            yield Change(
                *("changed", "question", id_, name),
                key=key,
                before=old_value,
                after=new_value,
            )


def _of_labels(
    old: Sequence[Item], new: Sequence[Item], question: str
) -> Iterator[Change]:
    before, after = _by(old, "id"), _by(new, "id")
    for what, id_ in _fates(before, after):
        name = str({**before, **after}[id_].get("name") or id_)
        if what != "kept":
            yield Change(what, "label", id_, name, inside=question)
        if id_ in before and id_ in after:
            for key, was, now in _keys(before[id_], after[id_]):
                yield Change(
                    *("changed", "label", id_, name, question),
                    key=key,
                    before=was,
                    after=now,
                )


Fate: TypeAlias = Literal["added", "removed", "moved", "kept"]


def _fates(before: Mapping[str, Item], after: Mapping[str, Item]) -> Iterator[Any]:
    """What became of each id, in the new order; what is gone comes first."""
    yield from (("removed", each) for each in before if each not in after)
    kept = [each for each in before if each in after]
    order = [each for each in after if each in before]
    for each in after:
        if each not in before:
            yield "added", each
        else:
            yield (
                ("kept" if kept == order or _stays(each, kept, order) else "moved"),
                each,
            )


def _stays(each: str, kept: Sequence[str], order: Sequence[str]) -> bool:
    return kept.index(each) == order.index(each)


def _keys(old: Item, new: Item) -> Iterator[tuple[str, Any, Any]]:
    """Keys whose value differs; what is left out and what is empty are the same."""
    for key in dict.fromkeys([*old, *new]):
        usual = True if key == "required" else None
        was, now = old.get(key, usual), new.get(key, usual)
        if was != now and (was or now or False in (was, now)):
            yield key, was, now


def _by(items: Sequence[Item], key: str) -> dict[str, Item]:
    return {str(each[key]): each for each in items if key in each}


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and "id" in each for each in value
    )


def _said(value: Any) -> str:
    """A value as people write it."""
    if value is None or isinstance(value, str):
        return value or ""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=72)
    return text.removesuffix("...\n").strip()
