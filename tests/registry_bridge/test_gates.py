"""When a gate is open, on what evidence, and what is kept of each look."""

from __future__ import annotations

from typing import Any

import pytest

from registry_bridge import gates, new_gold, plans, retraining, scheduling, snapshots
from registry_bridge.models import GateCheck, RegisteredModel, Training
from tests.registry_bridge.makers import (
    Loop,
    challenger_is_worse,
    make_gate,
    make_model,
    make_reviewed,
    review,
    work,
)
from tests.registry_bridge.shadows import all_is_counted

pytestmark = pytest.mark.django_db
Verdict = GateCheck.Verdict


def test_new_gold_is_what_the_last_training_was_not_given(loop: Loop) -> None:
    review(loop, 9, 9)
    retraining.start(loop.project, by=loop.lead)
    work()

    review(loop, 2, 0)

    assert new_gold.count(loop.model) == 2


def test_a_snapshot_that_nobody_trains_on_makes_no_gold_old(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=50)
    plans.change(loop.project, {"every": "1 days", "new_rows": 9}, loop.lead)
    loop.model.refresh_from_db()
    review(loop, 4, 0)
    snapshots.freeze(loop.project)

    gates.look(loop.project)

    due = scheduling.due(loop.model)
    assert gate.checks.get().evidence["new_rows"] == 4
    assert due is not None
    assert due.new_rows == 4


def test_running_an_old_training_again_makes_no_gold_new(loop: Loop) -> None:
    review(loop, 9, 9)
    first = retraining.start(loop.project, by=loop.lead)
    work()
    review(loop, 3, 3)
    retraining.start(loop.project, by=loop.lead)
    work()

    Training.objects.create(
        project=loop.project,
        snapshot=first.snapshot,
        attempt=2,
        job_name="once-more",
        state=Training.State.DONE,
        repeats=first,
    )

    assert new_gold.count(loop.model) == 0


def test_too_little_gold_keeps_the_gate_shut_and_says_how_much_there_is(
    loop: Loop,
) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=50)
    review(loop, 4, 0)

    gates.look(loop.project)

    check = gate.checks.get()
    assert check.verdict == Verdict.NOT_ENOUGH
    assert check.words == "4 of 50 new gold rows are there."


def test_looking_again_at_more_gold_changes_the_newest_row_only(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=50)
    for _ in range(3):
        review(loop, 1, 0)
        gates.look(loop.project)

    check = gate.checks.get()
    assert check.evidence["new_rows"] == 3


def test_gold_without_blind_answers_does_not_start_a_training(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=10, usable_test=5)
    for _ in range(20):
        make_reviewed(loop.project, blind=False)

    gates.look(loop.project)

    assert gate.checks.get().verdict == Verdict.NOT_ENOUGH
    assert not Training.objects.under_way().exists()


def test_no_gate_is_looked_at_while_a_training_runs(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=5, usable_test=1)
    review(loop, 10, 10)
    retraining.start(loop.project, by=loop.lead)

    gates.look(loop.project)

    assert not gate.checks.exists()


def test_quality_surely_below_the_line_starts_a_training(loop: Loop) -> None:
    gate = make_gate(
        loop.project, "quality_below", line=0.9, usable_test=5, cool_down_minutes=0
    )
    review(loop)
    all_is_counted()

    training = gates.look(loop.project)

    check = gate.checks.get()
    assert training is not None
    assert training.gate == gate
    assert check.verdict == Verdict.OPEN
    assert check.evidence["accuracy"]["high"] < 0.9
    assert check.evidence["accuracy"]["n"] == 60
    assert check.evidence["watch"]["alarm"]
    assert "in the order of intake, " in check.words


def test_quality_that_may_still_be_above_the_line_does_not(loop: Loop) -> None:
    gate = make_gate(
        loop.project, "quality_below", line=0.9, usable_test=5, cool_down_minutes=0
    )
    review(loop, cats=27, dogs=3)
    all_is_counted()

    gates.look(loop.project)

    assert gate.checks.get().verdict == Verdict.SHUT


