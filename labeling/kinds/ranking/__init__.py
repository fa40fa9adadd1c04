"""Kind `ranking`: items in an order. A value is a list of ranks, each a list of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labeling.kinds import sets
from labeling.kinds.base import Problem
from labeling.kinds.checks import check_switch
from labeling.kinds.choice.output import unknown_label
from labeling.kinds.kind import Kind
from labeling.kinds.labels import check_labels
from labeling.kinds.ranking import orders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from labeling.kinds.base import Json, Question


class Ranking(Kind):
    """All items, the best first. `ties` allows several of one rank.

    A rank of one item may come in as its id alone.
    """

    keys: ClassVar[frozenset[str]] = frozenset({"labels", "ties"})

    def check_question(self, question: Mapping[str, Json]) -> list[Problem]:
        return check_labels(question.get("labels")) + check_switch(question, "ties")

    def check_value(self, question: Question, value: Json) -> list[Problem]:
        if not isinstance(value, list):
            return [Problem("", "must be a list of ids, the best first")]
        found = [p for at, rank in enumerate(value) for p in _check_rank(at, rank)]
        return found or _check_items(question, value)

    def normal(self, question: Question, value: Json) -> Json:
        place = {label.id: at for at, label in enumerate(question.labels)}
        ranks = [sorted(rank, key=place.__getitem__) for rank in orders.ranks(value)]
        return [[*rank] for rank in ranks]

    def alike(self, question: Question, a: Json, b: Json) -> float:
        return orders.likeness(orders.places(a), orders.places(b))

    def sample(self, question: Question, content: Mapping[str, Json]) -> Json:
        return [[label.id] for label in question.labels]

    def settle(self, question: Question, values: Sequence[Json], *, among: int) -> Json:
        said = [orders.places(value) for value in values]
        items = [label.id for label in question.labels]
        settled: list[Json] | None = orders.majority(items, said, among=among)
        # a majority may find two equal where nobody may say so
        return None if self.check_value(question, settled) else settled


def _check_rank(at: int, rank: Json) -> Iterable[Problem]:
    if isinstance(rank, str):
        return []
    if not rank:
        return [Problem(f"[{at}]", "must be an id, or a list of ids of one rank")]
    return [p.under(f"[{at}]") for p in sets.check_ids(rank, lambda _: None)]


def _check_items(question: Question, value: list[Json]) -> list[Problem]:
    ranked = [each for rank in orders.ranks(value) for each in rank]
    unknown = [each for each in ranked if each not in question.label_ids]
    if unknown:
        return [Problem("", unknown_label(question, unknown[0]))]
    if len(ranked) != len(set(ranked)):
        return [Problem("", "must name each item once")]
    if missing := [each.id for each in question.labels if each.id not in ranked]:
        return [Problem("", f"must rank every item; missing: {', '.join(missing[:8])}")]
    if len(ranked) != len(value) and not question.settings.get("ties"):
        return [Problem("", "must give each item a rank of its own")]
    return []
