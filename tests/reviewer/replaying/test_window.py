"""Predictions as columns: read at once or kept in chunks, and replayed as they were decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from reviewer import fits_in_use, intake, policies_in_use, routing
from reviewer.models import Prediction, Replay, ReplayChunk
from reviewer.replaying import deciding, keeping, window
from reviewer.replaying.answers import Answers
from reviewer.replaying.columns import ACCEPTED, AUDIT, REVIEW, dump, load
from reviewer.replaying.knowing import would_be
from reviewer.replaying.window import StillReading, Window
from tests import makers
from tests.reviewer.replaying.makers import columns_of
from tests.reviewer.rollups.counting import count_everything as count_all
from tests.reviewer.sites import Site

pytestmark = pytest.mark.django_db(transaction=True)
RULES: dict[str, Any] = {
    "audit": 0.1,
    "rules": [
        {"name": "Unsure", "when": {"confidence_below": 0.7}},
        {"name": "Close", "when": {"margin_below": 0.5}, "sample": 0.5},
        {"name": "Torn", "when": {"entropy_above": 0.4}, "sample": 0.3},
        {"name": "Dogs", "when": {"label": ["dog"]}, "sample": 0.2},
        {"name": "EU", "when": {"metadata": {"region": ["eu", 3, True]}}},
    ],
}
REGIONS = ("eu", "us", 3, 3.0, True, 1, None, ["eu"])
CODES = {ACCEPTED: "accepted", REVIEW: "review", AUDIT: "audit"}


def send(site: Site, n: int, first: int = 0) -> None:
    rows = [
        {
            "inference_id": f"r{first + at}",
            "endpoint": "eyes",
            "model": {"name": "model", "version": str(1 + at % 2)},
            "input": {"text": f"text {first + at}"},
            "output": _output(at),
            "metadata": {"region": REGIONS[at % len(REGIONS)], "n": at}
            if at % 3
            else {},
        }
        for at in range(n)
    ]
    intake.accept(intake.open_desk(site.project), rows)


def _output(at: int) -> dict[str, Any]:
    label = ("cat", "dog")[at % 2]
    sure = 0.5 + (at % 50) / 100
    if at % 4:
        other = "dog" if label == "cat" else "cat"
        return {"label": label, "probabilities": {other: 1 - sure, label: sure}}
    return {"label": label, "confidence": sure} if at % 8 else {"label": label}


def of(site: Site, *keys: str) -> Window:
    return window.of_project(site.project, keys, timezone.now())


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many predictions: kept in chunks of 40."""
    monkeypatch.setattr(window, "FEW", 0)
    monkeypatch.setattr(keeping, "CHUNK", 40)


def build(site: Site, *keys: str) -> Window:
    count_all()
    with pytest.raises(StillReading):
        of(site, *keys)
    keeping.build(Replay.objects.get().pk)
    return of(site, *keys)


def decided_as_stored(site: Site, given: Window) -> None:
    rules = policies_in_use.read(site.policy)
    known = would_be(site.project, rules, site.policy, timezone.now())
    decided = deciding.decide(rules, given.columns, given.salt, known)
    rows = Prediction.objects.order_by("pk")
    told = rows.values_list("pk", "pi", "b", "blind", "verdict", "rule")
    names = ["", *(rule.name for rule in rules.rules)]
    found = zip(
        given.columns.id.tolist(),
        decided.pi.tolist(),
        decided.b.tolist(),
        decided.blind.tolist(),
        (CODES[each] for each in decided.verdict.tolist()),
        (names[each + 1] for each in decided.rule.tolist()),
        strict=True,
    )
    assert list(found) == list(told)


def test_the_policy_in_use_is_replayed_just_as_intake_decided() -> None:
    site = Site(RULES)
    send(site, 200)

    decided_as_stored(site, of(site, "region"))


def test_so_it_is_from_columns_that_were_kept(kept: None) -> None:
    site = Site(RULES)
    send(site, 200)

    given = build(site, "region")

    assert ReplayChunk.objects.count() == 5
    decided_as_stored(site, given)


def test_a_days_budget_is_replayed_just_as_it_was_spent() -> None:
    site = Site({"audit": 0.02, "budget": {"reviews_a_day": 5}})
    for at in range(60):
        # one by one: within a batch nothing is counted
        fits_in_use.forget()
        send(site, 1, at)

    decided_as_stored(site, of(site))


def test_what_comes_later_is_appended_and_full_chunks_stay_as_they_are(
    kept: None,
) -> None:
    site = Site(RULES)
    send(site, 90)
    build(site)
    before = list(ReplayChunk.objects.order_by("after").values_list("pk", "n"))
    send(site, 30, 1_000)
    count_all()

    keeping.build(Replay.objects.get().pk)

    after = list(ReplayChunk.objects.order_by("after").values_list("pk", "n"))
    assert [n for _, n in before] == [40, 40, 10]
    assert [n for _, n in after] == [40, 40, 40]
    assert after[:2] == before[:2]
    ids = Prediction.objects.order_by("pk").values_list("pk", flat=True)
    assert of(site).columns.id.tolist() == list(ids)


