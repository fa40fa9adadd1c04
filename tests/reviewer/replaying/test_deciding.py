"""A replay decides as routing does, whatever the policy and the prediction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer import routing
from reviewer.cuts import EVERY_LABEL, Cut
from reviewer.known import Known, Plan
from reviewer.replaying import deciding
from reviewer.replaying.columns import ACCEPTED, AUDIT, REVIEW, value_key
from reviewer.routing import Facts, Policy, read_policy
from reviewer.stats.chance import BINS
from reviewer.stats.sampling import LEVELS
from tests.reviewer.replaying.makers import columns_of

SALT = b"a secret of this project"
VERDICTS = {ACCEPTED: "accepted", REVIEW: "review", AUDIT: "audit"}
LIMITS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
LABELS = ("ham", "spam", "x y")
VERSIONS = (("m", "1"), ("m", "2"), ("other", "1"))
SCALARS: tuple[Any, ...] = (True, False, 1, 0, 1.0, 2.5, "1", "true", "gold", 2**60)
VALUES: tuple[Any, ...] = (*SCALARS, None, [1], {"a": 1})

confidences = st.none() | st.sampled_from(LIMITS) | st.floats(0, 1)


@st.composite
def probabilities(draw: st.DrawFn) -> dict[str, float] | None:
    if draw(st.booleans()):
        return None
    found = draw(st.lists(st.floats(0, 1), min_size=1, max_size=4))
    return {f"l{at}": each for at, each in enumerate(found)}


@st.composite
def facts(draw: st.DrawFn, at: int) -> Facts:
    name, version = draw(st.sampled_from(VERSIONS))
    keys = draw(st.lists(st.sampled_from(("tier", "flag")), unique=True))
    return Facts(
        inference_id=f"p{at}-{draw(st.integers(0, 10**6))}",
        label=draw(st.sampled_from(LABELS)),
        confidence=draw(confidences),
        probabilities=draw(probabilities()),
        metadata={key: draw(st.sampled_from(VALUES)) for key in keys} or None,
        model_name=name,
        model_version=version,
    )


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    limit = st.sampled_from(LIMITS)
    each: dict[str, Any] = {
        "confidence_below": limit,
        "confidence_between": st.sampled_from([[0.25, 0.75], [0.5, 0.9], [0.0, 1.0]]),
        "margin_below": limit,
        "entropy_above": st.sampled_from((0.0, 0.3, 0.69, 1.2)),
        "label": st.lists(st.sampled_from(LABELS), min_size=1, unique=True),
        "metadata": st.fixed_dictionaries(
            {"tier": st.lists(st.sampled_from(SCALARS), min_size=1)},
            optional={"flag": st.sampled_from(SCALARS)},
        ),
    }
    names = draw(st.lists(st.sampled_from(sorted(each)), unique=True, max_size=3))
    return {name: draw(each[name]) for name in names}


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Rules, floors, blind shares, a model, and at most one of promise and budget."""
    whens = draw(st.lists(conditions(), max_size=4))
    samples = st.sampled_from((0.003, 0.02, 0.3, 0.5, 1))
    rules: dict[str, Any] = {
        "audit": draw(st.sampled_from((0.005, 0.02, 0.011, 0.25, 1))),
        "rules": [
            {"name": f"r{at}", "when": when, "sample": draw(samples)}
            for at, when in enumerate(whens)
        ],
        "blind": {
            "review": draw(st.sampled_from((0.05, 0.2, 1))),
            "audit": draw(st.sampled_from((0.3, 1))),
        },
    }
    if draw(st.booleans()):
        rules["model"] = {"name": "m", "version": "1"}
    kind = draw(st.sampled_from(("", "promise", "budget")))
    if kind == "promise":
        rules["promise"] = {"wrong": 0.01, "by_label": draw(st.booleans())}
    if kind == "budget":
        rules["budget"] = {"reviews_a_day": draw(st.integers(1, 6))}
    return read_policy(rules)


@st.composite
def knowns(draw: st.DrawFn) -> Known:
    cuts = {
        (*version, label): Cut(draw(st.sampled_from(LIMITS)), 1)
        for version in VERSIONS
        for label in (EVERY_LABEL, *LABELS)
        if draw(st.booleans())
    }
    plans = {}
    for version in VERSIONS:
        if draw(st.booleans()):
            many = draw(st.sampled_from((3, BINS)))
            some = draw(st.lists(st.sampled_from(LEVELS), min_size=3, max_size=3))
            plans[version] = Plan(tuple(some[at % 3] for at in range(many)), 2)
    stop = draw(st.sampled_from((None, None, None, 3)))
    return Known(cuts=cuts, plans=plans, stop=stop)


def one_by_one(
    policy: Policy, many: list[Facts], known: Known, at: list[float]
) -> list[routing.Decision]:
    """As intake would decide them, each knowing what was drawn that day before."""
    drawn: dict[float, int] = {}
    found = []
    for each, when in zip(many, at, strict=True):
        day = when // 86_400
        most = policy.budget.reviews_a_day if policy.budget else 0
        spent = policy.budget is not None and drawn.get(day, 0) >= most
        now = Known(known.cuts, known.plans, spent, known.stop)
        decision = routing.decide(policy, each, SALT, now)
        drawn[day] = drawn.get(day, 0) + decision.drawn
        found.append(decision)
    return found


@settings(max_examples=150)
@given(st.data(), policies(), knowns())
def test_a_replay_decides_each_prediction_as_routing_does(
    data: st.DataObject, policy: Policy, known: Known
) -> None:
    n = data.draw(st.integers(1, 14))
    many = [data.draw(facts(at)) for at in range(n)]
    steps = data.draw(
        st.lists(st.sampled_from((0, 9_000, 90_000)), min_size=n, max_size=n)
    )
    at = [float(sum(steps[: place + 1])) for place in range(n)]
    columns = columns_of(many, SALT, ("tier", "flag"), at)

    decided = deciding.decide(policy, columns, SALT, known)

    names = [rule.name for rule in policy.rules]
    rows = zip(
        decided.pi.tolist(),
        columns.u.tolist(),
        decided.b.tolist(),
        decided.blind.tolist(),
        [VERDICTS[each] for each in decided.verdict.tolist()],
        [None if each < 0 else names[each] for each in decided.rule.tolist()],
        strict=True,
    )
    expected = one_by_one(policy, many, known, at)
    assert list(rows) == [
        (each.pi, each.u, each.b, each.blind, each.verdict, each.rule)
        for each in expected
    ]


def test_values_are_the_same_where_a_policy_takes_them_for_the_same() -> None:
    for a in SCALARS:
        for b in VALUES:
            same = bool(a == b) and isinstance(a, bool) == isinstance(b, bool)
            assert (value_key(SALT, a) == value_key(SALT, b)) == same


def test_a_condition_on_a_key_that_is_not_kept_is_told() -> None:
    policy = read_policy(
        {"rules": [{"name": "A", "when": {"metadata": {"region": "eu"}}}]}
    )
    columns = columns_of([Facts("1", metadata={"region": "eu"})], SALT)

    with pytest.raises(deciding.KeyNotKept, match="region"):
        deciding.decide(policy, columns, SALT)
    assert deciding.keys_of(policy) == {"region"}
