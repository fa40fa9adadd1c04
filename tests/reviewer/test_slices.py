"""Accuracy slice by slice: each from its own answers, as the statistics' function says it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from reviewer import slices
from reviewer.models import Prediction, QueueItem
from reviewer.slices import Slice
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import weighted_mean
from reviewer.templatetags.figures import percent
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn, make_settled, make_team


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@dataclass(frozen=True)
class Item:
    """One drawn prediction, as the test made it."""

    language: str
    said: str
    right: float
    chance: float
    rank: float


def simulate(team: Team, seed: int, n: int = 120) -> list[Item]:
    """Answers of three languages with unequal chances; some of the audits are still open."""
    rng, items = np.random.default_rng(seed), []
    for at in range(n):
        pi, rank = float(rng.choice([0.25, 1.0])), float(rng.random())
        language = str(rng.choice(["de", "en", "fr"], p=[0.2, 0.5, 0.3]))
        said = str(rng.choice(["cat", "dog"]))
        right = rng.random() < {"de": 0.5, "en": 0.9, "fr": 0.8}[language]
        truth = said if right else {"cat": "dog", "dog": "cat"}[said]
        how: dict[str, Any] = {
            "pi": pi,
            "u": rank * pi,
            "b": 0.5,
            "metadata": {"language": language, "number": at},
        }
        if at % 12:
            make_settled(team, truth, said, **how)
            items.append(Item(language, said, float(right), pi / 2, rank))
        elif pi == 1.0 and rank < 0.7:
            make_drawn(team, said, state=QueueItem.State.FLAGGED, **how)
            items.append(Item(language, said, math.nan, pi / 2, rank))
        else:
            how["u"] = pi * (0.9 + rank / 10)
            make_drawn(team, said, **how)
            items.append(Item(language, said, -1, pi / 2, 0.9 + rank / 10))
    return items


def expected(items: list[Item], part: list[Item]) -> Estimate | NotEnough:
    """One slice, written out: what lies before the first open item, each with c·pi·b."""
    share = {
        chance: min(
            [1.0, *(e.rank for e in items if e.chance == chance and e.right < 0)]
        )
        for chance in (0.125, 0.5)
    }
    counted = [each for each in part if each.rank < share[each.chance]]
    inclusion = [each.chance * share[each.chance] for each in counted]
    return weighted_mean(
        [each.right for each in counted],
        inclusion,
        lowest=min([0.125, *inclusion]),
        size=round(sum(1 / each.chance for each in part)),
    )


def close(found: Estimate | NotEnough, wanted: Estimate | NotEnough) -> bool:
    if isinstance(found, NotEnough) or isinstance(wanted, NotEnough):
        return found == wanted
    numbers = [
        [each.value, each.low, each.high, each.n, each.level]
        for each in (found, wanted)
    ]
    return found.method == wanted.method and numbers[0] == pytest.approx(numbers[1])


def of(team: Team, by: str, **how: Any) -> tuple[Slice, ...]:
    found = slices.of_project(team.project, by, timezone.now(), 30, **how)
    (version,) = found.versions
    return version.slices


@pytest.mark.parametrize("seed", [3, 4])
def test_each_slice_is_the_weighted_mean_of_its_own_answers(
    team: Team, seed: int
) -> None:
    items = simulate(team, seed)

    by_language = {each.value: each.estimate for each in of(team, "metadata.language")}
    by_label = {each.value: each.estimate for each in of(team, "label")}

    assert set(by_language) == {"de", "en", "fr"}
    for language, found in by_language.items():
        part = [each for each in items if each.language == language]
        assert close(found, expected(items, part)), language
    assert set(by_label) == {"cat", "dog"}
    for label, found in by_label.items():
        part = [each for each in items if each.said == label]
        assert close(found, expected(items, part)), label


def test_the_slices_of_most_predictions_come_first_and_the_rest_as_one(
    team: Team,
) -> None:
    for at in range(23):
        # the more often looked at, the fewer predictions an answer stands for
        pi = 0.5 if at else 0.01
        make_settled(team, "cat", pi=pi, u=pi * at / 40, metadata={"site": f"s{at:02}"})
    for at in range(10):
        make_settled(team, "cat", u=at / 40, metadata={"site": "s07"})
    make_settled(team, "cat", u=0.3)

    found = of(team, "metadata.site")

    assert [each.value for each in found[:3]] == ["s00", "s07", "s01"]
    assert len(found) == 21
    assert (found[-1].value, found[-1].joined) == (None, 4)
    assert found[-1].estimate == NotEnough("6 more answers", 4)


def test_what_has_no_such_key_is_a_slice_of_its_own(team: Team) -> None:
    for at in range(12):
        make_settled(team, "cat", u=at / 40, metadata={"site": "s"} if at < 5 else {})

    found = of(team, "metadata.site")

    told = [(each.value, each.joined, each.estimate.n) for each in found]
    assert told == [(None, 0, 7), ("s", 0, 5)]


def test_a_slice_whose_audits_nobody_worked_on_has_no_number(team: Team) -> None:
    for at in range(20):
        make_settled(team, "cat", u=at / 40, metadata={"site": "s"})
        make_drawn(team, pi=0.01, u=0.00001 * (at + 1), metadata={"site": "s"})

    (only,) = of(team, "metadata.site")

    assert isinstance(only.estimate, NotEnough)
    assert only.estimate.missing.startswith("answers that stand for the other")


def test_intervals_that_hold_together_share_the_risk(team: Team) -> None:
    simulate(team, seed=5)

    alone, together = (of(team, "label", together=each) for each in (False, True))

    for one, other in zip(alone, together, strict=True):
        assert isinstance(one.estimate, Estimate)
        assert isinstance(other.estimate, Estimate)
        assert other.estimate.level == pytest.approx(1 - 0.05 / 2)
        assert other.estimate.low < one.estimate.low
        assert replace(one.estimate, low=0, high=0, level=0) == replace(
            other.estimate, low=0, high=0, level=0
        )


def test_of_very_many_answers_the_newest_are_read(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "MOST_DRAWN", 12)
    for at in range(30):
        truth = "dog" if at < 18 else "cat"
        task = make_settled(team, truth, u=at / 40, metadata={"site": "s"})
        received = timezone.now() - timedelta(minutes=60 - at)
        Prediction.objects.filter(task=task).update(received_at=received)

    (only,) = of(team, "metadata.site")

    assert isinstance(only.estimate, Estimate)
    assert only.estimate.n == 12
    assert only.estimate.value == 1.0


def test_keys_are_those_of_the_last_drawn_predictions(team: Team) -> None:
    make_settled(team, metadata={"site": "s", "language": "de"})
    make_settled(team, blind=False, metadata={"never drawn blind": 1})
    makers.make_prediction(team.endpoint, metadata={"never drawn": 1})
    make_settled(team, metadata={"": 1, "x" * 61: 1})

    assert slices.keys(team.project) == ["language", "site"]


@pytest.mark.parametrize(
    "by", ["", "metadata", "metadata.", "endpoint", "said", "metadata.%00", "x" * 99]
)
def test_the_api_names_a_slice_that_cannot_be(team: Team, by: str) -> None:
    make_settled(team, metadata={"site": "s"})

    answer = team.as_("lead").get(
        f"/api/v1/projects/{team.project.slug}/quality?slice={by}"
    )

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "slice"
    assert "must be “label”, or “metadata.” and a key" in answer.json()["detail"]


def test_a_key_that_nothing_has_is_told_with_those_there_are(team: Team) -> None:
    make_settled(team, metadata={"site": "s"})
    client = team.as_("lead")

    api = client.get(
        f"/api/v1/projects/{team.project.slug}/quality?slice=metadata.sight"
    )
    page = client.get(team.url("quality/?slice=metadata.sight"))

    assert (api.status_code, api.json()["code"]) == (400, "no_such_key")
    assert "There are: site" in api.json()["detail"]
    assert "No drawn prediction of this window has this key." in page.content.decode()


def test_a_key_is_a_value_and_never_a_statement(team: Team) -> None:
    odd = "it's } {0} %(project)s %s"
    for at in range(3):
        make_settled(team, u=at / 40, metadata={odd: 1})

    assert [each.value for each in of(team, f"metadata.{odd}")] == ["1"]


def test_together_is_true_or_false(team: Team) -> None:
    url = f"/api/v1/projects/{team.project.slug}/quality?slice=label&together=maybe"

    answer = team.as_("lead").get(url)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "together"


def test_the_api_tells_of_slices_as_its_schema_says(team: Team) -> None:
    simulate(team, seed=6)
    client = team.as_("lead")
    path = client.get("/api/schema?format=json").json()["paths"]
    described = path["/api/v1/projects/{project}/quality"]["get"]["responses"]["200"]
    answer = described["content"]["application/json"]["schema"]["properties"]
    schema = answer["slices"]["oneOf"][0]
    url = f"/api/v1/projects/{team.project.slug}/quality"

    plain = client.get(url).json()
    told = client.get(f"{url}?slice=metadata.language").json()["slices"]

    assert plain["slices"] is None
    assert set(schema["required"]) == set(told)
    (version,) = told["versions"]
    of_version = schema["properties"]["versions"]["items"]
    assert set(of_version["required"]) == set(version)
    of_slice = of_version["properties"]["slices"]["items"]
    assert set(of_slice["required"]) == set(version["slices"][0])
    assert told["reading"] == slices.POINTWISE
    assert {each["value"] for each in version["slices"]} == {"de", "en", "fr"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Slice by slice", "of 20, one fails by chance", "further values")),
        ("de", ("Teil für Teil", "von 20 trifft eines", "weitere Werte")),
    ],
)
def test_the_page_shows_slices_and_how_to_read_them(
    team: Team, language: str, words: tuple[str, ...]
) -> None:
    simulate(team, seed=7)
    client = team.as_("lead")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    pages = "".join(
        client.get(team.url(f"quality/?days=90&slice=metadata.{key}")).content.decode()
        for key in ("language", "number")
    )

    shown = re.sub(r"\s+", " ", pages)
    largest = of(team, "metadata.language")[0].estimate
    assert isinstance(largest, Estimate)
    with translation.override(language):
        assert percent(largest.value).replace("\u202f", " ") in shown
    assert all(word in shown for word in words)
    assert '<input type="hidden" name="days" value="90">' in shown
    assert "<option selected>metadata.language</option>" in shown


def test_the_page_asks_as_often_for_many_slices_as_for_few(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    simulate(team, seed=8, n=40)
    client = team.as_("lead")

    with django_assert_max_num_queries(30):
        assert client.get(team.url("quality/?slice=metadata.number")).status_code == 200
