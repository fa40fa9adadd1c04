"""The truth behind several answers: better than the majority, and as sure as it is right."""

from __future__ import annotations

import numpy as np
import pytest

from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.skill import skills
from reviewer.stats.stopping import Next, answers_saved, next_step
from reviewer.stats.truth import Truth, fit, leave_one_out
from reviewer.stats.votes import votes
from tests.statistics.crowds import coins, crowd, with_bad_ones


def truth_of(found: Truth | NotEnough) -> Truth:
    assert isinstance(found, Truth), found
    return found


@pytest.mark.parametrize("each", [1, 2, 3, 5])
def test_many_people_with_four_answers_each_do_not_make_the_labels_collapse(
    each: int,
) -> None:
    rng = np.random.default_rng(each)
    seen = crowd(rng, with_bad_ones(rng, 2500), items=10_000 // each, each=each)

    found = truth_of(fit(seen.votes))

    assert seen.right(found.label) >= seen.majority - 0.002
    assert found.posterior.max(axis=1).mean() <= seen.right(found.label) + 0.05


def test_rare_labels_do_not_come_to_stand_for_noise() -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.ones(20))
    people = coins(np.where(rng.random(2500) < 0.1, 0.05, 0.7), 20)
    seen = crowd(rng, people, items=3333, each=3, shares=shares)

    found = truth_of(fit(seen.votes))

    assert seen.right(found.label) >= seen.majority + 0.03
    assert abs(found.posterior.max(axis=1).mean() - seen.right(found.label)) <= 0.02


def test_people_who_always_mix_up_two_labels_are_read_the_other_way_round() -> None:
    rng = np.random.default_rng(6)
    people = coins(np.array([0.9] * 6 + [0.1] * 4), 2)
    seen = crowd(rng, people, items=400, each=5)

    found = truth_of(fit(seen.votes))

    assert seen.right(found.label) >= 0.97
    assert seen.majority <= 0.85
    for person in (0, 9):
        assert found.crowd.confusion(person) == pytest.approx(people[person], abs=0.1)


