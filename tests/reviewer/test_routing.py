"""Policies decide with a stored, known probability, and say why."""

from __future__ import annotations

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.batch_routing import decide_many
from reviewer.cuts import Cut
from reviewer.known import Known, Plan
from reviewer.routing import (
    CAUTIOUS_FLOOR,
    Decision,
    Facts,
    Policy,
    PolicyError,
    decide,
    entropy,
    margin,
    place,
    rank,
    read_policy,
)
from reviewer.stats import chance
from reviewer.stats.chance import BINS
from reviewer.stats.sampling import LEVELS

SALT = b"a secret of this endpoint"
POLICY = read_policy(
    {
        "audit": 0.02,
        "rules": [
            {"name": "Unsure", "when": {"confidence_below": 0.9}},
            {"name": "Close call", "when": {"margin_below": 0.2}, "sample": 0.5},
            {
                "name": "Spam is costly",
                "when": {"label": ["spam"], "confidence_below": 0.97},
            },
            {
                "name": "Band",
                "when": {"confidence_between": [0.9, 0.95]},
                "sample": 0.3,
            },
            {"name": "VIP", "when": {"metadata": {"tier": ["gold", "black"]}}},
        ],
        "blind": {"review": 0.2, "audit": 1.0},
    }
)


def facts(
    inference_id: str = "1", confidence: float | None = 0.99, **more: object
) -> Facts:
    known = {"label": "ham", "metadata": {}, **more}
    return Facts(inference_id=inference_id, confidence=confidence, **known)  # type: ignore[arg-type]


def decided(**known: object) -> Decision:
    return decide(POLICY, facts(**known), SALT)  # type: ignore[arg-type]


def stream(count: int, **known: object) -> list[Decision]:
    many = [facts(inference_id=f"p-{at}", **known) for at in range(count)]  # type: ignore[arg-type]
    return decide_many(POLICY, many, SALT)


def test_a_doubtful_prediction_is_reviewed_and_the_reason_says_why() -> None:
    decision = decided(confidence=0.61)

    assert (decision.verdict, decision.pi, decision.rule) == ("review", 1.0, "Unsure")
    assert decision.reason == "“Unsure”: confidence 0.61 is below 0.90"


def test_a_value_just_under_the_limit_does_not_read_like_the_limit() -> None:
    assert "0.8999999 is below 0.90" in decided(confidence=0.8999999).reason


def test_the_rule_that_asks_for_most_decides() -> None:
    decision = decided(confidence=0.93, metadata={"tier": "gold"})

    assert decision.rule == "VIP"
    assert decision.reason == "“VIP”: tier is “gold”"


def test_all_conditions_of_a_rule_must_hold() -> None:
    spam, ham = decided(label="spam", confidence=0.96), decided(confidence=0.96)

    assert spam.rule == "Spam is costly"
    assert spam.reason.endswith("confidence 0.96 is below 0.97 and the label is “spam”")
    assert ham.rule is None


def test_a_band_has_its_own_chance_and_ends_before_its_upper_limit() -> None:
    assert (decided(confidence=0.9).pi, decided(confidence=0.9499).pi) == (0.3, 0.3)
    assert decided(confidence=0.95).pi == 0.02


def test_one_in_fifty_of_what_no_rule_asks_for_is_audited_blind() -> None:
    decisions = stream(20_000)

    audits = [decision for decision in decisions if decision.verdict == "audit"]
    assert len(audits) / len(decisions) == pytest.approx(0.02, abs=0.004)
    assert all(decision.blind for decision in audits)
    assert {d.reason for d in audits} == {"Drawn as an audit, 1 in 50"}
    assert all("not drawn" in d.reason for d in decisions if d.verdict == "accepted")


def test_one_review_in_five_hides_the_models_answer_whatever_its_place() -> None:
    decisions = stream(20_000, confidence=0.5)

    blind = [decision for decision in decisions if decision.blind]
    assert len(blind) / len(decisions) == pytest.approx(0.2, abs=0.01)
    # the blind draw is a draw of its own: u says nothing about it
    assert fmean(d.u for d in blind) == pytest.approx(0.5, abs=0.02)
    assert {d.b for d in decisions} == {0.2}


