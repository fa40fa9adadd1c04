"""Whose yes a challenger needs: a rule of the project, kept by the database too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from projects.models import AuditEntry, Membership, Role, User
from projects.refused import DoesNotFit, Refused
from registry_bridge import approving, promotion, promotion_rules, retraining
from registry_bridge.models import Promotion, RegisteredModel
from tests import makers
from tests.registry_bridge.makers import Loop, review, work

State = Promotion.State
Rule = RegisteredModel.Approvals


@pytest.fixture
def proposed(loop: Loop) -> Promotion:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    return promotion.propose(loop.project, "2", by=loop.lead, reason="It knows dogs.")


def set_rule(loop: Loop, rule: str) -> None:
    owner = makers.make_member(loop.project, Role.OWNER)
    wanted = {"approvals": rule}
    promotion_rules.change(loop.project, wanted, by=owner, reason="Our policy.")


def approve(found: Promotion, by: User) -> Promotion:
    return promotion.approve(found, by=by, reason="Agreed.")


def test_one_person_may_propose_and_approve_where_the_rule_says_so(
    loop: Loop, proposed: Promotion
) -> None:
    set_rule(loop, Rule.ONE_PERSON)

    approve(proposed, loop.lead)
    work()

    proposed.refresh_from_db()
    assert (proposed.state, proposed.rule) == (State.DONE, "one_person")
    assert proposed.decided_by == proposed.proposed_by == loop.lead


def test_two_approvers_are_two_leads_besides_the_proposer(
    loop: Loop, proposed: Promotion
) -> None:
    set_rule(loop, Rule.TWO_APPROVERS)
    third = makers.make_member(loop.project, Role.LEAD)

    with pytest.raises(approving.OwnProposal):
        approve(proposed, loop.lead)
    after_one = approve(proposed, loop.other_lead).state
    with pytest.raises(approving.ApprovedBefore):
        approve(proposed, loop.other_lead)
    after_two = approve(proposed, third)

    assert after_one == State.PROPOSED
    assert (after_two.state, after_two.decided_by) == (State.APPROVED, third)
    assert [each.by for each in after_two.approvals.order_by("pk")] == [
        loop.other_lead,
        third,
    ]
    told = AuditEntry.objects.filter(reason="Agreed.").order_by("pk")
    assert [entry.action for entry in told] == [
        "promotion approved by one of two",
        "promotion approved",
    ]


@pytest.mark.parametrize("gone", [{"ended_at": timezone.now()}, {"role": "reviewer"}])
def test_the_yes_of_who_may_decide_no_more_does_not_count(
    loop: Loop, proposed: Promotion, gone: dict[str, Any]
) -> None:
    set_rule(loop, Rule.TWO_APPROVERS)
    third, fourth = (makers.make_member(loop.project, Role.LEAD) for _ in range(2))
    approve(proposed, loop.other_lead)
    Membership.objects.filter(user=loop.other_lead).update(**gone)

    after_two = approve(proposed, third).state
    after_three = approve(proposed, fourth).state

    assert (after_two, after_three) == (State.PROPOSED, State.APPROVED)


def test_a_rule_that_changed_holds_for_what_waits(
    loop: Loop, proposed: Promotion
) -> None:
    set_rule(loop, Rule.TWO_APPROVERS)
    approve(proposed, loop.other_lead)
    set_rule(loop, Rule.TWO_PERSONS)

    decided = approve(proposed, loop.other_lead)

    assert (decided.state, decided.rule) == (State.APPROVED, "two_persons")


def test_other_rules_are_audited_with_who_and_why(loop: Loop) -> None:
    set_rule(loop, Rule.TWO_APPROVERS)

    entry = AuditEntry.objects.get(action="promotion rules changed")
    assert entry.before == {"approvals": "two_persons"}
    assert entry.after == {"approvals": "two_approvers"}
    assert entry.reason == "Our policy."


@pytest.mark.parametrize(
    "wanted",
    [{"approvals": "nobody"}, {"canary_percent": 51}, {"canary_calls": 0}, {"x": 1}],
)
def test_a_rule_that_cannot_be_is_refused(
    loop: Loop, wanted: dict[str, object]
) -> None:
    with pytest.raises(DoesNotFit) as refused:
        promotion_rules.change(loop.project, wanted, by=loop.lead, reason="Why not.")

    assert [each["field"] for each in refused.value.errors] == [*wanted]


Write = Callable[[Loop, Promotion], object]


def without_anybody(loop: Loop, found: Promotion) -> object:
    now = timezone.now()
    rows = Promotion.objects.filter(pk=found.pk)
    return rows.update(
        state="approved",
        decided_by=loop.other_lead,
        decided_at=now,
        reason="x",
        rule="two_persons",
    )


def with_the_own_yes(loop: Loop, found: Promotion) -> object:
    found.approvals.create(by=loop.lead, reason="Mine.")
    return without_anybody(loop, found)


def under_another_rule(loop: Loop, found: Promotion) -> object:
    found.approvals.create(by=loop.other_lead, reason="Agreed.")
    rows = Promotion.objects.filter(pk=found.pk)
    return rows.update(
        state="done",
        decided_by=loop.other_lead,
        decided_at=timezone.now(),
        reason="x",
        rule="one_person",
    )


@pytest.mark.parametrize(
    "write", [without_anybody, with_the_own_yes, under_another_rule]
)
def test_the_database_takes_no_approval_that_the_rule_does_not(
    loop: Loop, proposed: Promotion, write: Write
) -> None:
    with (
        pytest.raises(IntegrityError, match="lacks approvals"),
        transaction.atomic(),
    ):
        write(loop, proposed)

    proposed.refresh_from_db()
    assert proposed.state == State.PROPOSED


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_at_once_one_decides_and_the_other_is_told(
    loop: Loop, proposed: Promotion
) -> None:
    third = makers.make_member(loop.project, Role.LEAD)
    start, told = threading.Barrier(2), list[str]()

    def decide(act: Callable[..., Promotion], by: User) -> None:
        start.wait(10)
        try:
            told.append(act(proposed, by=by, reason="Now.").state)
        except Refused as refused:
            told.append(f"{refused.title}: {refused.detail}")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=args)
        for args in (
            (promotion.approve, loop.other_lead),
            (promotion.refuse, third),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    proposed.refresh_from_db()
    assert proposed.state in told
    assert sum("decided before" in each for each in told) == 1
    assert any("Load the page again" in each for each in told)
