"""The policy page and its editor: what it does in words, and new versions, checked and kept."""

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
    data = {
        "how": "text",
        "text": rules,
        "step": "save",
        "reason": "More audits",
        "based_on": "0",
        **fields,
    }
    return team.as_(role).post(team.url("policy/edit/"), data, follow=True)


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
    assert "Line 4: <code>rules[0].when.confidence_below</code>" in page
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
        ("audit: 2001-99-99", "must be a number"),
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

    page = read(response)
    assert response.status_code == 409
    assert "Version 2 came while you edited version 1" in page
    # what they changed, and what was typed; saving again is knowing both
    assert "What they changed" in page
    assert "confidence_below: 0.7" in page
    assert 'name="based_on" value="2"' in page
    assert Policy.objects.get(active=True).version == 2


def test_a_version_needs_a_reason(team: Team) -> None:
    response = save(team, RULES, reason="  ")

    assert response.status_code == 422
    assert not Policy.objects.exists()


def test_an_adjudicator_changes_no_policy(team: Team) -> None:
    assert save(team, RULES, role="adjudicator").status_code == 403
    assert not Policy.objects.exists()


def test_the_form_says_what_the_text_says_and_saves_it(team: Team) -> None:
    makers.make_policy(team.project, audit=0.02)
    fields = {
        "how": "form",
        "audit": "0.05",
        "rule-0-name": "Unsure",
        "rule-0-confidence_below": "0.7",
        "rule-1-label_only": "dog",
        "rule-1-name": "Unsure of dog",
        "rule-1-confidence_below": "0.9",
    }

    save(team, "this text does not count", based_on="1", **fields)

    policy = Policy.objects.get(active=True)
    assert policy.in_browser
    assert policy.rules == {
        "audit": 0.05,
        "rules": [
            {"name": "Unsure", "when": {"confidence_below": 0.7}},
            {
                "name": "Unsure of dog",
                "when": {"label": ["dog"], "confidence_below": 0.9},
            },
        ],
    }


def test_a_form_with_a_mistake_keeps_what_was_typed(team: Team) -> None:
    makers.make_policy(team.project, audit=0.02)

    response = save(team, "", based_on="1", how="form", audit="much")

    page = read(response)
    assert response.status_code == 422
    assert "<code>audit</code>: must be a number" in page
    assert 'name="audit" value="much"' in page


def test_a_preview_keeps_nothing_and_shows_what_differs(team: Team) -> None:
    makers.make_policy(team.project, audit=0.02)

    page = read(save(team, RULES, step="preview", based_on="1"))

    assert "What differs from version 1" in page
    assert "There are no predictions yet to replay it on" in page
    assert 'name="rule-0-confidence_below" value="0.7"' in page
    assert Policy.objects.count() == 1


def test_an_earlier_version_comes_back_as_a_new_one_with_a_reason(team: Team) -> None:
    first = makers.make_policy(team.project, audit=0.02)
    makers.make_policy(team.project, audit=0.03)
    lead = team.as_("lead")
    back = team.url(f"policy/versions/{first.pk}/back/")

    lead.post(back, {"based_on": "2", "reason": " "})
    assert Policy.objects.count() == 2
    stale = read(lead.post(back, {"based_on": "1", "reason": "x"}, follow=True))
    assert "Version 2 came while you edited version 1" in stale
    page = read(lead.post(back, {"based_on": "2", "reason": "Too many"}, follow=True))

    policy = Policy.objects.get(active=True)
    assert (policy.version, policy.rules) == (3, first.rules)
    assert (policy.created_by, policy.reason) == (team.lead, "Too many")
    assert "has the rules of version 1" in page
    # each version says what it changed
    assert "What it changed:" in page


def test_the_version_in_use_cannot_come_back(team: Team) -> None:
    policy = makers.make_policy(team.project, audit=0.02)

    answer = team.as_("lead").post(
        team.url(f"policy/versions/{policy.pk}/back/"),
        {"based_on": "1", "reason": "x"},
        follow=True,
    )

    assert "in use already" in read(answer)
    assert Policy.objects.count() == 1


DEEP = "[" * 400 + "]" * 400
KEYS = ", ".join(f"k{at}: x" for at in range(21))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a {audit: 0.05}\n<<: *a", "aliases"),
        ("a1: &a {}\nb: &b {<<: [*a, *a]}\n<<: [*b, *b]", "aliases"),
        (f"rules: [{{name: x, when: {{metadata: {{{KEYS}}}}}}}]", "at most 20 keys"),
        (f"rules: [{{name: x, when: {{entropy_above: 1{'0' * 400}}}}}]", "a number"),
        ('rules: [{name: x, when: {metadata: {a: "\\uD800"}}}]', "surrogate"),
        (f"rules: {DEEP}", "policy"),
    ],
)
def test_what_no_machine_can_hold_is_refused_in_words(
    team: Team, text: str, said: str
) -> None:
    response = save(team, text)

    assert response.status_code == 422
    assert said in read(response)
    assert not Policy.objects.filter(created_by=team.lead).exists()
