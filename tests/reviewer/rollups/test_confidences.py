"""How sure models were, by the day: the same as a recount, counted or not."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from reviewer.models import ConfidenceDay, Endpoint, Prediction
from reviewer.rollups import confidences, hours
from reviewer.rollups.hours import EVER
from reviewer.stats import chance
from tests import makers
from tests.reviewer.rollups.counting import count_all

pytestmark = pytest.mark.django_db(transaction=True)

SURE = (0.0, 1e-9, 0.03, 0.5, 0.51, 0.9, 0.90001, 0.999, 1.0)
NEITHER = (None, math.nan, -0.1, 1.5, math.inf)


def send(
    endpoint: Endpoint, sure: float | None, days: int = 0, label: str = "cat"
) -> None:
    sent = makers.make_prediction(endpoint, confidence=0.5, label=label)
    at = timezone.now() - timedelta(days=days)
    Prediction.objects.filter(pk=sent.pk).update(confidence=sure, received_at=at)


def recounted(
    endpoint: Endpoint, begin: datetime
) -> dict[tuple[str, int], list[float]]:
    """Label and bin -> confidences, by the bins of the statistics themselves."""
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    rows = Prediction.objects.filter(
        endpoint=endpoint, received_at__gte=begin, repeats=False
    )
    for said, sure in rows.values_list("label", "confidence"):
        if sure is None or not 0 <= sure <= 1:
            found[said, confidences.NO_BIN].append(0.0)
        else:
            found[said, int(chance.bins([sure])[0]) // 8].append(sure)
    return found


def told(
    endpoint: Endpoint, begin: datetime
) -> dict[tuple[str, int], tuple[int, float]]:
    found = confidences.since([endpoint.pk], begin)
    assert len({(each.said, each.bin) for each in found}) == len(found)
    return {(each.said, each.bin): (each.n, each.total) for each in found}


def same(endpoint: Endpoint, begin: datetime) -> None:
    found, wanted = told(endpoint, begin), recounted(endpoint, begin)
    assert {key: n for key, (n, _) in found.items()} == {
        key: len(sure) for key, sure in wanted.items()
    }
    totals = {key: total for key, (_, total) in found.items()}
    assert totals == pytest.approx({key: sum(sure) for key, sure in wanted.items()})


def test_bins_are_those_of_the_statistics_and_bad_ones_are_apart() -> None:
    endpoint = makers.make_endpoint()
    draws = np.random.default_rng(3).uniform(size=60)
    for sure in (*SURE, *NEITHER, *draws.tolist()):
        send(endpoint, sure, label="cat" if (sure or 0) < 0.5 else "dog")

    same(endpoint, EVER)
    count_all()
    same(endpoint, EVER)

    apart = told(endpoint, EVER)
    assert (
        apart["cat", confidences.NO_BIN][0] + apart["dog", confidences.NO_BIN][0] == 5
    )
    assert ConfidenceDay.objects.count() == len(apart)


def test_a_window_of_days_leaves_earlier_days_out_counted_or_not() -> None:
    endpoint = makers.make_endpoint()
    for days in (0, 1, 6, 7, 8, 40):
        send(endpoint, 0.9, days)
    begin = hours.begin_days(timezone.now(), 7)

    before = told(endpoint, begin)
    count_all()
    send(endpoint, 0.9)

    assert [n for n, _ in before.values()] == [4]
    assert [n for n, _ in told(endpoint, begin).values()] == [5]


def test_a_window_of_days_begins_at_a_full_day() -> None:
    at = datetime(2026, 11, 25, 14, 37, 12, tzinfo=UTC)

    assert hours.begin_days(at, 7) == datetime(2026, 11, 18, tzinfo=UTC)
    assert hours.begin_days(at, None) == EVER


def test_a_repeated_input_is_not_counted() -> None:
    endpoint = makers.make_endpoint()
    makers.make_prediction(endpoint, repeats=True)
    makers.make_prediction(endpoint)

    assert sum(n for n, _ in told(endpoint, EVER).values()) == 1
    count_all()
    assert sum(n for n, _ in told(endpoint, EVER).values()) == 1


def test_answers_that_are_no_labels_of_a_list_are_counted_together() -> None:
    asked = {"id": "text", "kind": "text", "title": "What does it say?"}
    schema = makers.make_schema(questions=[asked])
    endpoint = makers.make_endpoint(schema.schema.project, schema=schema)
    for word in ("one", "two", "three"):
        send(endpoint, 0.9, label=word)

    count_all()

    assert [(said, n) for (said, _), (n, _) in told(endpoint, EVER).items()] == [
        ("", 3)
    ]
