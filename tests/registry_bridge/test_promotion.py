"""Who may decide on a promotion, and when nobody may."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.models import AuditEntry
from projects.refused import DoesNotFit
from registry_bridge import approving, promotion, retraining, rolling_back
from registry_bridge.models import Promotion, Training
from tests.registry_bridge.makers import (
    Loop,
    World,
    make_gate,
    make_loop,
    review,
    work,
)

State = Promotion.State


@pytest.fixture
def challenged(loop: Loop) -> Loop:
    """Version 2 was trained and compared; nobody has proposed it."""
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    return loop


def propose(loop: Loop, version: str = "2") -> Promotion:
    return promotion.propose(
        loop.project, version, by=loop.lead, reason="It knows dogs."
    )


def test_nobody_approves_their_own_proposal(challenged: Loop) -> None:
    proposed = propose(challenged)

    with pytest.raises(approving.OwnProposal):
        promotion.approve(proposed, by=challenged.lead, reason="I like it.")

    proposed.refresh_from_db()
    assert proposed.state == State.PROPOSED


def test_another_lead_approves_and_the_audit_says_who_and_why(challenged: Loop) -> None:
    proposed = propose(challenged)

    promotion.approve(proposed, by=challenged.other_lead, reason="Agreed.")

    entry = AuditEntry.objects.get(action="promotion approved", reason="Agreed.")
    assert entry.actor == challenged.other_lead
    assert entry.subject == f"promotion {proposed.pk}"


def test_a_decision_needs_a_reason(challenged: Loop) -> None:
    proposed = propose(challenged)

    with pytest.raises(DoesNotFit) as refused:
        promotion.approve(proposed, by=challenged.other_lead, reason="  ")

    assert refused.value.errors[0]["field"] == "reason"


def test_a_refused_promotion_changes_nothing_outside(challenged: Loop) -> None:
    proposed = propose(challenged)

    promotion.refuse(proposed, by=challenged.other_lead, reason="Too few dogs.")
    work()

    proposed.refresh_from_db()
    assert proposed.state == State.REFUSED
    assert challenged.world.alias(challenged.model) == "1"
    assert challenged.world.serving() == ["1"]


def test_a_promotion_is_decided_once(challenged: Loop) -> None:
    proposed = propose(challenged)
    promotion.refuse(proposed, by=challenged.other_lead, reason="Not yet.")

    with pytest.raises(promotion.AlreadyDecided):
        promotion.approve(proposed, by=challenged.other_lead, reason="After all.")


def test_one_promotion_waits_at_a_time(challenged: Loop) -> None:
    propose(challenged)

    with pytest.raises(promotion.OneAtATime):
        propose(challenged)


def test_an_approval_is_out_of_date_once_another_version_is_in_use(
    challenged: Loop,
) -> None:
    proposed = propose(challenged)
    challenged.model.champion = challenged.model.alias_seen = "7"
    challenged.model.save(update_fields=["champion", "alias_seen"])

    with pytest.raises(promotion.OutOfDate):
        promotion.approve(proposed, by=challenged.other_lead, reason="Fine.")

    proposed.refresh_from_db()
    assert proposed.state == State.PROPOSED


def test_nothing_is_approved_while_the_alias_was_moved_by_others(
    challenged: Loop,
) -> None:
    proposed = propose(challenged)
    challenged.model.alias_seen = "9"
    challenged.model.save(update_fields=["alias_seen"])

    with pytest.raises(promotion.OutOfDate, match="somebody moved it"):
        promotion.approve(proposed, by=challenged.other_lead, reason="Fine.")


def test_the_evidence_of_a_proposal_stays_as_it_was(challenged: Loop) -> None:
    proposed = propose(challenged)
    before = proposed.evidence

    Training.objects.filter(version="2").update(evidence={"changed": True})

    proposed.refresh_from_db()
    assert before["comparison"]["n"] > 0
    assert proposed.evidence == before


def test_only_versions_of_a_training_can_be_proposed(challenged: Loop) -> None:
    with pytest.raises(promotion.UnknownVersion):
        propose(challenged, "77")


def test_a_version_in_use_cannot_be_replaced_without_a_second_person(
    challenged: Loop,
) -> None:
    with pytest.raises(promotion.OutOfDate, match="somebody else can approve"):
        promotion.install(
            challenged.project, "2", by=challenged.lead, reason="I am in a hurry."
        )


def test_a_roll_back_needs_one_person_and_closes_what_waits(challenged: Loop) -> None:
    first = propose(challenged)
    promotion.approve(first, by=challenged.other_lead, reason="Better.")
    work()
    review(challenged, 5, 5)
    retraining.start(challenged.project, by=challenged.lead)
    work()
    waiting = propose(challenged, "3")

    first.refresh_from_db()
    rolling_back.by_person(first, by=challenged.lead, reason="Wrong on Mondays.")
    work()

    waiting.refresh_from_db()
    challenged.model.refresh_from_db()
    assert waiting.state == State.REFUSED
    assert challenged.model.champion == "1"


def test_what_is_not_in_use_cannot_be_rolled_back(challenged: Loop) -> None:
    first = Promotion.objects.get(kind="install")

    with pytest.raises(rolling_back.NotInUse):
        rolling_back.by_person(first, by=challenged.lead, reason="Away with it.")


def test_a_promotion_that_was_rolled_back_is_not_rolled_back_twice(
    challenged: Loop,
) -> None:
    first = propose(challenged)
    promotion.approve(first, by=challenged.other_lead, reason="Better.")
    work()
    first.refresh_from_db()
    rolling_back.by_person(first, by=challenged.lead, reason="Wrong.")
    work()

    first.refresh_from_db()
    with pytest.raises(rolling_back.NotInUse):
        rolling_back.by_person(first, by=challenged.lead, reason="Again.")


def test_a_gate_proposes_nothing_while_another_promotion_waits(loop: Loop) -> None:
    make_gate(loop.project, "challenger_better")
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    review(loop, 10, 10)

    retraining.start(loop.project, by=loop.lead)
    work()

    assert Promotion.objects.filter(kind="promote").count() == 1
    assert Training.objects.filter(state="done").count() == 3


def test_the_first_model_waits_for_a_person_who_may_have_asked_for_it(
    world: World, tmp_path: Path, db: None
) -> None:
    loop = make_loop(world, tmp_path / "base", champion=False)
    retraining.first_model(loop.project, by=loop.lead)
    work()
    first = Promotion.objects.get()
    before = (first.state, world.alias(loop.model))

    promotion.approve(first, by=loop.lead, reason="The only one.")
    work()

    loop.model.refresh_from_db()
    assert before == (State.PROPOSED, None)
    assert world.alias(loop.model) == loop.model.champion == "1"
