"""The path of a study's evidence: bounded, in order, and the same however items come."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reviewer.stats import evidence_path
from reviewer.stats.disagreements import Evidence, Items, Terms, better, not_worse
from reviewer.stats.evidence_path import Path, Point

TERMS = Terms(pi=0.5, fewest=10)


def items(n: int, seed: int = 1) -> Items:
    chance = np.random.default_rng(seed)
    tie = chance.random(n) < 0.6
    overdue = ~tie & (chance.random(n) < 0.05)
    d = chance.choice([-1.0, 0.0, 1.0], n, p=[0.2, 0.2, 0.6])
    return Items(
        d=np.where(tie, 0.0, np.where(overdue, -1.0, d)),
        pi=np.where(tie, 1.0, TERMS.pi),
        tie=tie,
        overdue=overdue,
    )


def part(whole: Items, first: int, last: int) -> Items:
    at = np.arange(whole.d.size)
    return whole.part((at >= first) & (at < last))


def test_a_point_is_kept_for_each_label_and_tells_the_evidence_then() -> None:
    given = items(60)

    found = Evidence().after(given, None, TERMS)

    assert [p.labels for p in found.path.points] == list(
        range(1, found.whole.labels + 1)
    )
    assert found.path.is_whole
    for n in (7, 31, 60):
        then = Evidence().after(part(given, 0, n), None, TERMS).whole
        # ties since the last label have moved the evidence on: end with a label
        if not given.tie[n - 1]:
            point = found.path.points[then.labels - 1]
            assert point.better == pytest.approx(better(then, TERMS).log_e)
            assert point.not_worse == pytest.approx(not_worse(then, TERMS).log_e)


def test_it_is_the_same_in_one_step_and_in_many() -> None:
    given = items(900)
    once = Evidence().after(given, None, TERMS)

    steps = Evidence()
    for first in range(0, 900, 37):
        steps = steps.after(part(given, first, first + 37), None, TERMS)
        steps = Evidence.from_json(json.loads(json.dumps(steps.as_json())))

    assert steps.path.every == once.path.every > 1
    assert [p.labels for p in steps.path.points] == [p.labels for p in once.path.points]
    assert np.array(steps.path.points) == pytest.approx(np.array(once.path.points))


@pytest.mark.parametrize("n", [1, 200, 201, 5_000])
def test_it_stays_short_however_many_labels_there_are(n: int) -> None:
    path = Path().after(Point(at, 0.1 * at, 0.0) for at in range(1, n + 1))

    assert min(n, evidence_path.MOST // 2) <= len(path.points) <= evidence_path.MOST
    assert path.points[-1].labels > n - path.every


def test_ties_alone_make_no_point() -> None:
    ties = np.ones(5, dtype=bool)

    found = Evidence().after(Items(np.zeros(5), np.ones(5), ties, ~ties), None, TERMS)

    assert found.path.points == ()
    assert not found.path.is_whole


def test_a_study_that_is_older_than_its_path_says_so() -> None:
    kept = Evidence().after(items(50), None, TERMS).as_json()
    del kept["path"]

    found = Evidence.from_json(kept).after(items(50, seed=2), None, TERMS)

    assert found.path.points
    assert not found.path.is_whole
