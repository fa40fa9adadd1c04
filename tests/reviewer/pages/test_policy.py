"""The policy page: what it does in words, and new versions that are checked and kept."""

from __future__ import annotations

import re
from typing import Any

import pytest

from projects.models import AuditEntry
from reviewer.models import Policy
from tests import makers
from tests.reviewer.pages.makers import Team

RULES = """\
audit: 0.05
rules:
  - name: Unsure
    when: {confidence_below: 0.7}
"""


def save(team: Team, rules: str, role: str = "lead", **fields: Any) -> Any:
    data = {"rules": rules, "reason": "More audits", "based_on": "0", **fields}
    return team.as_(role).post(team.url("policy/"), data, follow=True)


def read(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_saved_policy_is_the_active_one_with_name_and_reason(team: Team) -> None:
    response = save(team, RULES)

    policy = Policy.objects.get(active=True)
    assert (policy.version, policy.created_by) == (1, team.lead)
    assert "the confidence is below 0.7, or unknown" in read(response)
    entry = AuditEntry.objects.get(action="policy changed")
    assert (entry.actor, entry.reason) == (team.lead, "More audits")


def test_a_new_version_keeps_the_secret_salt_and_no_page_shows_it(team: Team) -> None:
    first = makers.make_policy(team.project, audit=0.02)

    response = save(team, RULES, based_on="1")

    second = Policy.objects.get(active=True)
    assert second.version == 2
    assert bytes(second.salt) == bytes(first.salt)
    assert bytes(first.salt).decode() not in response.content.decode()
    assert bytes(first.salt).hex() not in response.content.decode()


def test_a_wrong_value_is_named_by_its_key_and_what_was_typed_stays(
    team: Team,
) -> None:
    response = save(team, RULES.replace("0.7", "1.7"))

    page = read(response)
    assert response.status_code == 422
    assert "rules[0].when.confidence_below" in page
    assert "must be from 0 to 1, not 1.7" in page
    assert "confidence_below: 1.7" in page
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("rules: [", "line 1"),
        ("audit: 0", "must be from 0.005 to 1"),
        ("- audit", "must be a map"),
        ("unknown: 1", "is not known"),
        ("audit: 2001-99-99", "is not YAML"),
        ("[" * 5_000, "is not YAML"),
        ('rules: [{name: A, when: {metadata: {a: "\\0"}}}]', "U+0000"),
        ("rules: [{name: A, when: {metadata: {a: .nan}}}]", "must not hold .nan"),
        ("a: !!python/object:os.system {}", "is not YAML"),
    ],
)
def test_text_that_is_no_policy_is_told_where_and_why(
    team: Team, rules: str, said: str
) -> None:
    response = save(team, rules)

    assert response.status_code == 422
    assert said in read(response)
    assert not Policy.objects.exists()


def test_a_policy_that_somebody_changed_meanwhile_is_not_written_over(
    team: Team,
) -> None:
    makers.make_policy(team.project, audit=0.02)
    makers.make_policy(team.project, audit=0.03)

    response = save(team, RULES, based_on="1")

    assert response.status_code == 409
    assert "Version 2 came while you edited version 1" in read(response)
    assert Policy.objects.get(active=True).version == 2


def test_a_version_needs_a_reason(team: Team) -> None:
    response = save(team, RULES, reason="  ")

    assert response.status_code == 422
    assert not Policy.objects.exists()


def test_an_adjudicator_changes_no_policy(team: Team) -> None:
    assert save(team, RULES, role="adjudicator").status_code == 403
    assert not Policy.objects.exists()
