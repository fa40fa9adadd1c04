"""What every kind of question can do, and the values that pass between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

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


@dataclass(frozen=True)
class Question:
    """One question of a schema, checked; `labels` is empty for kinds without labels."""

    id: str
    kind: str
    title: str
    required: bool = True
    labels: tuple[Label, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict, hash=False)

    @cached_property
    def label_ids(self) -> frozenset[str]:
        return frozenset(label.id for label in self.labels)

    def as_json(self) -> dict[str, Json]:
        """The question as a schema keeps it; read_questions reads it back."""
        plain: dict[str, Json] = {"id": self.id, "kind": self.kind, "title": self.title}
        plain["required"] = self.required
        if self.labels:
            plain["labels"] = [_label_json(label) for label in self.labels]
        return {**plain, **self.settings}


def _label_json(label: Label) -> Json:
    plain: dict[str, Json] = {"id": label.id, "name": label.name}
    return {**plain, "description": label.description} if label.description else plain


class PreLabel(Struct, frozen=True):
    """What a model said about one question, in the form of an answer's value."""

    value: Json
    confidence: float | None = None
    probabilities: Mapping[str, float] | None = None


class Kind(Protocol):
    """A kind of question. Pure: values in, values out."""

    @property
    def keys(self) -> frozenset[str]:
        """The keys a question of this kind may have beside id, kind, title, required."""

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        """What is wrong with the kind's own keys of a question as written."""

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        """What is wrong with a value as the answer to this question."""

    def alike(self, question: Question, a: Json, b: Json) -> float:
        """How alike two valid values are: 0 nothing in common, 1 the same."""

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        """A model's output as a pre-label, or what is wrong with it."""

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        """What a strict majority of `among` people say, of whom `values` answered; or None."""

    def export(self, value: Json) -> Json:
        """The value as an export writes it."""
