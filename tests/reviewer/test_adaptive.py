"""Adaptive overlap as a judgement: posteriors, a model's help, and what neither may do; pure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labeling.models import SchemaVersion
from reviewer import adaptive, consensus
from reviewer.adaptive import Known, Vote
from reviewer.consensus import DISPUTED, NOTHING, ONE_MORE, Settled
from reviewer.held import Given, Gold, Held, Item, Task
from reviewer.stats import em
from reviewer.stats.em import Crowd
from tests.makers import make_questions, make_schema

pytestmark = pytest.mark.django_db
SURE_CAT = {"label": {"value": "cat", "confidence": 0.99}}


def crowd(*right: float) -> Known:
    """People numbered from 1 who are right so often, among cat, dog and no answer."""
    k = 3
    of = [np.full((k, k), (1 - r) / 2) + np.eye(k) * (r - (1 - r) / 2) for r in right]
    cells = np.arange(len(right) * k)
    counts = np.concatenate([1e9 * each for each in of]) if of else np.zeros((0, k))
    made = Crowd(
        np.array([0.499, 0.499, 0.002]),
        em.assumed(k).pool,
        cells,
        counts,
        np.full((len(right), k), 1e9),
        1.0,
    )
    place = {n + 1: n for n in range(len(right))}
    return Known(made, place, ("cat", "dog", "unanswerable"), temperature=1.0)


def votes(*said: str, blind: bool = True) -> list[Vote]:
    return [Vote(n, {"label": label}, blind) for n, label in enumerate(said, 1)]


def find(
    given: list[Vote], known: Known, sure: float = 0.95, pre_label: Any = None
) -> adaptive.Found | None:
    return adaptive.find(
        make_schema().pk,
        given,
        sure=sure,
        known_of=lambda _version, _blind: known,
        pre_label=pre_label,
    )


def test_one_answer_of_somebody_who_is_nearly_always_right_is_enough() -> None:
    found = find(votes("dog"), crowd(0.99))

    assert found is not None
    assert found.values == {"label": "dog"}
    # Bayes by hand: .499·.99 of .499·.99 + (.499 + .002)·.005
    assert found.posterior == pytest.approx(0.49401 / (0.49401 + 0.501 * 0.005))
    assert not found.uses_model


def test_one_answer_of_somebody_who_is_often_wrong_is_not() -> None:
    assert find(votes("dog"), crowd(0.8)) is None


def test_one_good_reviewer_outweighs_two_who_guess() -> None:
    found = find(votes("dog", "cat", "cat"), crowd(0.99, 0.4, 0.4))

    assert found is not None
    assert found.values == {"label": "dog"}


def test_before_anything_is_known_two_of_two_labels_are_not_yet_sure() -> None:
    nobody = Known(em.assumed(3), {}, ("cat", "dog", "unanswerable"))

    assert find(votes("dog"), nobody) is None
    assert find(votes("dog", "dog"), nobody, sure=0.95) is not None
    assert find(votes("dog", "cat", "dog"), nobody) is None


def test_that_there_is_no_answer_can_be_settled_too_with_the_commonest_reason() -> None:
    given = [
        Vote(n, {"label": {"unanswerable": why}}, blind=True)
        for n, why in enumerate(("cut off", "cut off", "dark"), 1)
    ]

    found = find(given, crowd(0.9, 0.9, 0.9), sure=0.9)

    assert found is not None
    assert found.values == {"label": {"unanswerable": "cut off"}}


def test_a_model_helps_only_where_people_alone_are_unsure() -> None:
    alone = find(votes("cat"), crowd(0.99), pre_label=SURE_CAT)
    helped = find(votes("cat"), crowd(0.8), pre_label=SURE_CAT)

    assert alone is not None
    assert helped is not None
    assert not alone.uses_model
    assert helped.uses_model
    assert helped.posterior > 0.95


def test_a_model_settles_nothing_that_nobody_said() -> None:
    certain = {"label": {"value": "cat", "confidence": 0.9999}}

    assert find(votes("dog"), crowd(0.8), pre_label=certain) is None


def test_answers_given_with_the_model_in_sight_are_not_helped_by_it_once_more() -> None:
    shown = votes("cat", blind=False)

    assert find(shown, crowd(0.8), pre_label=SURE_CAT) is None


def test_a_model_of_which_too_little_is_known_does_not_help() -> None:
    known = crowd(0.8)
    strange = Known(known.crowd, known.place, known.labels, temperature=None)

    assert find(votes("cat"), strange, pre_label=SURE_CAT) is None


def test_a_model_that_was_too_sure_helps_less() -> None:
    known = crowd(0.8)
    cautious = Known(known.crowd, known.place, known.labels, temperature=10.0)

    assert find(votes("cat"), cautious, pre_label=SURE_CAT) is None


def test_other_questions_still_need_their_majority() -> None:
    rating = {"id": "why", "kind": "text", "title": "Why?", "required": True}
    version = make_schema(questions=[*make_questions(), rating])
    given = [
        Vote(1, {"label": "dog", "why": "ears"}, blind=True),
        Vote(2, {"label": "dog", "why": "a tail that wags"}, blind=True),
    ]

    def found(said: list[Vote]) -> adaptive.Found | None:
        return adaptive.find(
            version.pk, said, sure=0.95, known_of=lambda _v, _b: crowd(0.99, 0.99)
        )

    assert found(given) is None
    both = found([given[0], Vote(2, given[0].answer, blind=True)])
    assert both is not None
    assert both.values == {"label": "dog", "why": "ears"}


def judged(
    said: list[str], *, wanted: int = 1, expert: bool = False, **fields: Any
) -> consensus.Judgement:
    """What consensus makes of it: the last one has just come."""
    version: SchemaVersion = make_schema()
    known = fields.pop("known", None) or crowd(*[0.8] * 9)
    item = Item(
        **{
            "id": 1,
            "queue": 1,
            "state": 2,
            "wanted": wanted,
            "done": wanted,
            "seen": [],
            "token": 1,
            "lease_by": None,
            "lease_until": None,
            "leased_at": None,
            "check_task": False,
            "expert": expert,
            "max_overlap": 3,
            "expert_share": 0.0,
            "decision_reason": "optional",
            "alone_since": None,
            "sure": 0.95,
            "shown": "at_once",
            **fields.pop("item", {}),
        }
    )
    task = Task(1, 1, version.pk, blind=True, state="open")
    given = [
        Given(n, n, {"label": label}, True, False, False, True)
        for n, label in enumerate(said[:-1], 1)
    ]
    given += fields.pop("given", [])
    one = Held(0, False, None, item, None, task, False, given, [])
    newest = Vote(len(said), {"label": said[-1]}, blind=True)
    previous = fields.pop("previous", None)
    return consensus.judge(one, item, task, newest, previous, lambda _v, _b: known)


def test_one_more_is_asked_while_it_is_unsure_and_an_adjudicator_after_the_most() -> (
    None
):
    assert judged(["dog"]) == ONE_MORE
    assert judged(["dog", "cat"], wanted=2) == ONE_MORE
    assert judged(["dog", "cat", "dog"], wanted=3) == DISPUTED
    found = judged(["dog", "dog"], wanted=2)
    assert isinstance(found, Settled)
    assert found.source == "consensus"


def test_a_person_who_corrects_their_answer_counts_once() -> None:
    mine = Given(7, 2, {"label": "cat"}, True, False, False, True)

    found = judged(["dog", "dog"], wanted=2, given=[mine], previous=mine)
    other = judged(["dog", "dog"], wanted=2, given=[mine])

    assert isinstance(found, Settled)
    assert other == ONE_MORE


def test_an_expert_decides_and_nobody_after_them() -> None:
    spoken = Given(9, 9, {"label": "cat"}, True, True, False, True)

    assert judged(["cat"], expert=True) == Settled({"label": "cat"}, "expert")
    assert judged(["dog", "dog"], wanted=2, given=[spoken]) == NOTHING


def test_without_adaptive_overlap_a_task_is_settled_as_people_agree() -> None:
    found = judged(["dog"], item={"sure": None})

    assert found == Settled({"label": "dog"}, "single")


def test_gold_that_a_model_helped_to_is_replaced_once_people_alone_are_sure() -> None:
    version = make_schema()
    task = Task(1, 1, version.pk, blind=True, state="settled")
    old = Gold(5, "label", "dog", False, "single", uses_model=True)
    one = Held(0, False, None, None, None, task, False, [], [old])
    alone = Settled({"label": "dog"}, "consensus", posterior=0.97)
    helped = Settled({"label": "dog"}, "single", uses_model=True, posterior=0.97)

    (row,) = consensus.new_gold(one, task, alone)

    assert (row.supersedes, row.uses_model, row.posterior) == (5, False, 0.97)
    assert consensus.new_gold(one, task, helped) == []
