"""Figures of a version: the truth of a simulated project, and what stands where confidences cannot help."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from django.utils import timezone

from labeling.models import Gold, Payload, Task
from reviewer import measuring, quality
from reviewer.evidence import Judged, Seen
from reviewer.measuring import UNHELPED, Basis
from reviewer.models import Prediction, QueueItem
from reviewer.rollups.confidences import NO_BIN, Sure
from reviewer.stats import calibrated, chance
from reviewer.stats.calibration_error import calibration_error
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import weighted_mean
from tests import makers
from tests.reviewer.pages.makers import Team, make_team

LABELS = ("cat", "cow", "dog")
# One to a bin, so that groups hold exactly these.
SURES = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.95, 0.97, 0.985, 0.99])


@dataclass(frozen=True)
class Made:
    """One prediction of the simulated project."""

    said: str
    true: str
    sure: float
    pi: float
    u: float

    @property
    def is_drawn(self) -> bool:
        return self.u < self.pi


def simulated(seed: int, size: int = 4_000) -> list[Made]:
    """Too sure of itself by a fixed amount; doubtful ones all looked at, 1 in 8 of the rest."""
    dice = np.random.default_rng(seed)
    sure = dice.choice(SURES, size)
    right = dice.uniform(size=size) < sure - 0.08
    said = dice.integers(3, size=size)
    true = np.where(right, said, (said + dice.integers(1, 3, size)) % 3)
    pi = np.where(sure < 0.6, 1.0, 0.125)
    u = dice.uniform(size=size)
    rows = zip(said, true, sure, pi, u, strict=True)
    return [
        Made(LABELS[s], LABELS[t], float(c), float(p), float(x))
        for s, t, c, p, x in rows
    ]


def send(team: Team, rows: list[Made]) -> None:
    """All of it as if it had come, been drawn, and been answered by several people."""
    pattern = makers.make_task(team.project, blind=True)
    sample = makers.make_prediction(team.endpoint, inference_id="pattern")
    Prediction.objects.all().delete()
    payloads = Payload.objects.bulk_create(
        Payload(project=team.project, sha256=f"{at:064}", content={"text": "t"})
        for at in range(len(rows))
    )
    predictions, items, golds = [], [], []
    tasks = iter(
        Task.objects.bulk_create(
            Task(
                project=team.project,
                payload=payload,
                schema_version=pattern.schema_version,
                blind=True,
                state=Task.State.SETTLED,
            )
            for row, payload in zip(rows, payloads, strict=True)
            if row.is_drawn
        )
    )
    for at, (row, payload) in enumerate(zip(rows, payloads, strict=True)):
        task = next(tasks) if row.is_drawn else None
        drawn = "review" if row.pi == 1 else "audit"
        predictions.append(
            Prediction(
                project=team.project,
                endpoint=team.endpoint,
                inference_id=str(at),
                payload=payload,
                model_name="model",
                model_version="1",
                output={},
                label=row.said,
                confidence=row.sure,
                content_hash=str(at),
                pi=row.pi,
                u=row.u,
                b=1.0,
                blind=row.is_drawn,
                verdict=drawn if row.is_drawn else "accepted",
                reason="simulated",
                policy=sample.policy,
                task=task,
            )
        )
        if task is not None:
            items.append(
                QueueItem(
                    queue=team.queue,
                    task=task,
                    place=row.u / row.pi,
                    audit=row.pi < 1,
                    state=QueueItem.State.DONE,
                    done=1,
                )
            )
            golds.append(
                Gold(
                    project=team.project,
                    task=task,
                    question="label",
                    value=row.true,
                    source=Gold.Source.CONSENSUS,
                    blind=True,
                )
            )
    Prediction.objects.bulk_create(predictions)
    QueueItem.objects.bulk_create(items)
    Gold.objects.bulk_create(golds)


def by_hand(rows: list[Made]) -> tuple[calibrated.Reviewed, calibrated.Everyone]:
    """The same numbers as the statistics take them, groups in a fixed order."""
    drawn = Counter((r.said, r.true, r.sure, r.pi) for r in rows if r.is_drawn)
    groups = sorted(drawn)
    reviewed = calibrated.Reviewed(
        [float(said == true) for said, true, _, _ in groups],
        [pi for *_, pi in groups],
        [sure for _, _, sure, _ in groups],
        [drawn[group] for group in groups],
    )
    return reviewed, calibrated.Everyone([row.sure for row in rows])


def of_label(rows: list[Made], label: str) -> tuple[float, float, float]:
    said = sum(row.said == label for row in rows)
    true = sum(row.true == label for row in rows)
    hit = sum(row.said == row.true == label for row in rows)
    return hit / said, hit / true, 2 * hit / (said + true)


@pytest.mark.django_db
def test_a_simulated_project_is_told_the_truth_about_its_model() -> None:
    rows = simulated(7)
    team = make_team()
    makers.make_schema(team.project, labels=LABELS)
    send(team, rows)

    (found,) = quality.of_versions(team.project, timezone.now(), None)

    reviewed, everyone = by_hand(rows)
    wanted = calibrated.accuracy(reviewed, everyone, lowest=0.125)
    error = calibration_error(reviewed, everyone)
    assert isinstance(found.estimate, Estimate)
    assert isinstance(wanted, Estimate)
    assert isinstance(found.calibration, Estimate)
    assert isinstance(error, Estimate)
    assert found.estimate.method == calibrated.METHOD
    assert found.estimate.value == pytest.approx(wanted.value, abs=1e-9)
    assert found.estimate.low == pytest.approx(wanted.low, abs=1e-9)
    assert found.estimate.high == pytest.approx(wanted.high, abs=1e-9)
    assert found.calibration.value == pytest.approx(error.value, abs=1e-9)
    truth = sum(row.said == row.true for row in rows) / len(rows)
    assert found.estimate.low < truth < found.estimate.high
    assert found.calibration.low < 0.08 < found.calibration.high
    drawn = [row for row in rows if row.is_drawn]
    plain = weighted_mean([r.said == r.true for r in drawn], [r.pi for r in drawn])
    assert isinstance(plain, Estimate)
    assert found.estimate.high - found.estimate.low < plain.high - plain.low
    # each interval holds for one label: of nine, one may miss
    held = [
        isinstance(number, Estimate) and number.low <= value <= number.high
        for each in found.labels
        for number, value in zip(
            (each.precision, each.recall, each.f1),
            of_label(rows, each.label),
            strict=True,
        )
    ]
    assert len(held) == 9
    assert sum(held) >= 8


def judged(rows: list[Made], *, sure: bool = True) -> Seen:
    drawn = Counter((r.said, r.true, r.sure, r.pi) for r in rows if r.is_drawn)
    known = [
        Judged(
            said,
            true,
            pi,
            one_vote=False,
            n=n,
            bin=int(chance.bins([c])[0]) // 8 if sure else NO_BIN,
            confidence=c if sure else math.nan,
        )
        for (said, true, c, pi), n in sorted(drawn.items())
    ]
    return Seen(known)


def told(rows: list[Made], *, sure: bool = True) -> list[Sure]:
    n = Counter((row.said, row.sure) for row in rows)
    return [
        Sure(
            *(1, "model", "1", said),
            int(chance.bins([c])[0]) // 8 if sure else NO_BIN,
            many,
            many * c if sure else 0.0,
        )
        for (said, c), many in sorted(n.items())
    ]


def test_without_confidences_the_answers_alone_tell_and_it_is_said() -> None:
    rows = simulated(3, 1_500)

    basis = Basis.of(
        judged(rows, sure=False), told(rows, sure=False), once=1_500, least=0.125
    )

    drawn = [row for row in rows if row.is_drawn]
    plain = weighted_mean(
        [r.said == r.true for r in drawn], [r.pi for r in drawn], lowest=0.125
    )
    assert isinstance(basis.estimate, Estimate)
    assert isinstance(plain, Estimate)
    assert basis.estimate.value == pytest.approx(plain.value)
    assert basis.estimate.low == pytest.approx(plain.low)
    assert (
        f"{UNHELPED}: 1500 of 1500 predictions came with none" in basis.estimate.method
    )
    missing = NotEnough("a confidence from every prediction", len(drawn))
    assert measuring.calibration(basis) == missing


def test_one_confidence_that_is_none_is_not_made_up() -> None:
    rows = simulated(3, 1_500)
    one = Sure(1, "model", "1", "cat", NO_BIN, 1, 0.0)

    basis = Basis.of(judged(rows), [*told(rows), one], once=1_501, least=0.125)

    assert isinstance(basis.estimate, Estimate)
    assert f"{UNHELPED}: 1 of 1501 predictions" in basis.estimate.method


def test_what_was_removed_before_it_was_counted_is_missed() -> None:
    rows = simulated(3, 1_500)
    sure_ones_gone = told([row for row in rows if row.is_drawn])

    basis = Basis.of(judged(rows), sure_ones_gone, once=1_500, least=0.125)

    assert isinstance(basis.estimate, Estimate)
    assert f"{UNHELPED}: some predictions were removed" in basis.estimate.method
    assert {each.label for each in measuring.by_label(basis)} == set(LABELS)


@pytest.mark.parametrize("sure", [True, False])
@pytest.mark.parametrize("cells", [measuring.MOST_CELLS, 0])
def test_labels_have_their_numbers_by_each_way_of_counting(
    monkeypatch: pytest.MonkeyPatch, cells: int, sure: bool
) -> None:
    monkeypatch.setattr(measuring, "MOST_CELLS", cells)
    size, held = 6_000, []

    for seed in range(6):
        rows = simulated(40 + seed, size)
        basis = Basis.of(
            judged(rows, sure=sure), told(rows, sure=sure), once=size, least=0.125
        )
        for each in measuring.by_label(basis):
            numbers = each.precision, each.recall, each.f1
            for number, value in zip(numbers, of_label(rows, each.label), strict=True):
                assert isinstance(number, Estimate)
                assert number.value == pytest.approx(value, abs=0.06)
                held.append(number.low <= value <= number.high)

    # 54 intervals of 95 %, three of a label at a time together
    assert len(held) == 54
    assert sum(held) >= 47


def test_answers_that_stand_for_few_tell_nothing_of_the_rest() -> None:
    rows = simulated(3, 1_500)
    only_doubtful = [row for row in rows if row.pi == 1]

    basis = Basis.of(judged(only_doubtful), told(rows), once=1_500, least=0.5)

    assert isinstance(basis.estimate, NotEnough)
    assert "stand for the other" in basis.estimate.missing
    assert measuring.calibration(basis) == basis.estimate
    assert {each.f1 for each in measuring.by_label(basis)} == {basis.estimate}


def test_no_answers_are_not_enough() -> None:
    basis = Basis.of(Seen(), told(simulated(3, 20)), once=20, least=0.125)

    assert basis.estimate == NotEnough("10 more answers", 0)
    assert measuring.calibration(basis) == basis.estimate
    assert measuring.by_label(basis) == ()
