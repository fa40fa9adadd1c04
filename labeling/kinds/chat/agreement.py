"""How alike two people's judgements of a conversation are, and what a majority says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labeling.kinds.chat.judgements import TEXT, WHOLE, WORDS, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from labeling.kinds.base import Json
    from labeling.kinds.chat.rubric import Criterion, Rubric

    Said = Mapping[int, Judgement]

_NOBODY = Judgement()


def alike(rubric: Rubric, a: Said, b: Said) -> float:
    """The mean, over all that either of the two rated or corrected, of how near they are.

    Ratings: 1 − steps apart ÷ most steps apart, the linear weights of J. Cohen, Weighted
    kappa (1968). Corrections: as texts. What only one of them said counts 0; notes do not count.
    """
    near = [
        each
        for at in sorted({*a, *b})
        for each in _near(
            rubric.conversation if at == WHOLE else rubric.turn,
            a.get(at, _NOBODY),
            b.get(at, _NOBODY),
        )
    ]
    return sum(near) / len(near) if near else 1.0


def settle(said: Sequence[Said], *, among: int) -> dict[int, Judgement] | None:
    """What more than half of `among` people say of each place; None where they do not.

    A note is the one most of those wrote who gave the step that won.
    """
    if len(said) * 2 <= among:
        return None
    settled: dict[int, Judgement] = {}
    for at in sorted({at for one in said for at in one}):
        found = _settle_place([one.get(at, _NOBODY) for one in said], among)
        if found is None:
            return None
        if found.ratings or found.correction:
            settled[at] = found
    return settled


def _near(
    criteria: Iterable[Criterion], one: Judgement, two: Judgement
) -> Iterator[float]:
    for criterion in criteria:
        places = [
            criterion.place(each.ratings[criterion.value])
            for each in (one, two)
            if criterion.value in each.ratings
        ]
        if len(places) == 2:
            low, high = sorted(place or 0 for place in places)
            yield 1 - (high - low) / (len(criterion.steps) - 1)
        elif places:
            yield 0.0
    if one.correction and two.correction:
        yield TEXT.alike(WORDS, one.correction, two.correction)
    elif one.correction or two.correction:
        yield 0.0


def _settle_place(said: Sequence[Judgement], among: int) -> Judgement | None:
    ratings: dict[str, Json] = {}
    notes: dict[str, str] = {}
    for criterion in sorted({key for one in said for key in one.ratings}):
        votes = Counter(one.ratings.get(criterion) for one in said)
        step, count = votes.most_common(1)[0]
        if count * 2 <= among:
            return None
        if step is None:
            continue
        ratings[criterion] = step
        written = sorted(
            one.notes[criterion]
            for one in said
            if one.ratings.get(criterion) == step and criterion in one.notes
        )
        if written:
            notes[criterion] = Counter(written).most_common(1)[0][0]
    texts = [one.correction for one in said]
    correction: Json = ""
    if any(texts) and texts.count("") * 2 <= among:
        given = [text for text in texts if text]
        correction = TEXT.settle(WORDS, given, among=among)
        if correction is None:
            return None
    return Judgement(ratings, notes, str(correction))
