"""The policy page with a promise or a budget: accessible, and not wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from tests import makers
from tests.browser.test_looks import LOOKS, violations
from tests.reviewer.pages import test_budget, test_promise
from tests.reviewer.pages.makers import Team, make_team

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]


def promised() -> Team:
    """A threshold that was suspended, and evidence that begins anew."""
    team = make_team()
    policy = makers.make_policy(team.project, **test_promise.RULES)
    first = test_promise.a_process(policy, right=2_000, ended_at=timezone.now())
    test_promise.a_fit(first, policy)
    test_promise.a_fit(first, policy, "suspended")
    test_promise.a_process(policy, right=50, overdue=2)
    return team


def held() -> Team:
    team = make_team()
    policy = makers.make_policy(team.project, **test_promise.RULES)
    test_promise.a_fit(test_promise.a_process(policy, right=2_000), policy)
    return team


def budgeted() -> Team:
    team = make_team()
    policy = makers.make_policy(team.project, **test_budget.RULES)
    test_budget.a_plan(policy, answers=20)
    test_budget.drawn(team, 3)
    return team


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("made", "heading"),
    [
        (promised, "What it promises"),
        (held, "What it promises"),
        (budgeted, "Its budget"),
    ],
    ids=["suspended", "held", "budget"],
)
def test_what_a_policy_keeps_is_accessible_and_fits(
    signed_in: SignedIn, made: Callable[[], Team], heading: str, look: dict[str, Any]
) -> None:
    team = made()
    page = signed_in(team.lead, **look).new_page()

    page.goto(team.url("policy/"))

    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