def test_the_same_request_always_gets_the_same_decision() -> None:
    assert decided(inference_id="x", confidence=0.93) == decided(
        inference_id="x", confidence=0.93
    )


def test_another_salt_draws_others() -> None:
    many = [facts(inference_id=f"p-{at}") for at in range(5_000)]

    ours = [d.verdict == "audit" for d in decide_many(POLICY, many, SALT)]
    theirs = [d.verdict == "audit" for d in decide_many(POLICY, many, b"another")]

    both = sum(a and b for a, b in zip(ours, theirs, strict=True))
    assert both < sum(ours) / 4


def test_what_is_not_known_counts_as_unsure() -> None:
    assert decided(confidence=None).reason == "“Unsure”: no confidence was sent"


def test_another_model_version_is_looked_at_ten_times_in_a_hundred() -> None:
    policy = read_policy({"model": {"name": "digits", "version": 3}})
    known, unknown = (
        decide(policy, facts(model_name="digits", model_version=version), SALT)
        for version in ("3", "4")
    )

    assert (known.pi, unknown.pi) == (0.01, 0.1)
    assert "made for digits 3, not for digits 4: at least 10 %" in unknown.reason
    assert decide(policy, facts(), SALT).pi == 0.1


def test_a_cautious_floor_above_ten_percent_is_kept() -> None:
    policy = read_policy({"audit": 0.25, "model": {"name": "digits", "version": "3"}})

    assert decide(policy, facts(), SALT).pi == 0.25


def test_metadata_true_is_not_the_number_one() -> None:
    policy = read_policy(
        {"rules": [{"name": "A", "when": {"metadata": {"flag": True}}}]}
    )

    assert decide(policy, facts(metadata={"flag": 1}), SALT).rule is None
    assert decide(policy, facts(metadata={"flag": True}), SALT).rule == "A"


def test_entropy_above_asks_for_predictions_spread_over_many_labels() -> None:
    policy = read_policy({"rules": [{"name": "Torn", "when": {"entropy_above": 1.0}}]})
    flat = dict.fromkeys("abcd", 0.25)

    torn = decide(policy, facts(probabilities=flat), SALT)
    sure = decide(policy, facts(probabilities={"a": 0.97, "b": 0.03}), SALT)

    assert torn.reason == "“Torn”: entropy 1.39 is above 1"
    assert sure.rule is None
    assert entropy(facts(probabilities=flat)) == pytest.approx(math.log(4))


def test_the_margin_is_between_the_two_most_probable_labels() -> None:
    assert margin(facts(probabilities={"a": 0.2, "b": 0.5, "c": 0.3})) == pytest.approx(
        0.2
    )
    assert margin(facts(probabilities={"a": 1.0})) == 1.0


def test_without_probabilities_the_margin_is_the_least_it_can_be() -> None:
    assert margin(facts(confidence=0.7)) == pytest.approx(0.4)
    assert margin(facts(confidence=0.3)) == 0
    assert margin(facts(confidence=None)) == 0


CONFIDENCE = st.none() | st.floats(0, 1)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1)


@given(NAMES, CONFIDENCE, st.sampled_from(["ham", "spam", None]))
def test_every_decision_has_a_level_a_draw_and_a_reason(
    name: str, confidence: float | None, label: str | None
) -> None:
    decision = decided(inference_id=name, confidence=confidence, label=label)

    assert decision.pi in LEVELS
    assert decision.pi >= 0.02
    assert 0 <= decision.u < 1
    assert decision.drawn == (decision.verdict != "accepted")
    assert (decision.verdict == "review") == (decision.pi == 1)
    assert decision.reason


@given(
    st.floats(0, 1, exclude_max=True), st.sampled_from(LEVELS), st.integers(-100, 99)
)
def test_a_higher_priority_always_comes_first(
    share: float, pi: float, priority: int
) -> None:
    last_of_higher = place(rank(share * pi, pi), priority + 1)
    first_of_lower = place(rank(0.0, 1.0), priority)

    assert last_of_higher < first_of_lower


