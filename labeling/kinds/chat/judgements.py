"""What somebody said of a conversation: of each turn, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from labeling.kinds.base import Question
from labeling.kinds.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json
    from labeling.kinds.chat.rubric import Criterion, Rubric

WHOLE: Final = -1
"""The place that stands for the whole conversation."""
TEXT: Final = Text()
WORDS: Final = Question("words", "text", "", settings={"lines": 2, "longest": 20_000})
"""Notes and corrections are checked, kept and compared as answers of kind `text`."""


@dataclass(frozen=True)
class Judgement:
    """Steps and notes by criterion; the text as it should have been, or ""."""

    ratings: Mapping[str, Json] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    correction: str = ""


def read(value: Json) -> dict[int, Judgement]:
    """A valid value by place."""
    if not isinstance(value, dict):
        return {}
    turns, whole = value.get("turns"), value.get("conversation")
    said = {
        int(str(each["turn"])): _judgement(each)
        for each in (turns if isinstance(turns, list) else [])
        if isinstance(each, dict)
    }
    return said | ({WHOLE: _judgement(whole)} if isinstance(whole, dict) else {})


def write(rubric: Rubric, said: Mapping[int, Judgement]) -> dict[str, Json]:
    """The one form in which it is kept: in order, whatever is empty left out."""
    turns: list[Json] = [
        {"turn": at, **_as_json(rubric.turn, said[at])}
        for at in sorted(said.keys() - {WHOLE})
    ]
    whole = said.get(WHOLE)
    if whole is None or not whole.ratings:
        return {"turns": turns}
    return {"turns": turns, "conversation": _as_json(rubric.conversation, whole)}


def _judgement(data: Mapping[str, Json]) -> Judgement:
    ratings, notes = data.get("ratings"), data.get("notes")
    correction = data.get("correction")
    return Judgement(
        ratings if isinstance(ratings, dict) else {},
        {key: _plain(text) for key, text in notes.items()}
        if isinstance(notes, dict)
        else {},
        _plain(correction) if correction else "",
    )


def _plain(text: Json) -> str:
    return str(TEXT.normal(WORDS, text))


def _as_json(criteria: Sequence[Criterion], said: Judgement) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    ratings: dict[str, Json] = {
        # the step as the scale has it: 4.0 is 4
        each.value: each.steps[each.place(said.ratings[each.value]) or 0]
        for each in criteria
        if each.value in said.ratings
    }
    notes: dict[str, Json] = {
        each.value: said.notes[each.value]
        for each in criteria
        if each.value in said.notes
    }
    if ratings:
        plain["ratings"] = ratings
    if notes:
        plain["notes"] = notes
    return {**plain, "correction": said.correction} if said.correction else plain
