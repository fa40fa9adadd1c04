"""Evidence slice by slice: by what predictions came with, frozen once, marked as chosen freely."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection

from registry_bridge import comparison, sliced
from registry_bridge.models import Promotion, Snapshot, Training
from registry_bridge.said import Answers
from reviewer.models import Prediction
from tests import makers
from tests.registry_bridge.makers import Loop
from tests.registry_bridge.shadows import make_challenger
from tests.registry_bridge.test_changed import make_snapshot

pytestmark = pytest.mark.django_db


def tell(gold: list[int], *metadata: dict[str, Any]) -> None:
    """Give the predictions these metadata, in turn."""
    for at, each in enumerate(gold):
        rows = Prediction.objects.filter(task__gold=each)
        rows.update(metadata=metadata[at % len(metadata)])


def answers(snapshot: Snapshot, gold: list[int]) -> dict[int, Answers]:
    """The challenger is right on the first half, the champion on the second."""
    truth = dict(snapshot.items.values_list("gold_id", "gold__value"))
    half = len(gold) // 2
    return {
        each: Answers("x", str(truth[each]))
        if at < half
        else Answers(str(truth[each]), "x")
        for at, each in enumerate(gold)
    }


def by_value(found: list[dict[str, Any]]) -> dict[str | None, int]:
    return {each["value"]: each["n"] for each in found}


def test_each_value_has_its_own_paired_difference() -> None:
    snapshot, gold = make_snapshot(40)
    tell(gold[:20], {"shop": "big"})
    tell(gold[20:], {"shop": "small"})

    found = sliced.by_metadata(snapshot, answers(snapshot, gold))

    told = {e["value"]: e["comparison"]["difference"] for e in found["shop"]}
    assert told["big"]["value"] == pytest.approx(1.0)
    assert told["small"]["value"] == pytest.approx(-1.0)
    assert (told["big"]["n"], told["small"]["n"]) == (20, 20)


def test_values_are_named_as_slices_of_quality_name_them() -> None:
    values = ["eu", True, 3, 2.5, None, ["a"], "ü"]
    snapshot, gold = make_snapshot(len(values) * 10)
    tell(gold, *({"k": value} for value in values))
    with connection.cursor() as cursor:
        cursor.execute("select distinct metadata ->> 'k' from reviewer_prediction")
        wanted = {row[0] for row in cursor.fetchall()}

    found = sliced.by_metadata(snapshot, answers(snapshot, gold))

    assert set(by_value(found["k"])) == wanted


def test_a_key_that_hardly_any_two_share_tells_nothing_apart() -> None:
    snapshot, gold = make_snapshot(40)
    tell(gold, *({"request": str(at), "shop": "one"} for at in range(40)))

    found = sliced.by_metadata(snapshot, answers(snapshot, gold))

    assert list(found) == ["shop"]


def test_many_values_are_joined_and_predictions_without_the_key_are_a_slice() -> None:
    snapshot, gold = make_snapshot(60)
    tell(gold[:20], {"shop": "big"})
    tell(gold[20:50], *({"shop": f"s{at}"} for at in range(30)))
    tell(gold[50:], {})

    found = sliced.by_metadata(snapshot, answers(snapshot, gold))["shop"]

    *largest, last = found
    assert by_value(largest)["big"] == 20
    assert by_value(largest)[None] == 10
    assert len(largest) == sliced.MOST_VALUES
    assert last["joined"] == 32 - sliced.MOST_VALUES
    assert sum(each["n"] for each in found) == 60


def test_predictions_without_metadata_and_items_nobody_answered_are_no_slices() -> None:
    snapshot, gold = make_snapshot(4)

    assert sliced.by_metadata(snapshot, {}) == {}
    assert sliced.by_metadata(snapshot, answers(snapshot, gold)) == {}


def test_slices_are_kept_with_the_evidence_of_a_training(loop: Loop) -> None:
    training = make_challenger(loop)

    assert training.evidence["metadata"] == {}
    assert training.evidence["enough"] is not None


def make_proposed() -> tuple[Promotion, Any]:
    snapshot, gold = make_snapshot(60)
    tell(gold, {"shop": "big", "kind": "a"}, {"shop": "<b>small</b>", "kind": "a"})
    said = answers(snapshot, gold)
    training = Training.objects.create(
        project=snapshot.project, snapshot=snapshot, job_name="t", version="2"
    )
    kept = comparison.evidence(training, said)
    kept["metadata"] = sliced.by_metadata(snapshot, said)
    promotion = Promotion.objects.create(
        project=snapshot.project, from_version="1", to_version="2", evidence=kept
    )
    lead = makers.make_member(snapshot.project, "lead")
    return promotion, makers.sign_in(lead)


def url(promotion: Promotion, query: str = "") -> str:
    return f"/p/{promotion.project.slug}/promotions/{promotion.pk}/{query}"


def test_a_key_is_chosen_on_the_page_and_marked_pointwise() -> None:
    promotion, client = make_proposed()
    before = client.get(url(promotion)).content.decode()
    assert "Pointwise" not in before
    assert "<option >metadata.shop</option>" in before

    page = client.get(url(promotion, "?slice=metadata.shop")).content.decode()

    assert "Pointwise" in page
    assert 'id="metadata-title"' in page
    assert re.search(r'rowheader" class="break">big</th>', page)
    assert "&lt;b&gt;small&lt;/b&gt;" in page
    assert "<b>small</b>" not in page


@pytest.mark.parametrize(
    "asked", ["metadata.none", "label", "shop", "metadata.", "%00", "metadata.shop%00"]
)
def test_a_key_that_was_not_kept_shows_the_choice_alone(asked: str) -> None:
    promotion, client = make_proposed()

    answer = client.get(url(promotion, f"?slice={asked}"))

    assert answer.status_code == 200
    assert "Slice by slice" in answer.content.decode()
    assert "Pointwise" not in answer.content.decode()


def test_slices_are_in_the_file() -> None:
    promotion, client = make_proposed()

    answer = client.get(url(promotion, "?format=csv"))

    found = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    big = [
        row
        for row in found
        if (row["part"], row["name"], row["of"])
        == ("metadata.shop", "big", "difference")
    ]
    assert [row["n"] for row in big] == ["30"]


def test_evidence_of_before_has_no_slices() -> None:
    promotion, client = make_proposed()
    promotion.evidence.pop("metadata")
    promotion.save(update_fields=["evidence"])

    assert "Slice by slice" not in client.get(url(promotion)).content.decode()
