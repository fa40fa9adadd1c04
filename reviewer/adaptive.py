"""Adaptive overlap: answers settle a task once its posterior is sure of one label; pure.

For a main question whose answers are labels, by what is known of the people (crowds.py).
For all other kinds, and wherever somebody left the main question blank, by the kind's
own comparison, as in every queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from labeling import answers, versions
from reviewer.stats import sampling
from reviewer.stats.stopping import is_sure
from reviewer.stats.tempering import tempered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labeling.kinds.base import Question
    from reviewer.stats.em import Crowd

    Floats = NDArray[np.float64]


# Of the tasks of data sets, so many are settled by people alone.
ALONE: Final = 0.2


@dataclass(frozen=True)
class Vote:
    """One person's answer, and whether they gave it without seeing the model's."""

    author: int
    answer: answers.Answer
    blind: bool


@dataclass(frozen=True)
class Known:
    """What is known of a schema's people: a crowd, and where each person stands in it.

    `labels` are what can be said, in the crowd's order. `temperature` calibrates a
    model's probabilities; None: too little is known of the model to be helped by it.
    """

    crowd: Crowd
    place: Mapping[int, int]
    labels: tuple[str, ...]
    temperature: float | None = None


# Of a schema version, and of answers given without or with the model's in sight.
KnownOf: TypeAlias = Callable[[int, bool], Known]


@dataclass(frozen=True)
class Found:
    """The values of all questions; how probable the main one's is, and by whose help."""

    values: answers.Answer
    posterior: float
    uses_model: bool


def has_posterior(schema_version: int) -> bool:
    """Whether posteriors decide the main question."""
    return versions.has_classes(schema_version) and bool(_main(schema_version).labels)


def labels(schema_version: int) -> tuple[str, ...]:
    """What can be said to the main question: its labels, and that there is no answer."""
    return (*(each.id for each in _main(schema_version).labels), answers.UNANSWERABLE)


def said(schema_version: int, answer: answers.Answer) -> str | None:
    """What an answer says to the main question; None: it was left blank."""
    return what_it_says(answer.get(_main(schema_version).id))


def what_it_says(value: Any) -> str | None:
    """A label, or that there is no answer; None: it was left blank."""
    if answers.is_unanswerable(value):
        return answers.UNANSWERABLE
    return value if isinstance(value, str) else None


def may_be_helped(task: int) -> bool:
    """Whether a model may help to settle this task of a data set.

    A random part is left to people alone. From these the people are fitted: where a
    model helps to decide who is asked again, single answers are those that agree with
    it, and people who are right in .90 would be taken to be right in .67.
    """
    return sampling.draw(b"adaptive overlap", str(task), b"people alone") >= ALONE


def decides(schema_version: int, votes: Sequence[Vote]) -> bool:
    """Whether the posterior has to say: the answers are labels, all of them."""
    return has_posterior(schema_version) and all(
        said(schema_version, each.answer) is not None for each in votes
    )


def find(
    schema_version: int,
    votes: Sequence[Vote],
    *,
    sure: float,
    known_of: KnownOf,
    pre_label: Mapping[str, Any] | None = None,
) -> Found | None:
    """What the answers settle once a label is `sure`; None: it is not.

    The model-free posterior comes first; only where that is unsure may `pre_label` help,
    and only answers given blind: those who saw it repeat it, and it would count twice.
    A label that nobody gave settles nothing, however sure the model is. Other questions
    need their strict majority, as everywhere.
    """
    blind = all(each.blind for each in votes)
    known = known_of(schema_version, blind)
    given = [
        (known.place.get(each.author, -1), known.labels.index(label))
        for each in votes
        if (label := said(schema_version, each.answer)) in known.labels
    ]
    priors: list[Floats | None] = [None]
    if blind and known.temperature is not None and pre_label:
        prior = _prior(pre_label, _main(schema_version), known, known.temperature)
        priors += [] if prior is None else [prior]
    for prior in priors:
        posterior = known.crowd.posterior(given, prior)
        best = known.labels[int(posterior.argmax())]
        values = _values(schema_version, votes, best)
        if is_sure(posterior, sure) and values is not None:
            return Found(values, float(posterior.max()), prior is not None)
    return None


def _main(schema_version: int) -> Question:
    return versions.questions(schema_version)[0]


def _values(
    schema_version: int, votes: Sequence[Vote], label: str
) -> answers.Answer | None:
    """The main question as those said who gave this label, the others by majority."""
    questions = versions.questions(schema_version)
    main = questions[0]
    behind = [v.answer for v in votes if said(schema_version, v.answer) == label]
    first = answers.settle((main,), [{main.id: each[main.id]} for each in behind])
    if first is None:
        return None
    return answers.settle(questions, [{**each.answer, **first} for each in votes])


def probabilities(
    pre_label: Mapping[str, Any] | None, main: Question, shape: Sequence[str]
) -> Floats | None:
    """A model's probabilities of the labels in `shape`, of its last ("unanswerable") none.

    From its confidence alone, what is left is shared evenly. None: it said neither.
    """
    told = (pre_label or {}).get(main.id) or {}
    table, value = told.get("probabilities"), told.get("value")
    sure, named = told.get("confidence"), list(shape[:-1])
    if table:
        found = np.array([float(table.get(each, 0)) for each in named])
    elif sure is not None and value in named and len(named) > 1:
        found = np.full(len(named), (1 - sure) / (len(named) - 1))
        found[named.index(value)] = sure
    else:
        return None
    if not (np.isfinite(found).all() and (found >= 0).all() and found.sum() > 0):
        return None
    return np.append(found / found.sum(), 0)


def _prior(
    pre_label: Mapping[str, Any], main: Question, known: Known, temperature: float
) -> Floats | None:
    """Calibrated; no model says that there is no answer: of that, people's share."""
    found = probabilities(pre_label, main, known.labels)
    if found is None:
        return None
    refused = float(known.crowd.shares[-1])
    prior: Floats = np.append(
        tempered(found[:-1], temperature) * (1 - refused), refused
    )
    return prior