def test_a_posterior_is_as_sure_as_it_is_right() -> None:
    rng = np.random.default_rng(7)
    seen = crowd(rng, coins(rng.uniform(0.6, 0.95, 300), 4), items=4000, each=3)

    found = truth_of(fit(seen.votes))

    sure = found.posterior.max(axis=1)
    right = found.label == seen.truth
    for low, high in ((0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        among = (sure >= low) & (sure < high)
        assert right[among].mean() == pytest.approx(sure[among].mean(), abs=0.05)


def test_a_calibrated_model_as_prior_helps_and_is_told() -> None:
    rng = np.random.default_rng(8)
    seen = crowd(rng, coins(rng.uniform(0.6, 0.95, 50), 5), items=2000, each=2)
    says = np.where(rng.random(2000) < 0.9, seen.truth, rng.integers(5, size=2000))
    model = np.full((2000, 5), 0.08 / 4)
    model[np.arange(2000), says] = 0.92

    free, assisted = truth_of(fit(seen.votes)), truth_of(fit(seen.votes, prior=model))

    assert seen.right(assisted.label) >= seen.right(free.label) + 0.05
    assert (free.assisted, assisted.assisted) == (False, True)
    with pytest.raises(ValueError, match="without a prior"):
        skills(seen.votes, assisted)


def test_the_posterior_of_one_item_is_bayes_rule() -> None:
    rng = np.random.default_rng(9)
    seen = crowd(rng, coins(rng.uniform(0.6, 0.95, 20), 3), items=300, each=3)
    found = truth_of(fit(seen.votes)).crowd

    by_hand = found.shares * found.confusion(3)[:, 1] * found.confusion(7)[:, 2]
    assert found.posterior([(3, 1), (7, 2)]) == pytest.approx(by_hand / by_hand.sum())
    assert found.posterior([(-1, 0)], np.full(3, 1 / 3)) == pytest.approx(
        found.pool[0] / found.pool[0].sum()
    )


def test_an_item_that_was_not_in_the_fit_gets_much_the_same_as_one_that_was() -> None:
    rng = np.random.default_rng(10)
    seen = crowd(rng, coins(rng.uniform(0.6, 0.95, 20), 3), items=2000, each=3)
    found = truth_of(fit(seen.votes))

    again = [
        found.crowd.posterior(
            zip(
                seen.votes.reviewer[at : at + 3].tolist(),
                seen.votes.label[at : at + 3].tolist(),
                strict=True,
            )
        )
        for at in range(0, 300, 3)
    ]

    assert np.array(again) == pytest.approx(found.posterior[:100], abs=0.03)


def test_single_answers_are_believed_only_as_far_as_is_assumed() -> None:
    found = truth_of(fit(votes([0, 1, 2, 3], [0, 0, 1, 1], [0, 1, 0, 0], labels=2)))

    assert found.overlapped == 0
    assert found.posterior.max(axis=1) == pytest.approx([0.8] * 4)


def test_leaving_an_answer_out_forgets_it() -> None:
    # three agree on item 0; on item 1 the third stands alone
    said = [0, 0, 0, 1, 1, 0] * 30
    item = np.repeat(np.arange(60), 3)
    given = votes(item, [0, 1, 2] * 60, said, labels=2)

    others = leave_one_out(given, truth_of(fit(given)))

    assert others[5, 1] > 0.9
    assert others[2, 0] > 0.9


def test_skill_intervals_hold_and_do_not_flatter() -> None:
    rng = np.random.default_rng(11)
    real = np.sort(rng.uniform(0.6, 0.98, 60))
    seen = crowd(rng, coins(real, 3), items=1500, each=3)

    found = skills(seen.votes, truth_of(fit(seen.votes)))

    cells = [(e, r) for s, r in zip(found, real, strict=True) for e in s.by_label]
    known = [(e, r) for e, r in cells if isinstance(e, Estimate)]
    assert len(known) >= 170
    assert np.mean([e.low <= r <= e.high for e, r in known]) >= 0.92
    whole = [s.overall for s in found if isinstance(s.overall, Estimate)]
    values = np.array([e.value for e in whole])
    assert abs((values - real).mean()) <= 0.02
    assert np.corrcoef(values, real)[0, 1] >= 0.8


def test_whoever_answers_at_random_gains_nothing_from_the_own_vote() -> None:
    # two answers an item: with the own vote in it, half of any consensus is one's own
    rng = np.random.default_rng(12)
    seen = crowd(rng, coins(np.array([0.25] + [0.9] * 9), 4), items=3000, each=2)

    worst = skills(seen.votes, truth_of(fit(seen.votes)))[0].overall

    assert isinstance(worst, Estimate)
    assert worst.value == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (votes([], [], [], labels=2), "answers"),
        (votes([0, 1], [0, 0], [0, 1], labels=2), "second person"),
        (votes([0, 0], [0, 1], [1, 1], labels=2), "differ"),
    ],
)
def test_what_cannot_be_known_is_said(given: object, missing: str) -> None:
    found = fit(given)  # type: ignore[arg-type]

    assert isinstance(found, NotEnough)
    assert missing in found.missing


@pytest.mark.parametrize("wrong", [[[np.nan, 1]], [[0.7, 0.7]], [[1.0]]])
def test_a_prior_that_is_none_is_refused(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="prior"):
        fit(votes([0, 0], [0, 1], [0, 1], labels=2), prior=wrong)


def test_votes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="below 2"):
        votes([0], [0], [2], labels=2)
    with pytest.raises(ValueError, match="differ in length"):
        votes([0, 1], [0], [0], labels=2)


def test_one_more_answer_only_while_it_is_unsure_then_an_expert() -> None:
    assert next_step([0.97, 0.03], 1) == Next.NOTHING
    assert next_step([0.97, 0.03], 0) == Next.ANSWER
    assert next_step([0.6, 0.4], 3) == Next.ANSWER
    assert next_step([0.6, 0.4], 7) == Next.ADJUDICATION
    assert answers_saved([1, 2, 3], overlap=3) == 3
    with pytest.raises(ValueError, match="posterior"):
        next_step([np.nan, 1], 1)


def test_adaptive_overlap_saves_answers_and_keeps_its_word() -> None:
    rng = np.random.default_rng(13)
    right = rng.uniform(0.75, 0.95, 40)
    found = truth_of(fit(crowd(rng, coins(right, 3), items=2000, each=3).votes))
    answers, good, settled = [], 0, 0
    for _ in range(600):
        truth = int(rng.integers(3))
        said: list[tuple[int, int]] = []
        while True:
            posterior = found.crowd.posterior(said)
            step = next_step(posterior, len(said))
            if step != Next.ANSWER:
                break
            person = int(rng.integers(40))
            wrong = (truth + int(rng.integers(1, 3))) % 3
            said.append((person, truth if rng.random() < right[person] else wrong))
        answers.append(len(said))
        settled += step == Next.NOTHING
        good += step == Next.NOTHING and int(posterior.argmax()) == truth

    assert np.mean(answers) <= 3
    assert good / settled >= 0.94
