"""Kind `text`: what somebody writes, or a text put right. A value is text.

Kept with line breaks as \\n, in Unicode's form NFC (the same letters are the same text on
every system) and without white space at its end; nothing else is taken from it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Final
from unicodedata import normalize

from labeling.kinds.base import Problem
from labeling.kinds.kind import Kind
from labeling.kinds.text.distance import levenshtein
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question

LONGEST: Final = 100_000
"""No question may allow more."""
USUAL: Final = 10_000
MODEL: Final = "model"
SAMPLE: Final = "What the model wrote"
_MOST_LINES: Final = 100
_NEWLINE: Final = re.compile(r"\r\n?")


class Text(Kind):
    """Free text."""

    keys: ClassVar[frozenset[str]] = frozenset({"longest", "lines", "start_from"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        start = question.get("start_from", MODEL)
        found = [
            *_check_whole("longest", question.get("longest", USUAL), most=LONGEST),
            *_check_whole("lines", question.get("lines", 1), most=_MOST_LINES),
        ]
        if not isinstance(start, str) or not start:
            text = f"must be the name of a field, or “{MODEL}”"
            found.append(Problem("start_from", text))
        return found

    def check_fields(
        self, question: Question, types: Mapping[str, str]
    ) -> list[Problem]:
        start = question.settings.get("start_from", MODEL)
        texts = [name for name, its_type in types.items() if its_type == "text"]
        if start == MODEL or start in texts:
            return []
        known = ", ".join([*texts, MODEL])
        return [
            Problem("start_from", f"must be a field with text; use one of: {known}")
        ]

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        longest = question.settings.get("longest", USUAL)
        if isinstance(value, str):
            value = _plain(value)
        if wrong := wrong_with_text(value, longest=int(str(longest))):
            return [Problem("", wrong)]
        if question.settings.get("lines", 1) == 1 and "\n" in str(value):
            return [Problem("", "must be one line, without line breaks")]
        return []

    def normal(self, question: Question, value: Json) -> Json:
        return _plain(str(value))

    def alike(self, question: Question, a: Json, b: Json) -> float:
        """1 − Levenshtein distance ÷ length of the longer one, white space folded."""
        one, two = _folded(str(a)), _folded(str(b))
        longer = max(len(one), len(two))
        return 1 - levenshtein(one, two) / longer if longer else 1.0

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        given = content.get(str(question.settings.get("start_from", MODEL)))
        said = _plain(given).strip() if isinstance(given, str) else ""
        # one line fits a question that has room for several, too
        line = (said or SAMPLE).splitlines()[0]
        return line[: int(str(question.settings.get("longest", USUAL)))].rstrip()

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        """The text of a strict majority, as most of them wrote it; spacing does not count."""
        texts = [str(value) for value in values]
        votes = Counter(_folded(text) for text in texts).most_common(1)
        if not votes or votes[0][1] * 2 <= among:
            return None
        written = Counter(text for text in texts if _folded(text) == votes[0][0])
        return written.most_common(1)[0][0]


def _plain(text: str) -> str:
    return normalize("NFC", _NEWLINE.sub("\n", text)).rstrip()


def _folded(text: str) -> str:
    return " ".join(_plain(text).split())


def _check_whole(key: str, value: Json, *, most: int) -> list[Problem]:
    if type(value) is int and 1 <= value <= most:
        return []
    return [Problem(key, f"must be a whole number from 1 to {most}")]
