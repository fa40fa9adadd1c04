"""Joins two changes of one schema; where both changed the same, it says so; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from labeling import text_diff
from labeling.text_diff import Line

_GONE: Any = object()


@dataclass(frozen=True)
class Clash:
    """Both changed it, each in another way; the joined text has mine."""

    path: str
    theirs: Any
    mine: Any

    @property
    def lines(self) -> list[Line]:
        """From theirs to mine, for what is too long to be read side by side."""
        said = [each for each in (self.theirs, self.mine) if isinstance(each, str)]
        if len(said) < 2 or "\n" not in "".join(said):
            return []
        return text_diff.lines(*said)


@dataclass
class Joined:
    section: Any
    clashes: list[Clash] = field(default_factory=list)


def join(base: Any, theirs: Any, mine: Any) -> Joined:
    """The section with both changes."""
    joined = Joined(None)
    joined.section = _value("", base, theirs, mine, joined.clashes)
    return joined


def _value(path: str, base: Any, theirs: Any, mine: Any, clashes: list[Clash]) -> Any:
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if isinstance(mine, dict) and isinstance(theirs, dict):
        before = base if isinstance(base, dict) else {}
        return _map(path, before, theirs, mine, clashes)
    lists = _ids(base), _ids(theirs), _ids(mine)
    if lists[0] is not None and lists[1] is not None and lists[2] is not None:
        return _list(path, lists[0], lists[1], lists[2], clashes)
    if all(isinstance(each, str) and "\n" in each for each in (base, theirs, mine)):
        text = _text(base, theirs, mine)
        if text is not None:
            return text
    clashes.append(_clash(path, theirs, mine))
    return mine


def _clash(path: str, theirs: Any, mine: Any) -> Clash:
    said = [None if each is _GONE else each for each in (theirs, mine)]
    return Clash(path, *said)


def _map(
    path: str,
    base: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    clashes: list[Clash],
) -> dict[str, Any]:
    found = {}
    for key in dict.fromkeys([*mine, *theirs]):
        was, new, own = (each.get(key, _GONE) for each in (base, theirs, mine))
        value = _value(f"{path}.{key}".lstrip("."), was, new, own, clashes)
        if value is not _GONE:
            found[key] = value
    return found


def _ids(items: Any) -> dict[str, Any] | None:
    """A list of things with ids or names, by these; None where it is no such list."""
    if not isinstance(items, list) or not items:
        return None
    found = {}
    for each in items:
        name = (each.get("id") or each.get("name")) if isinstance(each, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        found[name] = each
    return found


def _list(
    path: str,
    base: Mapping[str, Any],
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    clashes: list[Clash],
) -> list[Any]:
    """My order, unless only they moved things; what they added follows what it followed there."""
    moved = [each for each in mine if each in base] != [
        each for each in base if each in mine
    ]
    first, second = (mine, theirs) if moved else (theirs, mine)
    order = list(first)
    for at, name in enumerate(second):
        if name not in first:
            before = [each for each in list(second)[:at] if each in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, name)
    found = []
    for name in order:
        was, new, own = (each.get(name, _GONE) for each in (base, theirs, mine))
        value = _value(f"{path}[{name}]", was, new, own, clashes)
        if value is not _GONE:
            found.append(value)
    return found


def _text(base: str, theirs: str, mine: str) -> str | None:
    """Both changes of a text, line by line; None where they touch the same lines."""
    before = base.splitlines(keepends=True)
    changes = sorted([*_hunks(before, theirs), *_hunks(before, mine)])
    found: list[str] = []
    at = 0
    last: tuple[int, int, list[str]] | None = None
    for start, end, lines in changes:
        if last == (start, end, lines):
            continue
        if last and (start < at or start == last[0]):
            return None
        found += [*before[at:start], *lines]
        at, last = end, (start, end, lines)
    return "".join([*found, *before[at:]])


def _hunks(before: Sequence[str], text: str) -> list[tuple[int, int, list[str]]]:
    after = text.splitlines(keepends=True)
    steps = SequenceMatcher(None, before, after).get_opcodes()
    return [
        (i, i_end, after[j:j_end])
        for step, i, i_end, j, j_end in steps
        if step != "equal"
    ]
