"""What keeps a value from being an answer to a question of kind `chat`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labeling.kinds.base import Problem
from labeling.kinds.chat import judgements
from labeling.kinds.checks import is_whole, unknown_keys
from labeling.kinds.conversation import MOST_TURNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json
    from labeling.kinds.chat.rubric import Criterion, Rubric


def check(rubric: Rubric, value: Json) -> list[Problem]:
    if not isinstance(value, dict) or not isinstance(value.get("turns"), list):
        text = 'must be an object such as {"turns": [{"turn": 1, "ratings": {…}}]}'
        return [Problem("", text)]
    found = unknown_keys(value, ("turns", "conversation"))
    found += _check_turns(rubric, value["turns"])
    whole = value.get("conversation")
    if whole is not None and not rubric.conversation:
        found.append(Problem("conversation", "is not asked for; leave it out"))
    elif rubric.conversation:
        judged = _check_judgement(rubric.conversation, whole, "ratings", "notes")
        found += [problem.under("conversation") for problem in judged]
    if not found and rubric.turn and not value["turns"] and whole is None:
        found.append(Problem("turns", "must judge at least one turn"))
    return found


def check_place(rubric: Rubric, value: Json, field: Json) -> list[Problem]:
    """Turns that are not there, not to be judged, or were left out."""
    messages = field if isinstance(field, list) else []
    judged = rubric.judged(messages)
    said = [at for at in judgements.read(value) if at != judgements.WHOLE]
    found = [
        Problem(f"turns[{place}].turn", _misplaced(at, len(messages)))
        for place, at in enumerate(said)
        if at not in judged
    ]
    missing = [at for at in judged if at not in said]
    if rubric.every and rubric.turn and missing:
        text = f"must judge every turn; not judged: {', '.join(map(str, missing[:8]))}"
        found.append(Problem("turns", text))
    return found


def _misplaced(at: int, count: int) -> str:
    if at >= count:
        return f"is not there: the conversation has {count} turns, the first is 0"
    return f"turn {at} is of a role that is not judged"


def _check_turns(rubric: Rubric, turns: Json) -> Iterator[Problem]:
    seen: set[int] = set()
    each = turns if isinstance(turns, list) else []
    for at, turn in enumerate(each[: MOST_TURNS + 1]):
        place = turn.get("turn") if isinstance(turn, dict) else None
        if not is_whole(place) or not 0 <= place < MOST_TURNS:
            text = f"must be a whole number from 0 to {MOST_TURNS - 1}"
            yield Problem(f"turns[{at}].turn", text)
            continue
        if place in seen:
            yield Problem(f"turns[{at}].turn", f"turn {place} is there twice")
        seen.add(place)
        for problem in _check_turn(rubric, turn):
            yield problem.under(f"turns[{at}]")


def _check_turn(rubric: Rubric, turn: Json) -> list[Problem]:
    more = ("correction",) if rubric.correct else ()
    keys = ("turn", "ratings", "notes", *more)
    found = _check_judgement(rubric.turn, turn, *keys)
    if not isinstance(turn, dict) or not rubric.correct:
        return found
    if "correction" in turn:
        wrong = judgements.TEXT.check_value(judgements.WORDS, turn["correction"])
        return found + [problem.under("correction") for problem in wrong]
    if not rubric.turn:
        found.append(Problem("correction", "is missing"))
    return found


def _check_judgement(
    criteria: Sequence[Criterion], said: Json, *keys: str
) -> list[Problem]:
    if not isinstance(said, dict):
        return [Problem("", 'must be an object such as {"ratings": {…}}')]
    ratings, notes = said.get("ratings", {}), said.get("notes", {})
    found = unknown_keys(said, keys)
    for key, given in (("ratings", ratings), ("notes", notes)):
        if not isinstance(given, dict):
            found.append(Problem(key, "must be an object: criterion to what is said"))
            continue
        of = unknown_keys(given, [each.value for each in criteria])
        found += [problem.under(key) for problem in of]
    if isinstance(ratings, dict) and isinstance(notes, dict):
        for each in criteria:
            found += _check_step(each, ratings)
            found += _check_note(each, ratings, notes)
    return found


def _check_step(criterion: Criterion, ratings: Mapping[str, Json]) -> Iterator[Problem]:
    step = ratings.get(criterion.value)
    if criterion.place(step) is None:
        steps = ", ".join(map(str, criterion.steps[:11]))
        yield Problem(f"ratings.{criterion.value}", f"must be one of: {steps}")


def _check_note(
    criterion: Criterion, ratings: Mapping[str, Json], notes: Mapping[str, Json]
) -> Iterator[Problem]:
    path = f"notes.{criterion.value}"
    if criterion.value in notes:
        if criterion.note == "none":
            yield Problem(path, "takes no note")
        wrong = judgements.TEXT.check_value(judgements.WORDS, notes[criterion.value])
        yield from (problem.under(path) for problem in wrong)
    elif criterion.wants_note(ratings.get(criterion.value)):
        yield Problem(path, "needs a note with this rating")
