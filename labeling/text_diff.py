"""What changed between two texts: whole lines, and inside changed lines the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["same", "removed", "added", "gap"]

# Unchanged lines shown around a change; more than twice as many are left out.
CONTEXT: Final = 2
# Comparing takes time with the square of this; longer passages are shown whole.
MOST_WORDS: Final = 2_000
_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Line:
    """One line of either text, in pieces; a gap says how many unchanged ones it stands for."""

    kind: Kind
    pieces: tuple[Piece, ...] = ()
    count: int = 0


def lines(old: str, new: str) -> list[Line]:
    """The new text with what was removed and added; [] when nothing changed."""
    if old == new:
        return []
    before, after = old.splitlines(), new.splitlines()
    steps = SequenceMatcher(None, before, after).get_opcodes()
    found: list[Line] = []
    for at, (step, i, i_end, j, j_end) in enumerate(steps):
        if step == "equal":
            found += _unchanged(before[i:i_end], at == 0, at == len(steps) - 1)
        else:
            found += _changed(before[i:i_end], after[j:j_end])
    return found


def _unchanged(same: Sequence[str], first: bool, last: bool) -> list[Line]:
    head = [] if first else same[:CONTEXT]
    tail = [] if last else same[max(len(head), len(same) - CONTEXT) :]
    left_out = len(same) - len(head) - len(tail)
    if left_out == 1:
        return [_whole("same", each) for each in same]
    gap = [Line("gap", count=left_out)] if left_out else []
    return [
        *(_whole("same", each) for each in head),
        *gap,
        *(_whole("same", each) for each in tail),
    ]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Line by line while there are as many; what is left over was removed or added."""
    for before, after in zip(old, new, strict=False):
        pieces = words(before, after)
        yield _only("removed", "added", pieces)
        yield _only("added", "removed", pieces)
    both = min(len(old), len(new))
    yield from (_whole("removed", each) for each in old[both:])
    yield from (_whole("added", each) for each in new[both:])


def _only(kind: Kind, without: Kind, pieces: Sequence[Piece]) -> Line:
    return Line(kind, tuple(each for each in pieces if each.kind != without))


def _whole(kind: Kind, text: str) -> Line:
    return Line(kind, (Piece(kind, text),))


def words(old: str, new: str) -> list[Piece]:
    """Both texts in one, as pieces that are the same, removed or added."""
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return [Piece("removed", old), Piece("added", new)]
    found: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for step, i, i_end, j, j_end in matcher.get_opcodes():
        if step == "equal":
            found.append(Piece("same", "".join(before[i:i_end])))
            continue
        parts: tuple[tuple[Kind, list[str]], ...] = (
            ("removed", before[i:i_end]),
            ("added", after[j:j_end]),
        )
        found += [Piece(kind, "".join(part)) for kind, part in parts if part]
    return found
