"""The rubric of a question of kind `chat`: whose turns are judged, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling.kinds.base import Problem, Question
from labeling.kinds.checks import is_whole, unknown_keys
from labeling.kinds.labels import check_labels
from labeling.kinds.rating import Rating
from labeling.kinds.wording import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labeling.kinds.base import Json

ROLES: Final = ("assistant",)
NOTES: Final = ("none", "allowed", "lowest", "required")
SCOPES: Final = ("turn", "conversation", "both")
MOST: Final = 20
_RATING: Final = Rating()
_KEYS: Final = frozenset({"value", "title", "description", "note", "scope"})
_SCALE: Final = frozenset({"from", "to", "low", "high", "names"})
_OPTION: Final = frozenset({"value", "title", "description"})
_LABEL_KEYS: Final = {"id": "value", "name": "title", "labels": "options"}
_LONGEST: Final = {"title": 200, "description": 2000}


@dataclass(frozen=True)
class Criterion:
    """What is rated: its steps from the lowest to the highest, and when a note goes with it."""

    value: str
    steps: tuple[Json, ...]
    note: str
    scope: str

    def place(self, step: Json) -> int | None:
        """Where a step stands on the scale; true is not 1."""
        same = (
            at for at, own in enumerate(self.steps) if own == step and _fits(own, step)
        )
        return next(same, None)

    def wants_note(self, step: Json) -> bool:
        return self.note == "required" or (
            self.note == "lowest" and step == self.steps[0]
        )


@dataclass(frozen=True)
class Rubric:
    """A question's criteria by what they apply to, and what else it says of turns."""

    turn: tuple[Criterion, ...]
    conversation: tuple[Criterion, ...]
    roles: frozenset[str]
    correct: bool
    every: bool

    def judged(self, conversation: Json) -> list[int]:
        """The places of the turns that are of a role that is judged."""
        return [
            at
            for at, message in enumerate(
                conversation if isinstance(conversation, list) else []
            )
            if isinstance(message, dict) and message.get("role") in self.roles
        ]


def of(question: Question) -> Rubric:
    settings = question.settings
    given = settings.get("criteria")
    roles = settings.get("roles")
    each = [
        _read(one)
        for one in (given if isinstance(given, list) else [])
        if isinstance(one, dict)
    ]
    return Rubric(
        turn=tuple(one for one in each if one.scope != "conversation"),
        conversation=tuple(one for one in each if one.scope != "turn"),
        roles=frozenset(map(str, roles if isinstance(roles, list) else ROLES)),
        correct=settings.get("correct") is True,
        every=settings.get("every") is not False,
    )


def complete(settings: Mapping[str, Json]) -> dict[str, Json]:
    """Scales of numbers begin at 1 unless told."""
    criteria = settings.get("criteria")
    if not isinstance(criteria, list):
        return dict(settings)
    written: list[Json] = [
        {"from": 1, **one} if isinstance(one, dict) and "options" not in one else one
        for one in criteria
    ]
    return {**settings, "criteria": written}


def check(criteria: Json) -> list[Problem]:
    """What is wrong with a rubric as written."""
    if not isinstance(criteria, list) or not 1 <= len(criteria) <= MOST:
        text = f"must be a list of 1 to {MOST} criteria (or leave it out and say correct: true)"
        return [Problem("criteria", text)]
    found = [
        problem.under(f"criteria[{at}]")
        for at, criterion in enumerate(criteria)
        for problem in _check_criterion(criterion)
    ]
    return found or list(_repeated(criteria))


def _read(data: Mapping[str, Json]) -> Criterion:
    options, first, last = data.get("options"), data.get("from", 1), data.get("to")
    steps: Sequence[Json] = ()
    if isinstance(options, list):
        steps = [str(each["value"]) for each in options if isinstance(each, dict)]
    elif is_whole(first) and is_whole(last):
        steps = range(first, last + 1)
    return Criterion(
        value=str(data["value"]),
        steps=tuple(steps),
        note=str(data.get("note", "allowed")),
        scope=str(data.get("scope", "turn")),
    )


def _fits(own: Json, step: Json) -> bool:
    return isinstance(own, str) or not isinstance(step, bool)


def _check_criterion(data: Json) -> list[Problem]:
    if not isinstance(data, dict):
        text = 'must be an object such as {"value": "helpful", "title": "Helpful", "to": 5}'
        return [Problem("", text)]
    scale = frozenset({"options"}) if "options" in data else _SCALE
    found = unknown_keys(data, _KEYS | scale)
    if wrong := wrong_with_id(data.get("value")):
        found.append(Problem("value", wrong))
    for key, longest in _LONGEST.items():
        if key == "title" or data.get(key):
            wrong = wrong_with_text(data.get(key), longest=longest)
            found += [Problem(key, wrong)] if wrong else []
    for key, known in (("note", NOTES), ("scope", SCOPES)):
        if data.get(key, known[0]) not in known:
            found.append(Problem(key, f"must be one of: {', '.join(known)}"))
    return found + _check_scale(data)


def _check_scale(data: Mapping[str, Json]) -> list[Problem]:
    if "options" not in data:
        return _RATING.check_question({"from": 1, **data})
    options = data["options"]
    if not isinstance(options, list):
        return [Problem("options", "must be a list of at least two options")]
    unknown = [
        problem.under(f"options[{at}]")
        for at, option in enumerate(options)
        if isinstance(option, dict)
        for problem in unknown_keys(option, _OPTION)
    ]
    return unknown or [_of_option(p) for p in check_labels(_as_labels(options))]


def _as_labels(options: Sequence[Json]) -> list[Json]:
    return [
        {
            "id": each.get("value"),
            "name": each.get("title"),
            "description": each.get("description"),
        }
        if isinstance(each, dict)
        else each
        for each in options
    ]


def _of_option(problem: Problem) -> Problem:
    """A problem of a list of labels, said of the list of options."""
    path, text = problem.field, problem.problem
    for label, option in _LABEL_KEYS.items():
        if path == label or path.endswith(f".{label}"):
            path = path.removesuffix(label) + option
        text = text.replace(f'"{label}"', f'"{option}"')
    return Problem(
        path.replace("labels", "options", 1), text.replace("labels", "options")
    )


def _repeated(criteria: Sequence[Json]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for at, each in enumerate(criteria):
        value = str(each["value"]) if isinstance(each, dict) else ""
        if seen.setdefault(value, at) != at:
            text = f"“{value}” is already criteria[{seen[value]}]"
            yield Problem(f"criteria[{at}].value", text)
