"""What a study has seen: counted in any steps alike, and judged slice by slice."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.stats import disagreements
from reviewer.stats.disagreements import MOST_SLICES, OTHERS, Evidence, Items, Terms
from reviewer.stats.estimates import Estimate
from reviewer.stats.sequential import PairedTest

TERMS = Terms(fewest=10)
kinds = st.lists(
    st.sampled_from(["same", "won", "lost", "neither", "late"]), max_size=60
)


def items(found: list[str], pi: float = 1.0) -> Items:
    tie = np.array([each == "same" for each in found], dtype=bool)
    d = {"won": 1.0, "lost": -1.0, "late": -1.0}
    return Items(
        d=np.array([d.get(each, 0.0) for each in found]),
        pi=np.where(tie, 1.0, pi),
        tie=tie,
        overdue=np.array([each == "late" for each in found], dtype=bool),
    )


def seen(found: list[str], terms: Terms = TERMS) -> disagreements.Seen:
    return Evidence().after(items(found, terms.pi), None, terms).whole


@given(kinds, st.integers(1, 7))
def test_evidence_is_the_same_in_whatever_steps_it_came(
    found: list[str], step: int
) -> None:
    slices = [str(at % 3) for at in range(len(found))]
    at_once = Evidence().after(items(found), slices, TERMS)
    stepwise = Evidence()
    for at in range(0, len(found), step):
        part, names = items(found[at : at + step]), slices[at : at + step]
        stepwise = Evidence.from_json(
            json.loads(json.dumps(stepwise.after(part, names, TERMS).as_json()))
        )

    assert stepwise.whole.labelled.as_json() == at_once.whole.labelled.as_json()
    assert stepwise.whole.overdue.as_json() == at_once.whole.overdue.as_json()
    assert stepwise.whole.peaks == pytest.approx(at_once.whole.peaks)
    assert stepwise.slices.keys() == at_once.slices.keys()
    for name, part_ in at_once.slices.items():
        assert stepwise.slices[name].n == part_.n


def test_a_claim_once_reached_stays_reached() -> None:
    found = seen(["won"] * 7 + ["lost"] * 30)

    claim = disagreements.better(found, TERMS)
    assert claim.holds
    assert claim.log_e < 0 < math.log(claim.needed) <= claim.peak


def test_agreements_bear_out_not_worse_and_say_nothing_of_better() -> None:
    found = seen(["same"] * TERMS.enough)

    assert disagreements.not_worse(found, TERMS).holds
    assert disagreements.better(found, TERMS).log_e == pytest.approx(0)
    fewer = seen(["same"] * (TERMS.enough - 1))
    assert not disagreements.not_worse(fewer, TERMS).holds


def test_what_nobody_answered_counts_against_each_claim() -> None:
    won, late = seen(["won"] * 6), seen(["won"] * 6 + ["late"] * 3)
    lost, both = seen(["lost"] * 6), seen(["lost"] * 6 + ["late"] * 3)

    assert (
        disagreements.better(late, TERMS).log_e < disagreements.better(won, TERMS).log_e
    )
    # that it is worse: the same three as if it had won
    assert (
        disagreements.worse(both, TERMS).log_e < disagreements.worse(lost, TERMS).log_e
    )


def test_better_is_the_closed_form_at_any_one_chance() -> None:
    terms = Terms(pi=0.3)
    found = seen(["won"] * 9 + ["lost"] * 2 + ["same"] * 50, terms)

    test = PairedTest(0.0, 0.3, 0.3)
    assert disagreements.better(found, terms).log_e == test.log_e(found.counts)
    assert test.method == "e-process of signs"


def test_only_slices_with_enough_items_are_judged() -> None:
    names = ["big"] * 300 + ["small"] * 5
    found = Evidence().after(items(["same"] * 305), names, TERMS)

    judged = disagreements.judged(found.slices, TERMS)

    assert list(judged) == ["big"]
    assert judged["big"].holds


def test_harm_to_a_slice_is_found_beside_many_that_are_well() -> None:
    names = [str(at % 20) for at in range(400)] + ["hurt"] * 14
    found = Evidence().after(items(["won"] * 400 + ["lost"] * 14), names, TERMS)

    assert disagreements.harmed(found.slices, TERMS) == ("hurt",)


def test_more_slices_than_there_is_room_for_are_one() -> None:
    names = [str(at) for at in range(MOST_SLICES + 30)]
    found = Evidence().after(items(["same"] * len(names)), names, TERMS)

    assert len(found.slices) == MOST_SLICES + 1
    assert found.slices[OTHERS].n == 30


def test_the_labels_still_needed_are_fewer_than_the_items() -> None:
    found = seen(["same"] * 95 + ["won"] * 4 + ["lost"])

    more = disagreements.more(found, TERMS.tests[0])

    assert isinstance(more, Estimate)
    assert 1 <= more.low <= more.value <= more.high
    assert (more.value, more.n) < (95, 6)


def test_the_difference_has_an_interval_with_the_worst_case_both_ways() -> None:
    found = disagreements.difference(seen(["same"] * 80 + ["won"] * 12), TERMS)
    late = disagreements.difference(
        seen(["same"] * 80 + ["won"] * 12 + ["late"] * 8), TERMS
    )

    assert isinstance(found, Estimate)
    assert isinstance(late, Estimate)
    assert found.value == pytest.approx(12 / 92)
    assert late.low < found.low
    assert late.high > found.high
