"""Whatever the service does, the endpoint goes on, and what fits the buffer arrives once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import pytest

from overread_client import sender
from tests.client.conftest import Connect, send
from tests.client.hostile import (
    Call,
    Hostile,
    Misdeed,
    keeps_and_cuts,
    says,
    serving,
    takes_at_most,
)

NAMES = [f"call-{number}" for number in range(40)]
ENOUGH = 20.0


def test_predictions_arrive_as_they_were_sent(
    hostile: Hostile, connect: Connect
) -> None:
    client = connect(hostile.url)

    client.send(
        "a",
        input={"text": "Grüße"},
        output={"label": "7", "confidence": 0.5},
        group="page-1",
        metadata={"camera": 3},
    )

    assert client.flush(ENOUGH)
    assert hostile.kept["a"] == {
        "inference_id": "a",
        "endpoint": "digits",
        "model": {"name": "digits", "version": "7"},
        "input": {"text": "Grüße"},
        "output": {"label": "7", "confidence": 0.5},
        "group": "page-1",
        "metadata": {"camera": 3},
    }
    assert hostile.calls[0].path == "/api/v1/projects/p/predictions"
    assert hostile.calls[0].headers["Authorization"] == "Bearer secret"


def test_many_predictions_go_together_and_packed(
    hostile: Hostile, connect: Connect
) -> None:
    client = connect(hostile.url, linger=30)

    send(client, *NAMES)

    assert client.flush(ENOUGH)
    assert len(hostile.calls) < 5
    assert any(call.packed for call in hostile.calls)
    assert list(hostile.kept) == NAMES


@pytest.mark.parametrize(
    "misdeed",
    [
        says(500),
        says(503, b"<html>away</html>"),
        says(429, {"detail": "Reviewers have enough to do."}, Retry_After="0"),
        says(200, b"<html>what you look for is not here</html>"),
        says(200, {"results": []}),
        Call.cut,
        keeps_and_cuts,
    ],
    ids=["500", "503", "429", "a page", "no results", "reset", "reset after taking"],
)
def test_a_passing_fault_costs_no_prediction(
    hostile: Hostile, connect: Connect, misdeed: Misdeed
) -> None:
    hostile.misdeeds = [misdeed] * 3
    client = connect(hostile.url)

    send(client, *NAMES)

    assert client.flush(ENOUGH)
    assert sorted(hostile.kept) == sorted(NAMES)
    assert client.counts.posted == len(NAMES)
    assert client.counts.refused == client.counts.dropped == 0


def test_what_was_taken_before_a_cut_is_only_a_duplicate(
    hostile: Hostile, connect: Connect
) -> None:
    hostile.misdeeds = [keeps_and_cuts]
    client = connect(hostile.url, linger=30)

    send(client, *NAMES)

    assert client.flush(ENOUGH)
    assert len(hostile.kept) == client.counts.posted == len(NAMES)
    assert client.counts.duplicates >= 1


def test_a_service_that_is_away_for_a_while_loses_nothing(connect: Connect) -> None:
    hostile = Hostile()
    with serving(hostile):
        client = connect(hostile.url)
        port = int(hostile.url.rpartition(":")[2])
        send(client, "before")
        assert client.flush(ENOUGH)
    send(client, *NAMES)
    assert not client.flush(0.1)

    with serving(hostile, port):
        assert client.flush(ENOUGH)

    assert sorted(hostile.kept) == sorted(["before", *NAMES])
    assert client.counts.waiting == client.counts.dropped == 0


def test_a_silent_service_is_given_up_on_and_asked_again(
    hostile: Hostile, connect: Connect
) -> None:
    over = threading.Event()

    def silent(call: Call) -> None:
        over.wait(ENOUGH)
        call.close_connection = True

    hostile.misdeeds = [silent]
    client = connect(hostile.url, timeout=0.1)

    send(client, *NAMES)
    arrived = client.flush(ENOUGH)
    over.set()

    assert arrived
    assert sorted(hostile.kept) == sorted(NAMES)


def test_the_next_try_waits_as_long_as_the_service_asks(
    hostile: Hostile, connect: Connect
) -> None:
    hostile.misdeeds = [says(429, Retry_After="1")]
    at: list[float] = []

    def look_at_the_clock(call: Call) -> None:
        at.append(time.monotonic())
        call.take()

    hostile.always = look_at_the_clock
    client = connect(hostile.url)
    began = time.monotonic()

    send(client, "a")

    _wait_until(lambda: client.counts.posted)
    assert at[0] - began >= 1.0


def test_a_bad_row_is_refused_alone(
    hostile: Hostile, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(hostile.url, linger=30)

    send(client, *NAMES)
    client.send("bad", input={"bad": True}, output={"label": "7"})
    send(client, "after")

    assert client.flush(ENOUGH)
    assert sorted(hostile.kept) == sorted([*NAMES, "after"])
    assert client.counts.refused == 1
    assert "Overread refused: input.bad: no" in caplog.text


def test_a_refusal_of_the_whole_call_is_said_and_not_repeated(
    hostile: Hostile, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    hostile.misdeeds = [says(401, {"detail": "This token has expired."})]
    client = connect(hostile.url, linger=30)
    send(client, *NAMES[:20])
    assert client.flush(ENOUGH) or client.counts.refused

    send(client, *NAMES[20:])

    assert client.flush(ENOUGH)
    counts = client.counts
    assert counts.refused >= 1
    assert counts.posted == len(hostile.kept) == len(NAMES) - counts.refused
    assert "for good; 401: This token has expired." in caplog.text


def test_a_token_follows_no_redirect(
    hostile: Hostile, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    hostile.misdeeds = [says(301, Location="https://elsewhere.example.org")]
    client = connect(hostile.url)

    send(client, "a")

    assert client.flush(ENOUGH)
    assert len(hostile.calls) == client.counts.refused == 1
    assert "it points to https://elsewhere.example.org" in caplog.text


def test_a_call_that_is_too_large_is_cut_until_it_fits(
    hostile: Hostile, connect: Connect
) -> None:
    hostile.always = takes_at_most(3)
    client = connect(hostile.url, linger=30)

    send(client, *NAMES)

    assert client.flush(ENOUGH)
    assert sorted(hostile.kept) == sorted(NAMES)


def test_a_row_that_is_too_large_alone_costs_no_other(
    hostile: Hostile, connect: Connect
) -> None:
    def small_rows_only(call: Call) -> None:
        if any(len(row["input"]["text"]) > 100 for row in call.rows):
            call.say(413, {"detail": "Too large."})
        else:
            call.take()

    hostile.always = small_rows_only
    client = connect(hostile.url, linger=30)

    send(client, "a", "b")
    client.send("large", input={"text": "x" * 200}, output={"label": "7"})
    send(client, "c", "d")

    assert client.flush(ENOUGH)
    assert sorted(hostile.kept) == ["a", "b", "c", "d"]
    assert client.counts.refused == 1


def test_a_service_that_knows_no_gzip_gets_plain_rows(
    hostile: Hostile, connect: Connect
) -> None:
    hostile.always = lambda call: call.say(415, b"") if call.packed else call.take()
    client = connect(hostile.url, linger=30)

    send(client, *NAMES)

    assert client.flush(ENOUGH)
    assert len(hostile.kept) == len(NAMES)


@pytest.mark.parametrize("bound", [{"most_rows": 5}, {"most_bytes": 700}])
def test_what_does_not_fit_the_buffer_is_dropped_counted_and_told_once(
    connect: Connect, bound: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    client = connect("http://127.0.0.1:9", **bound)

    taken = send(client, *NAMES)

    counts = client.counts
    assert counts.waiting == counts.taken == sum(taken) < 10
    assert counts.dropped == len(NAMES) - counts.taken
    assert caplog.text.count("Dropped:") == 1


def test_threads_that_send_at_once_lose_nothing(
    hostile: Hostile, connect: Connect
) -> None:
    client = connect(hostile.url)
    names = [[f"{thread}-{number}" for number in range(200)] for thread in range(8)]
    threads = [threading.Thread(target=send, args=(client, *each)) for each in names]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert client.flush(ENOUGH)
    assert sorted(hostile.kept) == sorted(itertools.chain(*names))
    assert client.counts.duplicates == 0


def test_a_closed_client_takes_no_more_and_says_what_is_left(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect("http://127.0.0.1:9")
    send(client, *NAMES)

    client.close(timeout=0.05)

    assert "Not posted to Overread before the end. (40" in caplog.text
    assert send(client, "late") == [False]
    assert client.counts.dropped == 1


def _wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + ENOUGH
    while not true() and time.monotonic() < until:
        time.sleep(0.01)


def test_a_row_that_the_service_fails_over_lets_the_others_through(
    hostile: Hostile, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.002)
    mended = threading.Event()

    def stumbles(call: Call) -> None:
        is_odd = any(row["inference_id"] == "call-3" for row in call.rows)
        says(500)(call) if is_odd and not mended.is_set() else call.take()

    hostile.always = stumbles
    client = connect(hostile.url)

    send(client, *NAMES)

    until = time.monotonic() + ENOUGH
    while len(hostile.kept) < len(NAMES) - 1 and time.monotonic() < until:
        time.sleep(0.01)
    assert set(hostile.kept) == set(NAMES) - {"call-3"}
    mended.set()
    assert client.flush(ENOUGH)
    assert set(hostile.kept) == set(NAMES)
