"""Questions, and the values that pass between them and their kinds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class UnknownKind(ValueError):
    """A schema asks a kind of question that does not exist."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no kind “{name}”. Use one of: {', '.join(known)}.")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (a path such as `labels[2].id`), and what to do."""

    field: str
    problem: str

    def under(self, path: str) -> Problem:
        """The same problem seen from one level higher."""
        if not self.field:
            return replace(self, field=path)
        joint = "" if self.field.startswith("[") else "."
        return replace(self, field=f"{path}{joint}{self.field}")

    def as_json(self) -> dict[str, str]:
        return {"field": self.field, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that can be said: a stable id, and the name people see."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked: another one's answer is, or contains, one of `values`."""

    question: str
    values: tuple[Json, ...]

    def holds(self, answer: Mapping[str, Json]) -> bool:
        said = answer.get(self.question)
        given = said if isinstance(said, list) else [said]
        return any(each in self.values for each in given)

    def as_json(self) -> Json:
        return {"question": self.question, "is": list(self.values)}


@dataclass(frozen=True)
class Question:
    """One question of a schema, checked; `labels` is empty for kinds without labels.

    `settings` are the kind's own keys as written, but for `labels`.
    """

    id: str
    kind: str
    title: str
    required: bool = True
    help: str = ""
    when: Condition | None = None
    labels: tuple[Label, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict, hash=False)

    @cached_property
    def label_ids(self) -> frozenset[str]:
        return frozenset(label.id for label in self.labels)

    @property
    def field(self) -> str:
        """The field of the payload on which answers are marked; "" for most kinds."""
        return str(self.settings.get("field") or "")

    def as_json(self) -> dict[str, Json]:
        """The question as a schema keeps it; read_questions reads it back."""
        plain: dict[str, Json] = {"id": self.id, "kind": self.kind, "title": self.title}
        plain["required"] = self.required
        if self.help:
            plain["help"] = self.help
        if self.when:
            plain["when"] = self.when.as_json()
        if self.labels:
            plain["labels"] = [_label_json(label) for label in self.labels]
        return {**plain, **self.settings}


def _label_json(label: Label) -> Json:
    plain: dict[str, Json] = {"id": label.id, "name": label.name}
    return {**plain, "description": label.description} if label.description else plain


class PreLabel(Struct, frozen=True):
    """What a model said about one question, in the form of an answer's value.

    `scores` holds one number from 0 to 1 for each item of a value that is a list.
    """

    value: Json
    confidence: float | None = None
    probabilities: Mapping[str, float] | None = None
    scores: Sequence[float] | None = None
