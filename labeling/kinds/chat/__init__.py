"""Kind `chat`: single turns of a conversation, rated by a rubric and put right.

A value is `{"turns": [{"turn", "ratings", "notes"?, "correction"?}], "conversation"?:
{"ratings", "notes"?}}`. Turns are places in the conversation, the first is 0; a turn that is
judged has a step for each criterion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds.base import Problem
from labeling.kinds.chat import agreement, checks, judgements, rubric, samples
from labeling.kinds.checks import check_switch
from labeling.kinds.conversation import ROLES
from labeling.kinds.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, Question


class Chat(Kind):
    """Turns of a conversation, each judged by itself, and the conversation as a whole."""

    keys: ClassVar[frozenset[str]] = frozenset(
        {"roles", "criteria", "correct", "every"}
    )
    marks: ClassVar[frozenset[str]] = frozenset({"chat"})
    styles: ClassVar[tuple[str, ...]] = (
        "labeling/kinds/rating/control.css",
        "labeling/kinds/text/control.css",
    )
    example: ClassVar[Mapping[str, Json]] = {
        "criteria": [
            {"value": "helpful", "title": "Helpful", "to": 5, "note": "lowest"},
            {
                "value": "true",
                "title": "True",
                "options": [
                    {"value": "false", "title": "Something is wrong"},
                    {"value": "true", "title": "All of it is true"},
                ],
            },
        ],
        "correct": True,
    }

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        found = [*check_switch(question, "correct"), *check_switch(question, "every")]
        found += _check_roles(question.get("roles", [*rubric.ROLES]))
        criteria = question.get("criteria")
        if criteria is None and question.get("correct") is True:
            return found
        return found + rubric.check(criteria)

    def complete(self, settings: Mapping[str, Json]) -> Mapping[str, Json]:
        return rubric.complete(settings)

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        return checks.check(rubric.of(question), value)

    def check_place(
        self, question: Question, value: Json, field: Json
    ) -> list[Problem]:
        return checks.check_place(rubric.of(question), value, field)

    def normal(self, question: Question, value: Json) -> Json:
        return judgements.write(rubric.of(question), judgements.read(value))

    def alike(self, question: Question, a: Json, b: Json) -> float:
        one, two = judgements.read(a), judgements.read(b)
        return agreement.alike(rubric.of(question), one, two)

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return samples.best(rubric.of(question), content.get(question.field))

    def sample_field(self, question: Question, value: Json) -> Json:
        return samples.with_turns(rubric.of(question), value)

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        said = [judgements.read(value) for value in values]
        settled = agreement.settle(said, among=among)
        if settled is None:
            return None
        value = judgements.write(rubric.of(question), settled)
        # turns have their majorities one by one; together they may be no answer
        return None if self.check_value(question, value) else value


def _check_roles(roles: Json) -> list[Problem]:
    given = roles if isinstance(roles, list) else []
    known = all(role in ROLES for role in given)
    if given and known and len(given) == len(set(map(str, given))):
        return []
    text = f"must be a list of roles, each once: {', '.join(ROLES)}"
    return [Problem("roles", text)]
