"""What a comparison counts, what it leaves out, and how it is weighted."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from labeling.models import Gold
from registry_bridge import answering, comparison, drawn, snapshots
from registry_bridge.answering import Said
from registry_bridge.models import RegisteredModel, SnapshotItem, Training
from registry_bridge.said import Answers
from registry_bridge.scoring import label_of, told
from reviewer.models import QueueItem
from tests.registry_bridge.makers import make_model, make_reviewed, make_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> RegisteredModel:
    return make_model(test_percent=90)


def compared(
    model: RegisteredModel, champion: str = "cat", challenger: str = "truth"
) -> dict[str, Any]:
    """Evidence of two models, each of which says one word, or the truth."""
    training = Training(
        project=model.project,
        snapshot=snapshots.freeze(model.project),
        job_name="a-training",
        champion="1",
        version="2",
    )
    said = {
        item.gold_id: Answers(_said(champion, item), _said(challenger, item))
        for item in SnapshotItem.objects.select_related("gold")
    }
    return comparison.evidence(training, said)


def _said(word: str, item: SnapshotItem) -> str:
    return str(item.gold.value) if word == "truth" else word


def usable(model: RegisteredModel) -> int:
    return SnapshotItem.objects.filter(side="test").exclude(pi=None).count()


def test_only_the_test_side_is_compared() -> None:
    # that chance puts all on one side is out of the question then
    model = make_model(test_percent=50)
    for _ in range(60):
        make_reviewed(model.project, "dog")

    found = compared(model)

    assert found["comparison"]["n"] == usable(model) < 60
    assert found["comparison"]["difference"]["value"] == 1.0


def test_answers_are_weighted_by_the_inverse_of_their_chance(
    model: RegisteredModel,
) -> None:
    for _ in range(60):
        make_reviewed(model.project, "dog", pi=1.0)
    for _ in range(60):
        make_reviewed(model.project, "cat", pi=0.25)

    found = compared(model)

    dogs = SnapshotItem.objects.filter(side="test", pi=1.0).count()
    cats = SnapshotItem.objects.filter(side="test", pi=0.25).count()
    assert found["comparison"]["champion"]["value"] == pytest.approx(
        4 * cats / (4 * cats + dogs)
    )
    assert found["comparison"]["challenger"]["value"] == 1.0


def test_what_was_left_out_is_counted_with_the_reason(model: RegisteredModel) -> None:
    for _ in range(15):
        make_reviewed(model.project, "dog")
    for _ in range(5):
        make_reviewed(model.project, "dog", blind=False)

    found = compared(model)

    rows = SnapshotItem.objects.filter(side="test", left_out=drawn.SHOWN).count()
    assert found["excluded"] == [{"why": drawn.SHOWN, "rows": rows}]


def test_too_few_answers_give_no_number(model: RegisteredModel) -> None:
    for _ in range(4):
        make_reviewed(model.project)

    found = compared(model)

    assert not found["enough"]
    assert "missing" in found["comparison"]


def test_single_votes_are_called_agreement_with_reviewers(
    model: RegisteredModel,
) -> None:
    for _ in range(20):
        make_reviewed(model.project, gold={"source": Gold.Source.SINGLE})

    assert compared(model)["called"] == "Agreement with reviewers"


def test_adjudicated_answers_are_called_accuracy(model: RegisteredModel) -> None:
    for _ in range(20):
        make_reviewed(model.project, gold={"source": Gold.Source.EXPERT})

    assert compared(model)["called"] == "Accuracy"


def test_an_answer_that_is_no_label_is_wrong_and_shown_as_such(
    model: RegisteredModel,
) -> None:
    for _ in range(20):
        make_reviewed(model.project, "dog")

    found = compared(model, champion="giraffe")

    n = usable(model)
    assert found["comparison"]["champion"]["value"] == 0
    assert found["confusion"]["champion"]["counts"][1] == [0, 0, n]


def test_each_label_has_its_own_difference(model: RegisteredModel) -> None:
    for _ in range(30):
        make_reviewed(model.project, "dog")
        make_reviewed(model.project, "cat")

    cat, dog = compared(model)["labels"]

    assert (cat["label"], dog["label"]) == ("cat", "dog")
    assert cat["comparison"]["difference"]["value"] == 0
    assert dog["comparison"]["difference"]["value"] == 1


def test_the_evidence_can_be_kept_as_json(model: RegisteredModel) -> None:
    for _ in range(20):
        make_reviewed(model.project, "dog", pi=0.25)

    found = compared(model)

    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("prediction", "label"),
    [("dog", "dog"), (3, "3"), ({"label": "dog", "confidence": 0.9}, "dog"), ({}, "")],
)
def test_a_prediction_names_its_label(prediction: object, label: str) -> None:
    assert label_of(prediction) == label


def test_answers_are_read_as_scoring_left_them(tmp_path: Path) -> None:
    said = {"champion": {"label": "cat"}, "challenger": told({"label": "dog"})}
    path = tmp_path / "predictions.jsonl"
    path.write_text(json.dumps({"key": 7, "said": said}))

    (found,) = answering.read(tmp_path)

    assert found == (7, {"champion": Said("cat"), "challenger": Said("dog")})


@pytest.mark.parametrize(
    ("prediction", "kept"),
    [
        ("dog", {"label": "dog"}),
        ({"label": "dog", "confidence": 0.9}, {"label": "dog", "confidence": 0.9}),
        ({"label": "dog", "confidence": math.nan}, {"label": "dog"}),
        ({"label": "dog", "confidence": "high"}, {"label": "dog"}),
    ],
)
def test_how_sure_a_model_is_is_kept_where_it_is_a_number(
    prediction: object, kept: dict[str, Any]
) -> None:
    assert told(prediction) == kept


def test_items_closed_without_an_answer_are_counted(model: RegisteredModel) -> None:
    for _ in range(20):
        make_reviewed(model.project)
    for _ in range(10):
        make_reviewed(model.project, gold={"value": None, "unanswerable": True})
        make_waiting(model.project, state=QueueItem.State.FLAGGED)

    excluded = {each["why"]: each["rows"] for each in compared(model)["excluded"]}

    assert 0 < excluded[drawn.UNANSWERABLE] <= 10
    assert 0 < excluded[drawn.SET_ASIDE] <= 10
