"""A conversation in which there is something to judge, and what may be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labeling.kinds.chat.judgements import WHOLE, Judgement, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labeling.kinds.base import Json
    from labeling.kinds.chat.rubric import Criterion, Rubric

_WORDS: Final = "What the model wrote"


def with_turns(rubric: Rubric, conversation: Json) -> Json:
    """The conversation, with a turn more where none of its turns is of a role that is judged."""
    if not isinstance(conversation, list) or rubric.judged(conversation):
        return conversation
    return [*conversation, {"role": min(rubric.roles), "content": _WORDS}]


def best(rubric: Rubric, conversation: Json) -> Json:
    """The best step for every turn that is judged, and for the whole."""
    asked = rubric.turn or rubric.correct
    correction = _WORDS if rubric.correct else ""
    said = {
        at: _best(rubric.turn, correction)
        for at in (rubric.judged(conversation) if asked else [])
    }
    return write(rubric, said | {WHOLE: _best(rubric.conversation)})


def _best(criteria: Sequence[Criterion], correction: str = "") -> Judgement:
    steps = {each.value: each.steps[-1] for each in criteria}
    noted = [each for each in criteria if each.wants_note(each.steps[-1])]
    return Judgement(steps, {each.value: _WORDS for each in noted}, correction)