def test_inside_a_priority_items_are_worked_in_the_order_of_u_over_pi() -> None:
    early, late = rank(0.001, 0.02), rank(0.3, 1.0)

    assert place(early, 100) < place(late, 100)
    assert place(rank(0.5, 1.0), 100) < place(rank(0.5 + 1e-12, 1.0), 100)


def test_a_queue_in_margin_order_puts_close_calls_first() -> None:
    close, clear = rank(0.9, 1.0, "margin", 0.05), rank(0.1, 1.0, "margin", 1.0)

    assert place(close) < place(clear) < place(close, -1)


def test_a_priority_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="-100 to 100"):
        place(0.1, 101)


def test_an_empty_policy_audits_one_in_a_hundred() -> None:
    policy = read_policy({})

    assert (policy.audit, policy.blind_review, policy.blind_audit) == (0.01, 0.2, 1.0)


def rule(**keys: object) -> dict[str, object]:
    return {"rules": [{"name": "A", "when": {}, **keys}]}


@pytest.mark.parametrize(
    ("data", "path", "says"),
    [
        (None, "", "map"),
        ({"audits": 0.1}, "audits", "audit, rules, blind, model"),
        ({"audit": 0}, "audit", "from 0.005 to 1"),
        ({"audit": "2 %"}, "audit", "number"),
        ({"audit": True}, "audit", "number"),
        ({"audit": float("nan")}, "audit", "0.005"),
        ({"rules": {}}, "rules", "list"),
        ({"rules": ["x"]}, "rules[0]", "map"),
        (rule(name=""), "rules[0].name", "text"),
        (rule(name="a\nb"), "rules[0].name", "printable"),
        ({"rules": [{"name": "A"}]}, "rules[0].when", "{} for always"),
        (rule(sample=0), "rules[0].sample", "above 0"),
        (rule(sample=1.5), "rules[0].sample", "from 0 to 1"),
        (rule(priority=3), "rules[0].priority", "name, when, sample"),
        (
            rule(when={"confidence": 0.9}),
            "rules[0].when.confidence",
            "confidence_below",
        ),
        (rule(when={"margin_below": 2}), "rules[0].when.margin_below", "from 0 to 1"),
        (rule(when={"entropy_above": -1}), "rules[0].when.entropy_above", "at least 0"),
        (
            rule(when={"confidence_between": [0.9, 0.5]}),
            "rules[0].when.confidence_between",
            "lower",
        ),
        (
            rule(when={"confidence_between": 0.5}),
            "rules[0].when.confidence_between",
            "[low, high]",
        ),
        (rule(when={"label": "spam"}), "rules[0].when.label", "list"),
        (rule(when={"label": [1]}), "rules[0].when.label[0]", "text"),
        (rule(when={"metadata": {}}), "rules[0].when.metadata", "map"),
        (
            rule(when={"metadata": {"tier": {"a": 1}}}),
            "rules[0].when.metadata.tier",
            "list",
        ),
        (
            {"rules": [{"name": "A", "when": {}}, {"name": "A", "when": {}}]},
            "rules[1].name",
            "rules[0]",
        ),
        ({"blind": {"review": 0.01}}, "blind.review", "from 0.05"),
        ({"blind": {"audit": 2}}, "blind.audit", "to 1"),
        ({"blind": {"reviews": 1}}, "blind.reviews", "review, audit"),
        ({"model": {"name": "digits"}}, "model.version", "text"),
        ({"model": {"version": "1"}}, "model.name", "text"),
    ],
)
def test_a_policy_that_cannot_be_used_names_the_key(
    data: object, path: str, says: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(data)

    assert refused.value.path == path
    assert says in refused.value.problem


KNOWN = st.builds(
    Facts,
    inference_id=st.text("abc123", min_size=1, max_size=8),
    label=st.sampled_from([None, "spam", "ham"]),
    confidence=st.none() | st.floats(0, 1),
    probabilities=st.none()
    | st.dictionaries(st.sampled_from(["spam", "ham", "eggs"]), st.floats(0, 1)),
    metadata=st.none()
    | st.dictionaries(st.sampled_from(["tier"]), st.sampled_from(["gold", "x", True])),
    model_name=st.sampled_from([None, "model"]),
    model_version=st.sampled_from(["1", "2"]),
)
MANY_RULES = read_policy(
    {
        "audit": 0.015,
        "model": {"name": "model", "version": "1"},
        "rules": [
            {"name": "a", "when": {"margin_below": 0.3}, "sample": 0.4},
            {"name": "b", "when": {"entropy_above": 0.5}, "sample": 0.4},
            {"name": "c", "when": {"confidence_between": [0.2, 0.6]}, "sample": 0.7},
            {"name": "d", "when": {"confidence_below": 0.1, "label": ["ham"]}},
            {"name": "e", "when": {"metadata": {"tier": ["gold"]}}, "sample": 0.015},
        ],
    }
)


@pytest.mark.parametrize("policy", [POLICY, MANY_RULES, read_policy({})])
@given(many=st.lists(KNOWN, max_size=20))
def test_a_batch_is_decided_as_its_predictions_are_one_by_one(
    policy: Policy, many: list[Facts]
) -> None:
    together = decide_many(policy, many, SALT)

    assert together == [decide(policy, each, SALT) for each in many]


PROMISE = read_policy(
    {
        "audit": 0.02,
        "rules": [
            {"name": "Spam", "when": {"label": ["spam"]}, "sample": 0.5},
            {"name": "VIP", "when": {"metadata": {"tier": "gold"}}},
        ],
        "promise": {"wrong": 0.01},
    }
)
BY_LABEL = read_policy({"promise": {"wrong": 0.05, "sure": 0.9, "by_label": True}})
CUTS = {
    ("model", "1", ""): Cut(0.93, fit=12),
    ("model", "1", "spam"): Cut(0.5, fit=3),
}
KNOWS = Known(cuts=CUTS)


def promised(**known: object) -> Decision:
    known = {"model_name": "model", "model_version": "1", **known}
    return decide(PROMISE, facts(**known), SALT, KNOWS)  # type: ignore[arg-type]


def test_what_reaches_the_threshold_is_accepted_but_for_the_floor() -> None:
    decision = promised(confidence=0.97)

    assert decision.pi == 0.02
    assert decision.reason.startswith(
        "“Promise”: confidence 0.97 is at or above 0.93, fit 12; "
    )
    assert promised(confidence=0.93).pi == 0.02


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.9299, "confidence 0.9299 is below 0.93, fit 12"),
        (None, "no confidence was sent, fit 12"),
    ],
)
def test_what_does_not_reach_the_threshold_is_reviewed(
    confidence: float | None, said: str
) -> None:
    decision = promised(confidence=confidence)

    assert (decision.verdict, decision.pi) == ("review", 1.0)
    assert decision.reason == f"“Promise”: {said}"