def test_a_kill_between_two_chunks_loses_none_and_doubles_none(kept: None) -> None:
    site = Site(RULES)
    send(site, 130)
    count_all()
    with pytest.raises(StillReading):
        of(site)
    replay = Replay.objects.get().pk
    keeping._step(replay)
    keeping._step(replay)
    with pytest.raises(StillReading) as told:
        of(site)

    keeping.build(replay)

    assert (told.value.done, told.value.total) == (80, 130)
    assert of(site).columns.n == 130
    assert np.all(np.diff(of(site).columns.id) > 0)


def test_lost_columns_are_built_anew(kept: None) -> None:
    site = Site(RULES)
    send(site, 60)
    build(site)
    ReplayChunk.objects.all().delete()
    with pytest.raises(StillReading):
        of(site)

    keeping.build(Replay.objects.get().pk)

    assert of(site).columns.n == 60


def test_another_key_of_the_metadata_builds_them_anew(kept: None) -> None:
    site = Site(RULES)
    send(site, 60)
    assert not build(site).columns.keys

    given = build(site, "region")

    assert set(given.columns.keys) == {"region"}
    assert of(site).columns.n == 60


def test_only_the_last_are_kept(kept: None, settings: Any) -> None:
    settings.REPLAY_PREDICTIONS = 50
    site = Site(RULES)
    send(site, 120)

    given = build(site)

    newest = list(Prediction.objects.order_by("-pk").values_list("pk", flat=True)[:50])
    assert given.columns.id.tolist() == newest[::-1]
    send(site, 100, 1_000)
    count_all()
    keeping.build(Replay.objects.get().pk)
    assert 50 <= of(site).columns.n < 50 + 2 * 40


def test_predictions_that_retention_removed_go_with_their_chunk(kept: None) -> None:
    site = Site(RULES)
    send(site, 80)
    build(site)
    gone = Prediction.objects.order_by("pk").values_list("pk", flat=True)[:40]
    Prediction.objects.filter(pk__in=list(gone)).delete()

    keeping.build(Replay.objects.get().pk)

    assert ReplayChunk.objects.count() == 1


def test_nobody_who_has_not_asked_for_an_hour_costs_the_worker_anything(
    kept: None,
) -> None:
    site = Site(RULES)
    send(site, 20)
    build(site)
    at = timezone.now()
    Replay.objects.update(asked_at=at - keeping.ASKS * 2, next_at=at)
    keeping.ask()
    assert Replay.objects.get().next_at == at

    Replay.objects.update(asked_at=at)
    keeping.ask()

    assert Replay.objects.get().next_at > at
    Replay.objects.update(asked_at=at - keeping.FORGOTTEN * 2)
    keeping.ask()
    assert not ReplayChunk.objects.exists()


def test_without_predictions_there_is_nothing_to_replay() -> None:
    project = makers.make_project()

    with pytest.raises(window.NothingToReplay):
        window.of_project(project, (), timezone.now())


def test_columns_stay_the_same_as_bytes() -> None:
    facts = [
        routing.Facts(f"p{at}", label=f"l{at % 3}", confidence=at / 10 or None)
        for at in range(10)
    ]
    columns = columns_of(facts, b"salt", ("a",))

    again = load(dump(columns))

    assert (again.labels, again.versions) == (columns.labels, columns.versions)
    assert np.array_equal(again.confidence, columns.confidence, equal_nan=True)
    assert again.bin.tolist() == columns.bin.tolist()
    assert again.keys["a"].tolist() == columns.keys["a"].tolist()


def test_what_no_answer_stands_for_is_counted_and_kept() -> None:
    site = Site({"audit": 0.3, "rules": RULES["rules"][:1], "blind": {"review": 1}})
    site.send(120)
    nobody = of(site).known
    site.answer_all()
    somebody = of(site).known

    again = Answers.load(somebody.dump())

    assert (nobody.unseen, somebody.unseen) == (1.0, 0.0)
    assert (again.unseen, again.one_vote) == (0.0, somebody.one_vote)
    assert again.id.tolist() == somebody.id.tolist()
    assert again.wrong.tolist() == somebody.wrong.tolist()
    assert again.inclusion.tolist() == somebody.inclusion.tolist()


def test_keys_that_nobody_asks_for_any_more_go() -> None:
    site = Site(RULES)
    at = timezone.now()
    for first in range(0, 60, 15):
        wanted = {f"k{first + more}" for more in range(15)}
        kept = keeping.wanted(site.project, wanted, at)
        assert wanted <= {*kept.keys}

    assert len(kept.keys) <= keeping.MOST_KEYS
