"""Bodies that are cut short, too deep, packed tight or from tomorrow: refused in words."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Annotation, Draft
from reviewer.models import DeadLetter, Prediction
from tests.journeys.callers import Shop, open_shop, row
from tests.journeys.test_bad_input import nothing_was_kept, refusal

pytestmark = pytest.mark.django_db
NDJSON = "application/x-ndjson"
MB = 2**20
DEPTHS = [200, 450, 700, 950, 10_000]


def nested(depth: int, open_: str = '{"a":', close: str = "}") -> str:
    return open_ * depth + "1" + close * depth


def lines(rows: Iterable[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(each) for each in rows)


def with_deep(depth: int, field: str, **changes: Any) -> str:
    """A row in which that field holds something nested so deep."""
    text = json.dumps(row(**{field: "HERE"}, **changes))
    return text.replace('"HERE"', nested(depth))


# Too deep.


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("field", ["metadata", "input", "output", "model", "scores"])
def test_a_row_nested_so_deep_is_kept_or_refused_never_a_crash(
    field: str, depth: int
) -> None:
    shop = open_shop()

    answer = shop.send(with_deep(depth, field))

    if answer.status_code == 201:
        assert field == "metadata"
        assert Prediction.objects.count() == 1
    else:
        assert answer.status_code in (400, 422)
        assert refusal(answer, answer.status_code)
        assert nothing_was_kept()


@pytest.mark.parametrize("depth", DEPTHS)
def test_one_deep_line_of_many_is_named_and_the_others_are_kept(depth: int) -> None:
    shop = open_shop()
    deep = with_deep(depth, "input")
    body = "\n".join([json.dumps(row()), deep, json.dumps(row())])

    told = shop.send(body, content_type=NDJSON).json()

    assert (told["routed"], told["refused"]) == (2, 1)
    (bad,) = [each for each in told["results"] if "code" in each]
    assert bad["index"] == 1
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("depth", DEPTHS)
def test_an_answer_nested_so_deep_is_refused(depth: int) -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()
    item = reviewer.item(assignment, {"label": "HERE"})
    body = json.dumps({"items": [item]}).replace('"HERE"', nested(depth))

    answer = reviewer.post(f"queues/{shop.queue.pk}/submissions", body)

    if answer.status_code == 200:
        (told,) = answer.json()["results"]
        assert (told["ok"], told["status"]) == (False, 422)
    else:
        assert refusal(answer, 400)["code"] == "malformed"
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_draft_nested_so_deep_is_kept_or_refused_never_a_crash(depth: int) -> None:
    shop = open_shop(overlap=1)
    shop.send(row())
    reviewer = shop.reviewer()
    (assignment,) = reviewer.claim()
    body = json.dumps({"token": assignment["token"], "answer": "HERE"})

    answer = reviewer.post(
        f"assignments/{assignment['id']}/draft",
        body.replace('"HERE"', nested(depth)),
    )

    if answer.status_code == 200:
        assert Draft.objects.count() == 1
        # a draft that was kept can be shown again
        assert reviewer.claim()
    else:
        assert answer.status_code in (400, 422)
        assert refusal(answer, answer.status_code)


# Cut short.


def send_cut(shop: Shop, body: bytes, missing: int, kind: str) -> Any:
    """As a server hands it on whose client promised more than it sent."""
    promised = {"CONTENT_LENGTH": str(len(body) + missing)}
    sent = {"wsgi.input": io.BytesIO(body)}
    return shop.send(body, content_type=kind, **promised, **sent)


@pytest.mark.parametrize("missing", [1, 500, 5 * MB])
@pytest.mark.parametrize("kind", ["application/json", NDJSON])
def test_a_body_that_is_cut_short_keeps_nothing(kind: str, missing: int) -> None:
    shop = open_shop()
    rows = [row() for _ in range(3)]
    text = lines(rows) if kind == NDJSON else json.dumps({"predictions": rows})
    body = text.encode()[:-60]

    answer = send_cut(shop, body, missing, kind)

    assert refusal(answer, 400)["code"] == "malformed"
    assert nothing_was_kept()


def test_a_body_that_is_cut_between_two_lines_keeps_nothing() -> None:
    shop = open_shop()
    body = lines(row() for _ in range(3)).encode()

    answer = send_cut(shop, body, missing=300, kind=NDJSON)

    assert refusal(answer, 400)["code"] == "malformed"
    assert nothing_was_kept()
    assert not DeadLetter.objects.exists()


# Packed.


def send_packed(shop: Shop, body: bytes, encoding: str = "gzip", **more: Any) -> Any:
    return shop.send(body, HTTP_CONTENT_ENCODING=encoding, **more)


def test_a_packed_batch_is_taken_like_a_plain_one() -> None:
    shop = open_shop()
    body = json.dumps({"predictions": [row() for _ in range(50)]}).encode()

    answer = send_packed(shop, gzip.compress(body))

    assert answer.status_code == 200, answer.content
    assert answer.json()["routed"] == Prediction.objects.count() == 50


def test_packed_lines_are_taken_like_plain_ones() -> None:
    shop = open_shop()
    body = gzip.compress(lines(row() for _ in range(50)).encode())

    answer = send_packed(shop, body, content_type=NDJSON)

    assert answer.status_code == 200, answer.content
    assert answer.json()["routed"] == 50


def test_several_packed_pieces_after_each_other_are_one_body() -> None:
    shop = open_shop()
    body = b"".join(gzip.compress(json.dumps(row()).encode() + b"\n") for _ in range(3))

    answer = send_packed(shop, body, content_type=NDJSON)

    assert answer.status_code == 200, answer.content
    assert answer.json()["routed"] == 3


@pytest.mark.parametrize("kind", ["application/json", NDJSON])
@pytest.mark.parametrize("filling", [b" ", b'{"a":"x"}\n'])
def test_a_bomb_is_refused_before_it_fills_the_memory(
    filling: bytes, kind: str
) -> None:
    shop = open_shop()
    bomb = gzip.compress(filling * (64 * MB // len(filling)), compresslevel=1)
    assert len(bomb) < 8 * MB
    tracemalloc.start()

    answer = send_packed(shop, bomb, content_type=kind)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "8 MB" in refusal(answer, 413)["detail"]
    assert peak < 40 * MB
    assert nothing_was_kept()


@pytest.mark.parametrize(
    "body",
    [
        b"not packed at all",
        json.dumps({"inference_id": "a"}).encode(),
        gzip.compress(b"x" * 500, mtime=0)[:-9],
        gzip.compress(bytes(range(256)), mtime=0)[:40],
        gzip.compress(b"x" * 500, mtime=0) + b"and more",
        b"",
    ],
    ids=["text", "plain", "cut at its end", "cut", "followed by more", "empty"],
)
def test_what_says_that_it_is_packed_and_is_not_is_malformed(body: bytes) -> None:
    shop = open_shop()

    assert refusal(send_packed(shop, body), 400)["code"] == "malformed"
    assert nothing_was_kept()


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x"])
def test_a_packing_that_is_not_understood_is_named(encoding: str) -> None:
    shop = open_shop()
    body = json.dumps(row()).encode()

    told = refusal(send_packed(shop, body, encoding), 415)

    assert "gzip" in told["detail"]
    assert nothing_was_kept()


def test_plain_is_a_packing_too() -> None:
    shop = open_shop()

    answer = send_packed(shop, json.dumps(row()).encode(), "identity")

    assert answer.status_code == 201


# Clocks, and the same key twice.


@pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=9_000)])
def test_a_clock_that_is_ahead_is_named_and_the_others_are_kept(
    ahead: timedelta,
) -> None:
    shop = open_shop()
    rows = [row(), row(occurred_at=(timezone.now() + ahead).isoformat()), row()]

    told = shop.send({"predictions": rows}).json()

    (bad,) = [each for each in told["results"] if "code" in each]
    assert (bad["index"], bad["status"]) == (1, 422)
    assert bad["errors"][0]["field"] == "occurred_at"
    assert "clock" in bad["detail"]
    assert Prediction.objects.count() == 2


def test_a_clock_that_is_a_little_ahead_is_believed() -> None:
    shop = open_shop()
    soon = timezone.now() + timedelta(minutes=5)

    assert shop.send(row(occurred_at=soon.isoformat())).status_code == 201


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "1969-07-20T20:17:40Z",
        "2016-12-31T23:59:60Z",
    ],
)
def test_a_time_at_the_edge_is_kept_or_refused_never_a_crash(at: str) -> None:
    shop = open_shop()

    answer = shop.send(row(occurred_at=at))

    if answer.status_code == 201:
        assert Prediction.objects.get().occurred_at
    else:
        assert "occurred_at" in json.dumps(refusal(answer, 422)["errors"])
        assert nothing_was_kept()


@pytest.mark.parametrize("kind", ["application/json", NDJSON])
def test_the_same_row_twice_in_one_batch_is_kept_once(kind: str) -> None:
    shop = open_shop()
    sent = row()
    rows = [sent, row(), sent, sent]

    body = lines(rows) if kind == NDJSON else {"predictions": rows}
    told = shop.send(body, content_type=kind).json()

    assert [each["duplicate"] for each in told["results"]] == [False, False, True, True]
    assert (told["routed"], told["duplicates"]) == (2, 2)
    assert Prediction.objects.count() == 2


def test_a_batch_sent_twice_in_another_order_gets_the_same_answers() -> None:
    shop = open_shop()
    rows = [row() for _ in range(20)]

    first = shop.send({"predictions": rows}).json()["results"]
    again = shop.send({"predictions": rows[::-1]}).json()["results"][::-1]

    assert all(each["duplicate"] for each in again)
    for one, other in zip(first, again, strict=True):
        same = ("inference_id", "decision", "inclusion_probability", "task", "reason")
        assert [one[key] for key in same] == [other[key] for key in same]


@pytest.mark.parametrize(
    "number", ["1" * 400, "-" + "9" * 40, "18446744073709551616", "1e308", "5e-324"]
)
def test_numbers_at_the_edge_are_kept_or_refused_never_a_crash(number: str) -> None:
    shop = open_shop()
    text = json.dumps(row(metadata={"n": "HERE"})).replace('"HERE"', number)

    answer = shop.send(text)

    if answer.status_code != 201:
        assert answer.status_code in (400, 422)
        assert refusal(answer, answer.status_code)
        assert nothing_was_kept()