def test_a_rule_may_ask_for_more_than_the_promise_but_never_for_less() -> None:
    assert promised(confidence=0.97, label="spam").pi == 0.5
    assert promised(confidence=0.4, label="spam").pi == 1.0
    assert promised(confidence=0.97, metadata={"tier": "gold"}).rule == "VIP"


def test_before_its_first_fit_a_version_is_promised_nothing() -> None:
    decision = promised(confidence=0.99, model_version="2")

    assert decision.pi == CAUTIOUS_FLOOR
    assert (
        "the promise has no threshold for model 2 yet: at least 10 %" in decision.reason
    )


def test_a_promise_by_label_takes_the_threshold_of_the_label() -> None:
    def sent(label: str) -> Decision:
        one = facts(confidence=0.6, label=label, model_name="model", model_version="1")
        return decide(BY_LABEL, one, SALT, KNOWS)

    assert sent("spam").pi == 0.01
    assert sent("ham").pi == CAUTIOUS_FLOOR
    assert "model 1 and “ham” yet" in sent("ham").reason


@pytest.mark.parametrize("policy", [PROMISE, BY_LABEL])
@given(many=st.lists(KNOWN, max_size=20))
def test_a_batch_is_decided_one_by_one_where_a_promise_is_kept(
    policy: Policy, many: list[Facts]
) -> None:
    together = decide_many(policy, many, SALT, KNOWS)

    assert together == [decide(policy, each, SALT, KNOWS) for each in many]


