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
from registry_bridge.scripts.scoring import label_of, told
from reviewer.models import QueueItem
from tests.registry_bridge.makers import make_model, make_reviewed, make_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> RegisteredModel:
    return make_model(test_percent=90)


def compared(
    model: RegisteredModel,
    champion: str = "cat",
    challenger: str = "truth",
    *,
    by: str = "",
    sure: float | None = None,
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
        item.gold_id: Answers(
            _said(champion, item), _said(challenger, item), sure, sure
        )
        for item in SnapshotItem.objects.select_related("gold")
    }
    return comparison.evidence(training, said, by=by)


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


def test_a_kind_of_item_that_nobody_worked_leaves_nothing_to_compare(
    model: RegisteredModel,
) -> None:
    for _ in range(40):
        make_reviewed(model.project, "dog")
    # audits wait, and none of them counts: each stands for ten predictions
    for _ in range(3):
        make_waiting(model.project, pi=0.1, u=0.0)

    found = compared(model, by="label", sure=0.9)

    assert found["comparison"]["missing"] == "answers that stand for the other 43%"
    assert found["calibration_error"]["challenger"] == found["comparison"]
    assert {each["comparison"]["missing"] for each in found["labels"]} == {
        found["comparison"]["missing"]
    }
    assert found["slices"] == {}


def test_what_was_answered_before_its_turn_is_no_say_of_its_kind(
    model: RegisteredModel,
) -> None:
    for _ in range(40):
        make_reviewed(model.project, "dog")
    for _ in range(6):
        make_reviewed(model.project, "dog", pi=0.1, u=0.09)
    make_waiting(model.project, pi=0.1, u=0.01)

    assert "missing" in compared(model)["comparison"]


def test_a_kind_of_which_some_count_is_heard(model: RegisteredModel) -> None:
    for _ in range(40):
        make_reviewed(model.project, "dog")
    for _ in range(20):
        make_reviewed(model.project, "dog", pi=0.1, u=0.01)
    make_waiting(model.project, pi=0.1, u=0.09)

    assert compared(model)["enough"]


def test_what_waits_in_vain_is_no_longer_waited_for(model: RegisteredModel) -> None:
    for _ in range(40):
        make_reviewed(model.project, "dog")
    make_waiting(model.project, pi=0.1, u=0.0, state=QueueItem.State.FLAGGED)

    assert compared(model)["enough"]


def test_a_slice_on_which_the_challenger_is_worse_is_named(
    model: RegisteredModel,
) -> None:
    for _ in range(30):
        make_reviewed(model.project, "cat", metadata={"shop": "north"})
        make_reviewed(model.project, "dog", metadata={"shop": "south"})
        make_reviewed(model.project, "dog", metadata={"shop": 3})
        make_reviewed(model.project, "dog")

    found = compared(model, "cat", "dog", by="metadata.shop")["slices"]

    assert found["harmed"] == ["north"]
    assert sorted(found["parts"]) == ["(without)", "3", "north", "south"]
    north = found["parts"]["north"]
    assert north["n"] == north["only_champion"]
    assert north["p"] < 0.001
    assert found["parts"]["3"]["p"] == 1.0


def test_slices_by_label_are_what_the_version_in_use_says(
    model: RegisteredModel,
) -> None:
    for _ in range(30):
        make_reviewed(model.project, "dog")

    found = compared(model, "cat", "dog", by="label")["slices"]

    assert list(found["parts"]) == ["cat"]
    assert found["harmed"] == []


def test_how_far_both_are_to_be_believed_comes_with_its_interval(
    model: RegisteredModel,
) -> None:
    for _ in range(60):
        make_reviewed(model.project, "cat")
        make_reviewed(model.project, "dog")

    found = compared(model, sure=0.95)["calibration_error"]

    # right in about one half, and in all
    assert found["champion"]["low"] > 0.2
    assert found["challenger"]["value"] == pytest.approx(0.05, abs=0.02)
    assert found["increase"]["high"] < 0
    assert found["increase"]["level"] == pytest.approx(0.9)


def test_models_that_never_say_how_sure_they_are_have_no_calibration_error(
    model: RegisteredModel,
) -> None:
    for _ in range(20):
        make_reviewed(model.project, "cat")

    found = compared(model)["calibration_error"]

    assert found["increase"]["missing"] == "a confidence from every answer"
