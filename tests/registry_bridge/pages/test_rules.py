"""The page of rules: who must agree, the canary, the watch; owners change them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from projects.models import AuditEntry, Role
from tests import makers
from tests.registry_bridge.makers import Loop

RULES = {
    "approvals": "two_approvers",
    "canary_percent": "20",
    "canary_calls": "50",
    "canary_minutes": "3",
    "watch_days": "7",
    "watch_margin": "1.5",
    "roll_back": "by_itself",
    "reason": "As the board decided",
}


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def url(loop: Loop, tail: str = "") -> str:
    return f"/p/{loop.project.slug}/promotions/rules/{tail}"


def test_an_owner_changes_the_rules_and_the_page_says_whose_they_are(
    loop: Loop,
) -> None:
    owner = makers.make_member(loop.project, Role.OWNER)
    client = makers.sign_in(owner)

    page = read(client.post(url(loop, "change/"), RULES, follow=True))

    loop.model.refresh_from_db()
    assert "These rules hold from now on" in page
    assert f"Set by {owner}" in page
    assert loop.model.approvals == "two_approvers"
    assert (loop.model.canary_percent, loop.model.watch_margin) == (20, 0.015)
    assert loop.model.roll_back_set_by == owner
    entry = AuditEntry.objects.get(action="promotion rules changed")
    assert (entry.actor, entry.reason) == (owner, "As the board decided")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("reason", " ", "Say why"),
        ("approvals", "anybody", "must be one of"),
        ("canary_percent", "60", "from 0 to 50"),
        ("watch_margin", "many", "a number of percent"),
        ("watch_margin", "nan", "must be a share"),
        ("watch_margin", "26", "must be a share"),
    ],
)
def test_what_cannot_be_a_rule_is_told_and_nothing_changes(
    loop: Loop, field: str, value: str, said: str
) -> None:
    client = makers.sign_in(makers.make_member(loop.project, Role.OWNER))
    before = loop.model.approvals

    page = read(client.post(url(loop, "change/"), {**RULES, field: value}, follow=True))

    loop.model.refresh_from_db()
    assert said in page
    assert loop.model.approvals == before


def test_a_lead_reads_the_rules_and_changes_none(loop: Loop) -> None:
    client = makers.sign_in(loop.lead)

    page = read(client.get(url(loop)))
    tried = client.post(url(loop, "change/"), RULES)

    assert "Only an owner of the project changes these rules" in page
    assert tried.status_code == 403


def test_an_old_tab_does_not_undo_what_somebody_else_set(loop: Loop) -> None:
    one, two = (makers.make_member(loop.project, Role.OWNER) for _ in range(2))
    old = makers.sign_in(two).get(url(loop)).content.decode()
    shown = re.findall(r'name="based_on" value="(\w+)"', old)[0]
    makers.sign_in(one).post(url(loop, "change/"), RULES)

    late = {**RULES, "approvals": "two_persons", "based_on": shown}
    page = read(makers.sign_in(two).post(url(loop, "change/"), late, follow=True))

    loop.model.refresh_from_db()
    assert "Load the page again" in page
    assert loop.model.approvals == "two_approvers"
    assert loop.model.roll_back_set_by == one
