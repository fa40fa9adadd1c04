"""The whole way: settled gold, training, comparison, approval, roll back."""

from __future__ import annotations

from django.db import transaction

from labeling.models import Gold
from projects import events
from registry_bridge import promotion, retraining, rolling_back
from registry_bridge.models import Deployment, GateCheck, Promotion, Snapshot, Training
from tests.registry_bridge.makers import (
    Loop,
    challenger_is_worse,
    dead_letters,
    make_gate,
    review,
    rows_of,
    work,
)


def settle(loop: Loop) -> None:
    """What submission does when a task settles."""
    with transaction.atomic():
        events.emit("task.settled", loop.project)


def test_settled_gold_ends_in_a_promotion_that_waits_for_a_lead(loop: Loop) -> None:
    make_gate(loop.project, "enough_gold", rows=50, usable_test=10)
    make_gate(loop.project, "challenger_better")
    review(loop)

    settle(loop)
    work()

    waiting = Promotion.objects.get(project=loop.project, kind="promote")
    assert dead_letters() == []
    assert (waiting.state, waiting.from_version, waiting.to_version) == (
        Promotion.State.PROPOSED,
        "1",
        "2",
    )
    assert waiting.evidence["comparison"]["difference"]["low"] > 0
    assert loop.world.alias(loop.model) == "1"
    assert loop.world.alias(loop.model, "challenger") == "2"
    assert loop.world.serving() == ["1"]


def test_an_approved_promotion_is_deployed_and_named_and_can_be_rolled_back(
    loop: Loop,
) -> None:
    make_gate(loop.project, "enough_gold", rows=50, usable_test=10)
    make_gate(loop.project, "challenger_better")
    review(loop)
    settle(loop)
    work()
    waiting = Promotion.objects.get(project=loop.project, kind="promote")

    promotion.approve(waiting, by=loop.lead, reason="Better on all labels.")
    work()

    waiting.refresh_from_db()
    loop.model.refresh_from_db()
    assert waiting.state == Promotion.State.DONE
    assert [step["step"] for step in waiting.steps] == ["checked", "deployed", "named"]
    assert loop.model.champion == loop.world.alias(loop.model) == "2"
    assert loop.world.alias(loop.model, "previous-champion") == "1"
    assert loop.world.alias(loop.model, "challenger") is None
    assert loop.world.serving() == ["2"]
    assert Deployment.objects.get(state="in_service").version == "2"

    rolling_back.by_person(waiting, by=loop.lead, reason="Complaints from the shop.")
    work()

    waiting.refresh_from_db()
    loop.model.refresh_from_db()
    assert waiting.state == Promotion.State.UNDONE
    assert loop.model.champion == loop.world.alias(loop.model) == "1"
    assert loop.world.serving() == ["1"]
    assert dead_letters() == []


def test_a_challenger_that_is_not_better_is_recorded_and_not_proposed(
    loop: Loop,
) -> None:
    loop.world.says = challenger_is_worse
    make_gate(loop.project, "enough_gold", rows=50, usable_test=10)
    better = make_gate(loop.project, "challenger_better")
    review(loop)

    settle(loop)
    work()

    training = Training.objects.get(snapshot__isnull=False)
    check = better.checks.get()
    assert training.state == Training.State.DONE
    assert check.verdict == GateCheck.Verdict.SHUT
    assert "not proven" in training.outcome
    assert not Promotion.objects.filter(kind="promote").exists()
    assert loop.world.alias(loop.model) == "1"


def test_a_training_gets_the_train_side_and_never_the_test_side(loop: Loop) -> None:
    review(loop, 20, 20)

    retraining.start(loop.project, by=loop.lead)
    work()

    training = Training.objects.get(snapshot__isnull=False)
    spec = loop.world.compute.specs[training.job_name]
    frozen = Snapshot.objects.get()
    assert set(spec.channels) == {"train", "base"}
    rows = rows_of(spec.channels["train"])
    assert len(rows) == frozen.train < Gold.objects.count()
    assert {row["side"] for row in rows} == {"train"}
    assert {"input", "answer", "label", "weight", "group"} <= rows[0].keys()
