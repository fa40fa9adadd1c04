"""A crowd that is fitted again and again by the answers which its last fit asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from reviewer import adaptive
from reviewer.stats import em, stopped
from reviewer.stats.em import Crowd
from reviewer.stats.estimates import NotEnough
from reviewer.stats.stopping import Next, next_step
from reviewer.stats.votes import votes

LABELS, PEOPLE, ITEMS = 3, 12, 3000
FITS = (200, 400, 800, 1600)
SHARES = np.array([0.6, 0.39, 0.01])


@dataclass
class Run:
    """What a queue with adaptive overlap came to."""

    right: list[bool] = field(default_factory=list)
    claimed: list[float] = field(default_factory=list)
    answers: int = 0
    crowd: Crowd = field(default_factory=lambda: em.assumed(LABELS))


def confusions(rng: np.random.Generator) -> np.ndarray:
    """Label 0 is said too often: who says 1 is surer to be right."""
    rows = []
    for _ in range(PEOPLE):
        a, b = rng.uniform(0.93, 0.99), rng.uniform(0.75, 0.9)
        first, second = [a, 0.999 - a, 0.001], [0.999 - b, b, 0.001]
        rows.append([first, second, [0.05, 0.05, 0.9]])
    return np.array(rows)


def work(rng: np.random.Generator, confusion: np.ndarray) -> Run:
    """Each item in turn, by different people, until it is sure; a fit now and then."""
    run, known, rows = Run(), False, list[tuple[int, int, int]]()
    truth = rng.choice(LABELS, ITEMS, p=SHARES)
    for item in range(ITEMS):
        if item in FITS:
            found = stopped.fit(votes(*np.array(rows).T, labels=LABELS))
            assert not isinstance(found, NotEnough)
            assert not found.assisted
            run.crowd, known = found.crowd, True
        given: list[tuple[int, int]] = []
        for person in rng.permutation(PEOPLE)[:5].tolist():
            label = int(rng.choice(LABELS, p=confusion[person][truth[item]]))
            rows.append((item, person, label))
            given.append((person if known else -1, label))
            posterior = run.crowd.posterior(given)
            if next_step(posterior, len(given), most=5) is not Next.ANSWER:
                break
        if posterior.max() >= 0.95:
            run.right.append(bool(posterior.argmax() == truth[item]))
            run.claimed.append(float(posterior.max()))
    run.answers = len(rows)
    return run


@pytest.mark.parametrize("seed", [2, 6, 13])
def test_what_is_sure_is_right_as_often_although_fits_choose_who_is_asked(
    seed: int,
) -> None:
    """Where single answers are left out, these seeds come to 84 %, 90 % and 92 % of a said 98 %."""
    rng = np.random.default_rng(seed)
    confusion = confusions(rng)

    run = work(rng, confusion)

    assert stopped.is_plausible(run.crowd)
    assert np.mean(run.right) == pytest.approx(np.mean(run.claimed), abs=0.015)
    assert run.answers < 2.6 * ITEMS
    found = run.crowd.pool.diagonal()[:2]
    assert found == pytest.approx(confusion.mean(axis=0).diagonal()[:2], abs=0.06)


def test_single_answers_alone_tell_nothing() -> None:
    alone = votes([0, 1, 2], [0, 1, 0], [0, 1, 1], labels=2)

    assert isinstance(stopped.fit(alone), NotEnough)


def test_labels_that_changed_places_are_noticed() -> None:
    crowd = em.assumed(2)
    swapped = Crowd(
        crowd.shares,
        crowd.pool[::-1],
        crowd.cells,
        crowd.counts,
        crowd.of_truth,
        crowd.strength,
    )

    assert stopped.is_plausible(crowd)
    assert not stopped.is_plausible(swapped)


@pytest.mark.parametrize("right", [0.75, 0.85, 0.9])
def test_people_are_known_from_the_items_that_no_model_helped_to_settle(
    right: float,
) -> None:
    """From all items, people who are right in .9 come to .84: a model decides who is asked again."""
    rng = np.random.default_rng(3)
    errs = (1 - right) / (LABELS - 1)
    likely = np.full((LABELS, LABELS), errs) + np.eye(LABELS) * (right - errs)
    rows: list[tuple[int, int, int]] = []
    alone: list[tuple[int, int, int]] = []
    for item in range(ITEMS):
        truth = int(rng.integers(LABELS))
        model = truth if rng.random() < 0.9 else (truth + 1) % LABELS
        helped = adaptive.may_be_helped(item)
        people = np.full(LABELS, 1 / LABELS)
        together = np.full(LABELS, 0.05) + np.eye(LABELS)[model] * 0.85
        for person in rng.permutation(PEOPLE)[:5].tolist():
            label = int(rng.choice(LABELS, p=likely[truth]))
            rows.append((item, person, label))
            if not helped:
                alone.append((item, person, label))
            people, together = people * likely[:, label], together * likely[:, label]
            people, together = people / people.sum(), together / together.sum()
            if people.max() >= 0.95 or (helped and together.max() >= 0.95):
                break

    def fitted(given: list[tuple[int, int, int]]) -> float:
        items = {item: at for at, item in enumerate(dict.fromkeys(g[0] for g in given))}
        table = np.array([(items[item], who, label) for item, who, label in given])
        found = stopped.fit(votes(*table.T, labels=LABELS, reviewers=PEOPLE))
        assert not isinstance(found, NotEnough)
        return float(found.crowd.pool.diagonal().mean())

    assert 0.15 < len({item for item, _, _ in alone}) / ITEMS < 0.25
    assert fitted(alone) == pytest.approx(right, abs=0.03)
    assert fitted(rows) < right - 0.05
