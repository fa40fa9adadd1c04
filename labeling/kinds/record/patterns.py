"""Texts that a regular expression finds itself in, for those of everyday use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from labeling.kinds.record import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MORE: Final = 5
# what stands for a class of characters, or for any character
_LIKELY: Final = "A1a- ._é"
_CATEGORIES: Final = {
    f"CATEGORY_{without}{name}": sign
    for name, signs in (("DIGIT", "dD"), ("SPACE", "sS"), ("WORD", "wW"))
    for without, sign in zip(("", "NOT_"), (f"\\{each}" for each in signs), strict=True)
}


def matching(pattern: str) -> Iterator[str]:
    """Texts that the pattern is found in, with more and more of what it repeats.

    None for what looks around, refers back or branches on a group: such a text is not made
    by reading the pattern from left to right.
    """
    # Python's own reading of it; there is no public name for it
    tree = re._parser.parse(pattern)  # type: ignore[attr-defined]
    for more in range(_MORE):
        text = "".join(_written(tree, more))
        if re.search(pattern, text):
            yield text


def _written(tree: Iterable[tuple[Any, Any]], more: int) -> Iterator[str]:
    for what, how in tree:
        name = str(what)
        if name == "LITERAL":
            yield chr(how)
        elif name in ("IN", "ANY", "NOT_LITERAL"):
            yield _one_of(name, how)
        elif name.endswith("_REPEAT"):
            fewest, most, inner = how
            once = "".join(_written(inner, more))
            room = values.LONGEST_TEXT // max(len(once), 1)
            yield once * min(fewest + more, most, room)
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _written(how[-1] if name == "SUBPATTERN" else how, more)
        elif name == "BRANCH":
            yield from _written(how[1][0], more)


def _one_of(name: str, how: Any) -> str:
    if name == "ANY":
        return _LIKELY[0]
    if name == "NOT_LITERAL":
        return next(each for each in _LIKELY if ord(each) != how)
    negated = str(how[0][0]) == "NEGATE"
    own = [chr(_first(it)) for what, it in how if str(what) in ("LITERAL", "RANGE")]
    allowed = (
        each
        for each in (*_LIKELY, *own)
        if any(_has(each, *part) for part in how) is not negated
    )
    return next(allowed, "")


def _first(how: Any) -> int:
    """The code of a literal, or the first one of a range."""
    return int(how[0] if isinstance(how, tuple) else how)


def _has(letter: str, what: Any, how: Any) -> bool:
    name = str(what)
    if name == "LITERAL":
        return letter == chr(how)
    if name == "RANGE":
        return bool(how[0] <= ord(letter) <= how[1])
    return name == "CATEGORY" and bool(re.match(_CATEGORIES[str(how)], letter))
