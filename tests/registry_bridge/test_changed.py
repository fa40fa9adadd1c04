"""Evidence keeps a fair sample of what changes, and both models' calibration, for good."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from registry_bridge import answering, changed, comparison, evidence_more
from registry_bridge.models import Promotion, Snapshot, SnapshotItem
from registry_bridge.said import Answers
from registry_bridge.scripts import scoring
from tests import makers
from tests.registry_bridge.makers import make_model, make_reviewed

pytestmark = pytest.mark.django_db


def make_snapshot(n: int = 40) -> tuple[Snapshot, list[int]]:
    """A snapshot of cats and dogs in turn, all usable for a test; their gold."""
    model = make_model(champion="1")
    snapshot = Snapshot.objects.create(
        project=model.project,
        name="s",
        digest="0" * 64,
        rows=n,
        train=0,
        test=n,
        usable=n,
        files={},
    )
    found = [
        make_reviewed(model.project, "cat" if at % 2 else "dog") for at in range(n)
    ]
    SnapshotItem.objects.bulk_create(
        SnapshotItem(snapshot=snapshot, gold=gold, side=SnapshotItem.Side.TEST, pi=0.5)
        for gold in found
    )
    return snapshot, [gold.pk for gold in found]


def both(champion: str, challenger: str, sure: float | None = None) -> Answers:
    return Answers(champion, challenger, sure, sure)


def test_what_only_one_got_right_is_kept_apart() -> None:
    snapshot, gold = make_snapshot(4)
    dog, cat, other, same = gold
    answers = {
        dog: both("cat", "dog"),
        cat: both("cat", "dog"),
        other: both("cat", "bird"),
        same: both("dog", "dog"),
    }

    found = changed.sample(snapshot, answers)

    kept = {
        kind: [each["gold"] for each in part["items"]] for kind, part in found.items()
    }
    assert kept == {"better": [dog], "worse": [cat], "otherwise": [other]}


def test_of_many_a_sample_is_kept_and_how_many_there_are() -> None:
    snapshot, gold = make_snapshot(80)
    answers = {each: both("cat", "dog") for each in gold}

    found = changed.sample(snapshot, answers)

    assert found["better"]["n"] == 40
    assert len(found["better"]["items"]) == changed.MOST
    # not the oldest, nor the newest: no order of time
    drawn = [each["gold"] for each in found["better"]["items"]]
    assert drawn != sorted(drawn)
    assert changed.sample(snapshot, answers) == found


def make_evidence(sure: float | None) -> tuple[Snapshot, dict[str, Any]]:
    snapshot, gold = make_snapshot()
    training = snapshot.trainings.create(
        project=snapshot.project, job_name="job", version="2", champion="1"
    )
    answers = {
        each: both("cat", "dog" if at % 4 else "cat", sure)
        for at, each in enumerate(gold)
    }
    return snapshot, json.loads(json.dumps(comparison.evidence(training, answers)))


def test_calibration_is_kept_where_models_say_how_sure_they_are() -> None:
    _, kept = make_evidence(0.8)

    (point,) = kept["calibration"]["champion"]
    assert point["confidence"] == pytest.approx(0.8)
    assert point["accuracy"]["value"] == pytest.approx(0.5)
    assert point["accuracy"]["n"] == 40


def test_models_that_do_not_say_have_no_calibration() -> None:
    _, kept = make_evidence(None)

    assert kept["calibration"] == {}


def make_proposed(sure: float | None = 0.8) -> tuple[Promotion, Any]:
    snapshot, kept = make_evidence(sure)
    promotion = Promotion.objects.create(
        project=snapshot.project, from_version="1", to_version="2", evidence=kept
    )
    lead = makers.make_member(snapshot.project, "lead")
    return promotion, makers.sign_in(lead)


def url(promotion: Promotion) -> str:
    return f"/p/{promotion.project.slug}/promotions/{promotion.pk}/"


def test_the_page_shows_what_changes_with_links_to_its_tasks() -> None:
    promotion, client = make_proposed()

    page = client.get(url(promotion)).content.decode()

    item = promotion.evidence["changed"]["better"]["items"][0]
    assert "Only the challenger is right" in page
    assert f'href="/p/{promotion.project.slug}/tasks/{item["task"]}/"' in page
    assert 'id="calibration-chart-title"' in page
    assert 'class="decision-bar"' in page


def test_the_numbers_of_the_evidence_come_as_csv() -> None:
    promotion, client = make_proposed()

    answer = client.get(f"{url(promotion)}?format=csv")

    found = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    whole = next(r for r in found if (r["part"], r["of"]) == ("all", "champion"))
    assert float(whole["value"]) == pytest.approx(0.5)
    assert {r["part"] for r in found} == {"all", "label", "calibration", "confusion"}


def test_evidence_of_before_shows_neither() -> None:
    promotion, client = make_proposed()
    old = {
        k: v
        for k, v in promotion.evidence.items()
        if k not in ("changed", "calibration")
    }
    Promotion.objects.update(evidence=old)

    page = client.get(url(promotion)).content.decode()

    assert "Answers that change" not in page
    assert 'id="calibration"' not in page


@pytest.mark.parametrize(
    ("said", "sure"),
    [
        ("cat", None),
        ({"label": "cat", "confidence": 0.7}, 0.7),
        ({"label": "cat", "probabilities": {"cat": 0.6, "dog": 0.4}}, 0.6),
        ({"label": "cat", "confidence": 7}, None),
        ({"label": "cat", "confidence": "much"}, None),
    ],
)
def test_how_sure_a_model_was_is_read_where_it_says_so(said: Any, sure: float) -> None:
    assert scoring.confidence_of(said) == sure


def test_answers_without_a_confidence_are_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text(
        '{"key": 1, "said": {"champion": {"label": "a"}, "challenger": {"label": "b"}}}\n'
        '{"key": 2, "said": {"champion": {"label": "a", "confidence": 0.5},'
        ' "challenger": {"label": "b"}}}\n'
    )

    found = {key: Answers.of(said) for key, said in answering.read(tmp_path)}

    assert found == {1: Answers("a", "b"), 2: Answers("a", "b", 0.5, None)}


def test_the_sample_of_a_promotion_stays_when_its_tasks_are_gone() -> None:
    promotion, _client = make_proposed()
    kept = promotion.evidence
    elsewhere = makers.make_project()

    found = evidence_more.read(elsewhere, kept)

    assert [each.text for each in found.changed[0].items][:1] == [""]