@pytest.mark.parametrize(
    ("promise", "path"),
    [
        ({}, "promise.wrong"),
        ({"wrong": 0}, "promise.wrong"),
        ({"wrong": 0.01, "sure": 1}, "promise.sure"),
        ({"wrong": 0.01, "by_label": 1}, "promise.by_label"),
        ({"wrong": 0.01, "often": 1}, "promise.often"),
        ([], "promise"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_named_by_its_key(
    promise: object, path: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy({"promise": promise})

    assert refused.value.path == path


BUDGET = read_policy(
    {
        "audit": 0.02,
        "rules": [{"name": "Spam", "when": {"label": ["spam"]}}],
        "budget": {"reviews_a_day": 300},
    }
)
# Doubtful below one half, sure above.
PLANS = {("model", "1"): Plan((0.4,) * 1024 + (0.05,) * 1024, fit=4)}


def budgeted(*, spent: bool = False, **known: object) -> Decision:
    known = {"model_name": "model", "model_version": "1", **known}
    told = Known(plans=PLANS, spent=spent)
    return decide(BUDGET, facts(**known), SALT, told)  # type: ignore[arg-type]


def test_a_budget_looks_at_doubtful_predictions_as_its_plan_says() -> None:
    assert budgeted(confidence=0.3).pi == budgeted(confidence=None).pi == 0.4
    assert budgeted(confidence=0.9).pi == 0.05
    assert "“Budget”: confidence 0.90, plan 4;" in budgeted(confidence=0.9).reason
    assert budgeted(confidence=0.9, label="spam").pi == 1.0


def test_a_version_without_a_plan_is_looked_at_cautiously() -> None:
    decision = budgeted(confidence=0.9, model_version="2")

    assert decision.pi == CAUTIOUS_FLOOR
    assert "there is no plan for model 2 yet" in decision.reason


def test_once_the_budget_is_spent_only_the_floor_is_left_for_rules_too() -> None:
    decision = budgeted(confidence=0.3, label="spam", spent=True)

    assert (decision.pi, decision.rule) == (0.02, None)
    assert "the day’s budget of 300 reviews is spent" in decision.reason


def test_a_plan_has_the_bins_of_the_design_that_it_was_made_from() -> None:
    plan = Plan(tuple(float(each) for each in range(BINS)), fit=1)
    centres = chance.centres()

    assert [plan.inclusion(float(each)) for each in centres] == list(range(BINS))
    assert (plan.inclusion(0.0), plan.inclusion(1.0)) == (0, BINS - 1)


@pytest.mark.parametrize("spent", [False, True])
@given(many=st.lists(KNOWN, max_size=20))
def test_a_batch_is_decided_one_by_one_where_there_is_a_budget(
    spent: bool, many: list[Facts]
) -> None:
    told = Known(plans=PLANS, spent=spent)

    together = decide_many(BUDGET, many, SALT, told)

    assert together == [decide(BUDGET, each, SALT, told) for each in many]


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"budget": {}}, "budget.reviews_a_day"),
        ({"budget": {"reviews_a_day": 0}}, "budget.reviews_a_day"),
        ({"budget": {"reviews_a_day": 1.5}}, "budget.reviews_a_day"),
        ({"budget": {"reviews_a_week": 1}}, "budget.reviews_a_week"),
        ({"budget": {"reviews_a_day": 9}, "promise": {"wrong": 0.1}}, "budget"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_named_by_its_key(
    policy: object, path: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(policy)

    assert refused.value.path == path
