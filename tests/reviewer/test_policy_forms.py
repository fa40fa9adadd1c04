"""What a form says and what the text says is the same policy, forth and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import policy_forms
from reviewer.policies import read_policy

WHOLE: dict[str, Any] = {
    "audit": 0.02,
    "rules": [
        {"name": "Unsure", "when": {"confidence_below": 0.8}},
        {
            "name": "Unsure of spam",
            "when": {"label": ["spam"], "confidence_below": 0.97},
        },
        {
            "name": "Band",
            "when": {"confidence_between": [0.9, 0.95], "label": ["ham", "spam"]},
            "sample": 0.3,
        },
        {"name": "VIP", "when": {"metadata": {"tier": ["gold", 1], "flag": True}}},
        {"name": "Close", "when": {"margin_below": 0.2, "entropy_above": 1}},
        {"name": "All", "when": {}, "sample": 0.05},
    ],
    "blind": {"review": 0.2, "audit": 1},
    "model": {"name": "digits", "version": "3"},
    "promise": {"wrong": 0.01, "sure": 0.95, "by_label": True},
}


def posted(fields: policy_forms.Fields) -> dict[str, str]:
    """As the browser sends it."""
    told = asdict(fields)
    found = {
        key: "1" if value is True else str(value or "")
        for key, value in told.items()
        if key not in ("rules", "labels")
    }
    for rule in told["rules"]:
        at = rule.pop("at")
        found |= {f"rule-{at}-{key}": value for key, value in rule.items()}
    for row in told["labels"]:
        at = row["at"]
        found[f"rule-{at}-label_only"] = row["label"]
        found[f"rule-{at}-name"] = row["name"]
        found[f"rule-{at}-confidence_below"] = row["confidence_below"]
    return found


def there_and_back(rules: dict[str, Any], *labels: str) -> dict[str, Any]:
    return policy_forms.read(posted(policy_forms.write(rules, labels)))


def test_a_policy_with_everything_comes_back_as_it_was() -> None:
    assert there_and_back(WHOLE, "ham", "spam") == WHOLE
    budget = {"audit": 0.01, "budget": {"reviews_a_day": 300}}
    assert there_and_back(budget) == budget


RATE = st.sampled_from((0.01, 0.25, 0.5, 1))
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "confidence_below": RATE,
        "margin_below": RATE,
        "label": st.lists(st.sampled_from(("ham", "spam")), min_size=1, unique=True),
        "metadata": st.dictionaries(
            st.sampled_from(("a", "b c")),
            st.sampled_from((1, True, "yes", "1", 2.5)),
            min_size=1,
        ),
    },
)


@given(st.lists(WHEN, max_size=5), st.sampled_from(((), ("ham",), ("ham", "spam"))))
def test_rules_come_back_in_their_order(
    whens: list[dict[str, Any]], labels: tuple[str, ...]
) -> None:
    rules = [{"name": f"r{at}", "when": when} for at, when in enumerate(whens)]
    written = {"audit": 0.02, "rules": rules} if rules else {"audit": 0.02}
    read_policy(written)
    # two rules about one label: the second is a rule of its own
    assert read_policy(there_and_back(written, *labels)) == read_policy(written)


def test_a_threshold_for_a_label_becomes_a_rule() -> None:
    fields = posted(policy_forms.write({"audit": 0.02}, ["cat", "dog"]))
    row = next(key for key, value in fields.items() if value == "dog")
    fields[row.replace("label_only", "confidence_below")] = "0.9"

    assert policy_forms.read(fields)["rules"] == [
        {"name": "Unsure of dog", "when": {"label": ["dog"], "confidence_below": 0.9}}
    ]


def test_a_rule_is_removed_and_the_empty_one_is_none() -> None:
    fields = posted(policy_forms.write(WHOLE, []))
    fields["rule-0-remove"] = "1"

    names = [each["name"] for each in policy_forms.read(fields)["rules"]]

    assert names == ["Unsure of spam", "Band", "VIP", "Close", "All"]


@pytest.mark.parametrize(
    ("name", "typed", "path"),
    [
        ("audit", "much", "audit"),
        ("rule-0-confidence_below", "1.7", "rules[0].when.confidence_below"),
        ("rule-2-high", "", "rules[2].when.confidence_between[1]"),
        ("rule-3-metadata", "tier: [", "rules[3].when.metadata"),
        ("rule-4-name", "", "rules[4].name"),
        ("reviews_a_day", "1.5", "budget"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(name: str, typed: str, path: str) -> None:
    fields = {**posted(policy_forms.write(WHOLE, ["spam"])), name: typed}

    with pytest.raises(ValueError, match=r".") as told:
        read_policy(policy_forms.read(fields))

    assert getattr(told.value, "path", "") == path


def test_a_decimal_comma_is_understood() -> None:
    fields = {**posted(policy_forms.write({}, [])), "audit": "0,05"}

    assert policy_forms.read(fields) == {"audit": 0.05}
