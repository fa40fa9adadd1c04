"""What every kind of question can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import msgspec

from labeling.kinds import output as outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labeling.kinds.base import Json, PreLabel, Problem, Question


class Kind(ABC):
    """A kind of question. Pure: values in, values out."""

    keys: ClassVar[frozenset[str]] = frozenset()
    """The keys a question may have beside id, kind, title, help, required, when."""
    marks: ClassVar[frozenset[str]] = frozenset()
    """Types of the payload's field that answers mark (key `field`); none for most kinds."""
    shows: ClassVar[tuple[str, ...]] = ()
    """Those of `keys` that name a field of the payload, which must be there."""
    styles: ClassVar[tuple[str, ...]] = ()
    """Styles that it shares with other kinds, by the names of their static files."""

    example: ClassVar[Mapping[str, Json]] = {}
    """The kind's own keys, but for labels, as somebody may begin with them in an editor."""
    classes: ClassVar[bool] = False
    """Whether a value is one label's id: precision and recall of each then make sense."""

    @abstractmethod
    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        """What is wrong with the kind's own keys of a question as written."""

    def check_fields(
        self, question: Question, types: Mapping[str, str]
    ) -> list[Problem]:
        """What of the kind's own keys does not fit the payload's fields (name to type)."""
        return []

    def complete(self, settings: Mapping[str, Json]) -> Mapping[str, Json]:
        """The kind's own keys of a question that is right, as they are kept."""
        return settings

    @abstractmethod
    def check_value(self, question: Question, value: Json) -> list[Problem]:
        """What is wrong with a value as the answer to this question."""

    def check_place(
        self, question: Question, value: Json, field: Json
    ) -> list[Problem]:
        """What of a valid value lies outside of the payload's field that it marks."""
        return []

    def normal(self, question: Question, value: Json) -> Json:
        """The one form in which a valid value is kept: what means the same is equal."""
        return value

    @abstractmethod
    def alike(self, question: Question, a: Json, b: Json) -> float:
        """How alike two valid values are: 0 nothing in common, 1 the same."""

    def read_output(self, question: Question, output: Json) -> PreLabel | list[Problem]:
        """A model's output as a pre-label, or what is wrong with it."""
        return outputs.read(
            output,
            check=partial(self.check_value, question),
            normal=partial(self.normal, question),
        )

    @abstractmethod
    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        """A value to begin with: it fits the question, and what of the payload it marks.

        None where nothing is found that fits, or nobody could say anything that does.
        """

    def sample_output(self, question: Question, value: Json) -> dict[str, Json]:
        """How a model says this value; read_output reads it back."""
        return {"value": value, "confidence": outputs.SAMPLE_CONFIDENCE}

    def sample_field(self, question: Question, value: Json) -> Json:
        """The sample of the field that answers mark, with something in it to be marked."""
        return value

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        """What a strict majority of `among` people say, of whom `values` answered; or None."""
        counts = Counter(msgspec.json.encode(value, order="sorted") for value in values)
        text, votes = counts.most_common(1)[0] if counts else (b"null", 0)
        return msgspec.json.decode(text) if votes * 2 > among else None
