"""What the editor says a policy would come to, and a policy in shadow, on real predictions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from labeling.models import Annotation
from projects.models import AuditEntry, User
from reviewer import policies, policies_in_use, policy_versions, shadows
from reviewer.models import Policy, Prediction, Replay, ShadowPolicy
from reviewer.replaying import drawing, knowing, replays, window
from reviewer.stats.estimates import Estimate, NotEnough
from tests import makers
from tests.reviewer.sites import Site

pytestmark = pytest.mark.django_db(transaction=True)
IN_USE: dict[str, Any] = {
    "audit": 0.2,
    "rules": [{"name": "Unsure", "when": {"confidence_below": 0.8}}],
    "blind": {"review": 1, "audit": 1},
}
STRICT = {**IN_USE, "rules": [{"name": "Unsure", "when": {"confidence_below": 0.95}}]}
LAX = {**IN_USE, "audit": 0.05, "rules": []}


@pytest.fixture
def site() -> Site:
    site = Site(IN_USE)
    site.send(400)
    site.answer_all()
    return site


def replayed(site: Site, rules: dict[str, Any]) -> replays.Replayed:
    at = timezone.now()
    new, active = policies.read_policy(rules), site.policy

    def both(each: policies.Policy) -> replays.Rules:
        return replays.Rules(each, knowing.would_be(site.project, each, active, at))

    given = window.of_project(site.project, (), at)
    return replays.replay(given, both(new), both(policies_in_use.read(active)), at)


def read(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def preview(site: Site, lead: User, rules: dict[str, Any]) -> str:
    text = policies_text(rules)
    data = {"how": "text", "text": text, "step": "preview", "based_on": "1"}
    client = makers.sign_in(lead)
    return read(client.post(f"/p/{site.project.slug}/policy/edit/", data))


def policies_text(rules: dict[str, Any]) -> str:
    return policy_versions.written(rules)


def test_the_policy_in_use_comes_to_what_was_really_decided(site: Site) -> None:
    found = replayed(site, IN_USE)

    counted = {
        verdict: Prediction.objects.filter(verdict=verdict).count()
        for verdict in ("review", "audit", "accepted")
    }
    assert found.old is not None
    assert found.old == found.new
    assert found.old.reviews.mean == counted["review"]
    assert found.old.audits.mean == counted["audit"]
    assert found.old.accepted == counted["accepted"] / 400
    assert found.changed == 0
    assert isinstance(found.difference, Estimate)
    assert (found.difference.low, found.difference.high) == (0, 0)


def test_a_stricter_policy_costs_more_and_lets_less_through(site: Site) -> None:
    found = replayed(site, STRICT)

    old, new = found.old, found.new
    assert old is not None
    assert new.looked_at > old.looked_at
    assert isinstance(old.let_through, Estimate)
    assert isinstance(new.let_through, Estimate)
    assert new.let_through.value < old.let_through.value
    assert isinstance(found.difference, Estimate)
    assert found.difference.high < 0
    paired = found.difference.high - found.difference.low
    assert paired < (old.let_through.high - old.let_through.low) * 1.5


def test_errors_let_through_are_those_that_there_are(site: Site) -> None:
    """The truth is known here: of each prediction, also of those nobody looked at."""
    rules = policies.read_policy(LAX)
    found = replayed(site, LAX).new.let_through
    rows = Prediction.objects.values_list("inference_id", "label")
    wrong = sum(site.truth[name] != label for name, label in rows) / 400

    assert isinstance(found, Estimate)
    assert found.low <= wrong * (1 - rules.audit) <= found.high
    assert found.n == len(site.drawn_blind())


def test_hours_follow_from_what_people_spent(site: Site) -> None:
    before = replayed(site, STRICT).new.hours
    assert isinstance(before, NotEnough)
    Annotation.objects.update(seconds=36)

    found = replayed(site, STRICT).new

    assert isinstance(found.hours, Estimate)
    assert found.hours.value == pytest.approx(found.looked_at / 100)


def test_too_few_answers_are_said_so() -> None:
    site = Site(IN_USE)
    site.send(30)

    found = replayed(site, STRICT)

    assert isinstance(found.new.let_through, NotEnough)
    assert drawing.draw(found) is None


def test_a_days_least_and_most_are_those_of_whole_days(site: Site) -> None:
    ids = list(Prediction.objects.order_by("pk").values_list("pk", flat=True))
    for days, part in zip(
        (4, 3, 2, 1), (ids[at : at + 100] for at in range(0, 400, 100)), strict=True
    ):
        Prediction.objects.filter(pk__in=part).update(
            received_at=F("received_at") - timedelta(days=days)
        )

    found = replayed(site, IN_USE).new

    # the first day and the last one, on which the window begins and ends, are no whole ones
    second, third = (
        Prediction.objects.filter(pk__in=part, verdict="review").count()
        for part in (ids[100:200], ids[200:300])
    )
    assert (found.reviews.low, found.reviews.high) == (
        min(second, third),
        max(second, third),
    )
    all_ = Prediction.objects.filter(verdict="review").count()
    assert found.reviews.mean == pytest.approx(all_ / 4, rel=0.01)


def test_a_budget_is_planned_as_the_worker_would(site: Site) -> None:
    found = replayed(site, {"audit": 0.05, "budget": {"reviews_a_day": 100}}).new

    assert 60 <= found.looked_at <= 130
    assert found.reviews.mean + found.audits.mean == found.looked_at


def test_the_editor_shows_both_side_by_side_and_the_curve(site: Site) -> None:
    lead = makers.make_member(site.project, "lead")

    page = preview(site, lead, STRICT)

    assert "Replayed on the last 400 predictions" in page
    for words in ("Reviews a day", "Hours a day", "Errors let through of 1,000"):
        assert words in page
    assert "<svg" in page
    assert "The line as a table" in page
    assert page.count('class="chart-interval') == 2


def test_while_columns_are_built_the_page_says_how_far_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FEW", 0)
    lead = makers.make_member(site.project, "lead")

    page = preview(site, lead, STRICT)

    assert "The predictions are being read for the first time" in page
    assert "data-reading" in page
    assert Replay.objects.get().project == site.project


def test_a_condition_on_metadata_is_replayed(site: Site) -> None:
    Prediction.objects.filter(pk__in=_some(site)).update(metadata={"tier": "gold"})
    rules = {
        "audit": 0.005,
        "rules": [{"name": "G", "when": {"metadata": {"tier": "gold"}}}],
    }
    lead = makers.make_member(site.project, "lead")

    page = preview(site, lead, rules)

    assert re.search(
        r"Reviews a day</th>.*?<strong class=\"num\">50\.?0?</strong>", page
    )


def _some(site: Site) -> list[int]:
    return list(Prediction.objects.order_by("pk").values_list("pk", flat=True)[:50])


def test_a_shadow_policy_is_counted_beside_the_one_in_use(site: Site) -> None:
    lead = makers.make_member(site.project, "lead")
    client, path = makers.sign_in(lead), f"/p/{site.project.slug}/policy/"
    data = {
        "how": "text",
        "text": policies_text(STRICT),
        "step": "shadow",
        "reason": "Try it",
        "based_on": "1",
    }
    client.post(f"{path}edit/", data)
    site.send(60)

    shadow = ShadowPolicy.objects.get()
    compared = shadows.compare(shadow, timezone.now())
    page = read(client.get(f"{path}shadow/"))

    (day,) = compared.days
    real = Prediction.objects.filter(received_at__gte=shadow.began_at)
    assert day.n == 60
    assert day.real.reviews == real.filter(verdict="review").count()
    assert day.shadow.reviews > day.real.reviews
    assert day.only_shadow - day.only_real == day.real.accepted - day.shadow.accepted
    assert "computed now by replaying the predictions" in page
    # nothing was decided by it
    assert set(real.values_list("policy__version", flat=True)) == {1}


def test_adopting_a_shadow_policy_saves_it_unless_another_came(site: Site) -> None:
    lead = makers.make_member(site.project, "lead")
    shadows.begin(site.project, STRICT, by=lead, reason="Try it")
    with pytest.raises(shadows.OneAtATime):
        shadows.begin(site.project, LAX, by=lead, reason="Another")
    client, path = makers.sign_in(lead), f"/p/{site.project.slug}/policy/shadow/"

    stale = client.post(f"{path}adopt/", {"reason": "x", "based_on": "0"}, follow=True)
    assert "came while you edited" in read(stale)
    assert shadows.in_force(site.project)
    client.post(f"{path}adopt/", {"reason": "Better", "based_on": "1"})

    policy = Policy.objects.get(active=True)
    shadow = ShadowPolicy.objects.get()
    assert (policy.version, policy.rules, policy.reason) == (2, STRICT, "Better")
    assert (shadow.adopted, shadow.ended_by) == (policy, lead)
    acts = AuditEntry.objects.filter(action__startswith="shadow").order_by("pk")
    told = list(acts.values_list("action", flat=True))
    assert told == ["shadow policy begun", "shadow policy adopted"]


def test_a_shadow_policy_ends_without_effect(site: Site) -> None:
    lead = makers.make_member(site.project, "lead")
    shadows.begin(site.project, STRICT, by=lead, reason="Try it")
    client, path = makers.sign_in(lead), f"/p/{site.project.slug}/policy/shadow/"

    page = read(client.post(f"{path}end/", {"reason": "Too dear"}, follow=True))

    assert "ended, without effect" in page
    assert "“Too dear”" in page
    assert Policy.objects.get(active=True).version == 1


def test_each_point_of_the_curve_is_that_policy_replayed(site: Site) -> None:
    curve = replayed(site, IN_USE).curve

    for point in (curve[0], curve[7], curve[-1]):
        when = {"confidence_below": point.threshold}
        alone = {"audit": 0.2, "rules": [{"name": "Below", "when": when}]}
        same = replayed(site, alone).new
        assert (same.looked_at, same.let_through) == (
            point.looked_at,
            point.let_through,
        )