def test_a_gate_rests_after_a_training(loop: Loop) -> None:
    gate = make_gate(loop.project, "quality_below", line=0.9, usable_test=5)
    review(loop)
    all_is_counted()

    gates.look(loop.project)

    assert gate.checks.get().words.startswith("Rests until")


def evidence(low: float, p: float) -> dict[str, Any]:
    difference = {
        "value": low + 0.01,
        "low": low,
        "high": low + 0.02,
        "n": 500,
        "method": "paired",
        "level": 0.95,
    }
    return {"comparison": {"difference": difference, "p_value": p, "n": 500}}


@pytest.mark.parametrize(
    ("rule", "low", "p", "opens"),
    [
        ("interval", 0.005, 0.2, True),
        ("interval", -0.005, 0.01, False),
        ("test", -0.005, 0.01, True),
        ("both", 0.005, 0.2, False),
        ("both", 0.005, 0.01, True),
    ],
)
def test_a_challenger_passes_by_the_rule_of_its_gate(
    rule: str, low: float, p: float, opens: bool
) -> None:
    gate = make_gate(make_model().project, "challenger_better", rule=rule)

    found = gates.judge(gate, evidence(low, p))

    assert found.is_open == opens


def test_a_challenger_must_be_better_by_the_margin_asked_for() -> None:
    gate = make_gate(make_model().project, "challenger_better", by=0.02)

    found = gates.judge(gate, evidence(0.01, 0.001))

    assert not found.is_open
    assert "not proven to be better by 2 points" in found.words


def test_harm_to_a_slice_shuts_a_gate_that_is_open_over_all() -> None:
    gate = make_gate(make_model().project, "challenger_better", slices="label")
    parts = {"dog": {"n": 40, "p": 0.0004}, "cat": {"n": 460, "p": 1.0}}
    sliced = {"by": "label", "alpha": 0.05, "parts": parts, "harmed": ["dog"]}

    found = gates.judge(gate, {**evidence(0.01, 0.001), "slices": sliced})

    assert found.verdict == Verdict.SHUT
    assert found.words.startswith(
        "The challenger is worse on: dog (p = 0.0004), by Holm. Over all: "
    )
    assert found.evidence["slices"] == sliced


def test_slices_without_harm_are_said_to_be_looked_at() -> None:
    gate = make_gate(make_model().project, "challenger_better", slices="label")
    parts = {"dog": {"n": 40, "p": 0.3}, "cat": {"n": 460, "p": 1.0}}
    sliced = {"by": "label", "alpha": 0.05, "parts": parts, "harmed": []}

    found = gates.judge(gate, {**evidence(0.01, 0.001), "slices": sliced})

    assert found.is_open
    assert "No harm is proven on any of 2 slices (Holm)." in found.words


def test_too_few_answers_are_said_to_be_too_few() -> None:
    gate = make_gate(make_model().project, "challenger_better")

    found = gates.judge(gate, {"comparison": {"missing": "4 more answers", "n": 6}})

    assert found.verdict == Verdict.NOT_ENOUGH


def test_what_settles_during_a_training_is_looked_at_when_it_has_ended(
    loop: Loop,
) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=20, usable_test=3)
    loop.world.says = challenger_is_worse
    review(loop, 10, 10)
    retraining.start(loop.project, by=loop.lead)
    review(loop, 15, 15)

    work()

    assert Training.objects.filter(gate=gate, state="done").count() == 1


def test_a_project_without_a_model_is_left_alone() -> None:
    model = make_model()
    project = model.project
    RegisteredModel.objects.all().delete()

    assert gates.look(project) is None


def test_each_change_of_verdict_is_kept_in_mlflow(loop: Loop) -> None:
    gate = make_gate(loop.project, "enough_gold", rows=5, usable_test=40)
    review(loop, 4, 0)
    gates.look(loop.project)
    review(loop, 3, 0)
    gates.look(loop.project)
    work()

    loop.model.refresh_from_db()
    seen = loop.world.tracking.run(loop.model.metrics_run_id)
    assert gate.checks.count() == 1
    assert seen.metrics["gate/enough-gold/open"] == 0.0
    # as it was at the look that changed the verdict
    assert seen.metrics["gate/enough-gold/new_rows"] == 4.0
