"""Files of Data Capture become predictions: each once, whatever happens on the way."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings
from time_machine import travel

from projects import worker
from projects.jobs import TryLater
from projects.models import Job
from registry_bridge.capturing import lines, reading, rounds, sources, taking
from registry_bridge.gateways.fakes_shelves import FakeMessages, FakeShelf
from registry_bridge.gateways.ports import Rejected, Unreachable
from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource
from reviewer import adapters, intake
from reviewer.models import Endpoint, Prediction
from tests.registry_bridge.capturing import records
from tests.registry_bridge.capturing.records import (
    by_event_bridge,
    by_sns,
    file,
    key,
    line,
    make_endpoint,
    make_source,
    s3_event,
)

pytestmark = pytest.mark.django_db
State = CaptureFile.State


def take(source: CaptureSource) -> CaptureSource:
    """A turn of the source, with a listing."""
    related = CaptureSource.objects.select_related("endpoint__project")
    CaptureSource.objects.filter(pk=source.pk).update(listed_at=None)
    rounds.take(related.get(pk=source.pk))
    return related.get(pk=source.pk)


def ids() -> list[str]:
    return sorted(Prediction.objects.values_list("inference_id", flat=True))


def test_a_record_becomes_a_prediction(shelf: FakeShelf, queue: FakeMessages) -> None:
    shelf.put(key(), file("a"))

    source = take(make_source())

    found = Prediction.objects.select_related("payload").get()
    assert found.inference_id == "a"
    assert found.label == "cat"
    assert found.confidence == pytest.approx(0.8808, abs=1e-4)
    assert (found.model_name, found.model_version) == ("tickets", "3")
    assert found.payload.content == {"text": "a text a"}
    assert source.newest_at == datetime(2026, 11, 20, 7, 15, tzinfo=UTC)
    assert source.problem == ""


@pytest.mark.parametrize("wrap", ["plain", "sns", "event bridge"])
def test_a_message_about_a_file_has_it_read_and_is_deleted(
    wrap: str, shelf: FakeShelf, queue: FakeMessages
) -> None:
    etag = shelf.put(key("a b+ü.jsonl"), file("a"))
    body = s3_event(key("a b+ü.jsonl"), etag)
    if wrap == "sns":
        body = by_sns(body)
    if wrap == "event bridge":
        body = by_event_bridge(key("a b+ü.jsonl"), etag)
    queue.send(body)
    source = make_source()
    CaptureSource.objects.update(listed_at=datetime.now(UTC))

    rounds.take(CaptureSource.objects.get(pk=source.pk))

    assert ids() == ["a"]
    assert queue.waiting == {}


def test_events_twice_in_any_order_and_listings_make_each_prediction_once(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    one, two = (shelf.put(key(name), file(name, "both")) for name in ("a", "b"))
    source = make_source()
    for body in (
        s3_event(key("b"), two),
        s3_event(key("a"), one),
        s3_event(key("b"), two),
    ):
        queue.send(body)

    take(source)
    queue.send(by_sns(s3_event(key("a"), one)))
    take(source)

    assert ids() == ["a", "b", "both"]
    files = CaptureFile.objects.all()
    assert sorted((f.taken, f.repeated) for f in files) == [(1, 1), (2, 0)]


def test_the_test_event_of_s3_is_ignored_and_what_nobody_understands_is_kept_aside(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    queue.send('{"Service": "Amazon S3", "Event": "s3:TestEvent"}')
    queue.send("not JSON")
    queue.send('{"Records": [{"s3": {}}]}')
    queue.send(s3_event("nul%00", "e").replace("%2500", "%00"))

    take(make_source())

    assert queue.waiting == {}
    reasons = CaptureRefusal.objects.order_by("pk").values_list("reason", "raw")
    assert [raw for _, raw in reasons][:2] == ["not JSON", '{"Records": [{"s3": {}}]}']
    assert "U+0000" in reasons[2][0]
    assert "is not JSON" in reasons[0][0]


def test_a_message_stays_when_its_file_could_not_be_noted(
    shelf: FakeShelf, queue: FakeMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.send(s3_event(key(), shelf.put(key(), file("a"))))
    source = make_source()

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CaptureFile.objects, "bulk_create", killed)
        with pytest.raises(KeyboardInterrupt):
            take(source)
    assert queue.waiting
    queue.forget_who_has_what()
    take(source)

    assert ids() == ["a"]
    assert queue.waiting == {}


def test_bad_lines_are_kept_aside_with_a_reason_and_the_rest_is_read(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    content = [
        line("good"),
        '{"captureData": ',
        '{"foreign": true}',
        "",
        line("label", scores=(1.0, 2.0, 3.0)),
        '{"captureData":{"endpointInput":{"data":"x"}},"eventMetadata":{"eventId":"e"}}',
        line("nul", text="\0"),
        line("also-good"),
    ]
    shelf.put(key(), "\n".join(content).encode() + b"\n\xff\n")

    take(make_source())

    assert ids() == ["also-good", "good"]
    told = dict(CaptureRefusal.objects.values_list("line", "reason"))
    assert sorted(told) == [1, 2, 4, 5, 6, 8]
    assert "is not JSON" in told[1]
    assert "captureData" in told[2]
    assert "3 numbers for 2 classes" in told[4]
    assert "was not captured" in told[5]
    assert "U+0000" in told[6]
    kept = CaptureFile.objects.get()
    assert (kept.state, kept.taken, kept.refused) == (State.READ, 2, 6)


def test_refused_lines_alone_are_tried_again_after_the_adapter_was_changed(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    endpoint = make_endpoint()
    source = make_source(endpoint)
    sent, answer = '{"instances": [{"text": "late"}]}', '{"said": [0, 3]}'
    shelf.put(key(), f"{line('a')}\n{records.record('b', sent, answer)}\n".encode())
    take(source)
    assert CaptureRefusal.objects.get().line == 1
    said = {**records.ADAPTER["output"], "probabilities": {"json": "said"}}

    adapters.keep(endpoint, {**records.ADAPTER, "output": said}, None)
    assert sources.try_again(CaptureSource.objects.get(), None) == 1
    take(source)

    assert ids() == ["a", "b"]
    assert not CaptureRefusal.objects.exists()
    kept = CaptureFile.objects.get()
    assert (kept.taken, kept.repeated, kept.refused) == (2, 0, 0)
    assert (kept.state, kept.again_at) == (State.READ, None)


def test_a_label_that_the_schema_does_not_know_is_refused_by_name(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    said = {**records.ADAPTER["output"], "classes": ["cat", "horse"]}
    shelf.put(key(), f"{line('a', scores=(0, 5))}\n{line('b')}".encode())

    take(make_source(make_endpoint({**records.ADAPTER, "output": said})))

    reasons = CaptureRefusal.objects.values_list("reason", flat=True)
    assert len(reasons) == 2
    assert "horse" in reasons[0]


@pytest.mark.parametrize("encoding", ["CSV", "BASE64"])
def test_lines_of_csv_are_predictions_of_their_own(
    encoding: str, shelf: FakeShelf, queue: FakeMessages
) -> None:
    sent, answer = 'one\n"two, too"\nthree\n', "cat,0.9\ndog,0.8\nhorse,0.5\n"
    shelf.put(key(), records.record("x", sent, answer, encoding).encode())

    take(make_source(make_endpoint(records.CSV)))

    assert ids() == ["x-1", "x-2"]
    refused = CaptureRefusal.objects.get()
    assert (refused.line, refused.part) == (0, 2)
    assert "horse" in refused.reason


def test_gzip_is_unpacked_and_a_broken_one_is_told(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    packed = gzip.compress(file("a", "b"))
    shelf.put(key("whole.jsonl.gz"), packed)
    shelf.put(key("cut.jsonl.gz"), packed[:-10])

    take(make_source())

    assert ids() == ["a", "b"]
    cut = CaptureFile.objects.get(key=key("cut.jsonl.gz"))
    assert cut.state == State.BROKEN
    assert "cannot be unpacked" in cut.problem


def test_a_huge_line_is_passed_over_and_told(
    shelf: FakeShelf, queue: FakeMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1_000)
    shelf.put(key(), f"{line('a')}\n{'x' * 5_000}\n{line('b')}".encode())

    take(make_source())

    assert ids() == ["a", "b"]
    assert "longer than" in CaptureRefusal.objects.get().reason


class Killed(BaseException):
    """Nothing that runs here may catch it."""


@pytest.mark.parametrize("point", ["before", "after", "end"])
def test_a_reader_that_is_killed_loses_nothing_and_doubles_nothing(
    point: str,
    shelf: FakeShelf,
    queue: FakeMessages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "BATCH", 3)
    names = [f"n{n}" for n in range(10)]
    broken = b"broken\n"
    shelf.put(key(), file(*names[:4]) + broken + file(*names[4:]))
    source = make_source()
    accept, count, end, calls = intake.accept, taking._count, reading._end, [0]

    def once(*given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2 and point == "before":
            raise Killed
        return accept(*given, **named)

    def counted(*given: Any) -> None:
        count(*given)
        if calls[0] == 2 and point == "after":
            raise Killed

    def ended(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(intake, "accept", once)
        patch.setattr(taking, "_count", counted)
        patch.setattr(reading, "_end", ended if point == "end" else end)
        with pytest.raises(Killed):
            take(source)
    left = CaptureFile.objects.get()
    assert left.state == State.WAITING
    assert left.lines == (11 if point == "end" else 3)
    take(source)

    assert ids() == sorted(names)
    kept = CaptureFile.objects.get()
    assert (kept.taken, kept.repeated, kept.refused) == (10, 0, 1)
    assert CaptureRefusal.objects.get().line == 4
    assert kept.state == State.READ


def test_two_readers_of_one_file_take_each_line_once(
    shelf: FakeShelf, queue: FakeMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    shelf.put(key(), file("a", "b", "c", "d"))
    source = make_source()
    commit, calls = taking.commit, [0]

    def overtaken(portions: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            take(source)  # the other one, which reads to the end
        commit(portions)

    monkeypatch.setattr(taking, "commit", overtaken)
    take(source)

    kept = CaptureFile.objects.get()
    assert ids() == ["a", "b", "c", "d"]
    assert (kept.taken, kept.repeated, kept.state) == (4, 0, State.READ)


@pytest.fixture
def unfit(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """Its adapter fits no record; a file is held after four of them."""
    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr(taking, "MOST_REFUSED", 4)
    said = {**records.ADAPTER["output"], "probabilities": {"json": "other"}}
    return make_endpoint({**records.ADAPTER, "output": said})


def test_a_file_of_which_nothing_fits_is_held_and_goes_on_later(
    shelf: FakeShelf, queue: FakeMessages, unfit: Endpoint
) -> None:
    names = [f"n{n}" for n in range(7)]
    shelf.put(key(), file(*names))
    source = make_source(unfit)
    take(source)
    held = CaptureFile.objects.get()
    assert (held.state, held.lines, held.refused) == (State.HELD, 4, 4)

    adapters.keep(unfit, records.ADAPTER, None)
    sources.try_again(CaptureSource.objects.get(), None)
    take(source)

    assert ids() == names
    kept = CaptureFile.objects.get()
    assert (kept.state, kept.refused, kept.taken) == (State.READ, 0, 7)


def test_an_object_that_is_gone_or_overwritten_is_told_and_the_others_are_read(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    source = make_source()
    queue.send(s3_event(key("gone"), "0" * 32))
    queue.send(s3_event(key("new"), "1" * 32))
    shelf.put(key("new"), file("n"))

    take(source)

    states = dict(CaptureFile.objects.values_list("etag", "state"))
    assert states == {
        "0" * 32: State.GONE,
        "1" * 32: State.GONE,
        shelf.etag(key("new")): State.READ,
    }
    assert ids() == ["n"]


@pytest.mark.parametrize(
    "refusal", [Rejected("Allow s3:GetObject on x."), Unreachable("SlowDown")]
)
def test_what_s3_refuses_is_told_on_the_page_and_tried_again(
    refusal: Exception, shelf: FakeShelf, queue: FakeMessages
) -> None:
    shelf.put(key(), file("a"))
    shelf.refusal = refusal
    source = make_source()

    with pytest.raises(TryLater, match=str(refusal)):
        take(source)
    assert CaptureSource.objects.get().problem == str(refusal)
    shelf.refusal = None
    source = take(source)

    assert ids() == ["a"]
    assert source.problem == ""


def test_a_listing_begins_some_hours_before_the_newest_it_has_seen(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    source = make_source()
    shelf.put(key("a", "2026/11/20/07"), file("a"))
    take(source)
    shelf.put(key("late", "2026/11/20/05"), file("late"))
    shelf.put(key("too-late", "2026/11/19/05"), file("too-late"))
    shelf.put(key("next", "2026/11/20/08"), file("next"))

    source = take(source)

    assert ids() == ["a", "late", "next"]
    assert list(source.listed.values()) == ["2026/11/20/08"]


def test_without_an_adapter_the_source_says_what_to_do(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    shelf.put(key(), file("a"))
    endpoint = make_endpoint()
    endpoint.adapter = None
    endpoint.save()

    with pytest.raises(TryLater, match="Adapter"):
        take(make_source(endpoint))

    assert "Adapter" in CaptureSource.objects.get().problem


def test_reading_a_file_asks_the_database_by_batch_not_by_row(
    shelf: FakeShelf, queue: FakeMessages, django_assert_max_num_queries: Any
) -> None:
    source = make_source()
    shelf.put(key("first"), file("warm"))
    take(source)
    shelf.put(key("second"), file(*(f"n{n}" for n in range(500))))

    with django_assert_max_num_queries(40):
        take(source)

    assert Prediction.objects.count() == 501


def test_after_ten_minutes_of_throttling_everything_is_read(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    shelf.put(key(), file("a"))
    shelf.refusal = Unreachable("SlowDown")
    source = make_source()
    with travel("2026-11-20T08:00:00Z", tick=False) as clock:
        rounds.ask_for(source)
        for _ in range(40):
            worker.drain()
            clock.shift(15)
        waiting = Job.objects.get(handler=rounds.HANDLER)
        shelf.refusal = None
        clock.shift(300)
        worker.drain()

    assert waiting.state == Job.State.WAITING
    assert "SlowDown" in waiting.error
    assert ids() == ["a"]
    assert CaptureSource.objects.get().problem == ""


def test_what_a_shared_queue_tells_of_a_stopped_source_waits_until_it_goes_on(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    endpoint = make_endpoint()
    source, other = make_source(endpoint), make_source(endpoint, uri="s3://captures/x")
    sources.stop(source, None)
    queue.send(s3_event(key(), shelf.put(key(), file("a"))))

    take(other)
    assert ids() == []
    sources.resume(source, None)
    CaptureSource.objects.update(listed_at=datetime.now(UTC))
    rounds.take(CaptureSource.objects.get(pk=source.pk))

    assert ids() == ["a"]


def test_an_odd_line_is_kept_aside_and_the_next_one_is_read(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    """A letter where base64 has none."""
    odd = records.record("odd", "{}", "{}", "BASE64").replace('"data": "', '"data": "é')
    shelf.put(key(), f"{odd}\n{line('a')}\n".encode())

    take(make_source())

    assert ids() == ["a"]
    assert CaptureRefusal.objects.get().line == 0


def test_an_object_that_is_denied_does_not_keep_others_from_being_read(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    shelf.put(key("1"), file("a"))
    shelf.put(key("2"), file("b"))
    shelf.denied[key("1")] = Rejected("Allow kms:Decrypt on a key.")

    source = take(make_source())

    assert ids() == ["b"]
    kept = CaptureFile.objects.get(key=key("1"))
    assert (kept.state, kept.problem) == (State.BROKEN, "Allow kms:Decrypt on a key.")
    shelf.denied.clear()
    sources.try_again(source, None)
    take(source)
    assert ids() == ["a", "b"]


def test_where_every_object_is_denied_the_source_waits(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    for name in ("1", "2"):
        shelf.put(key(name), file(name))
        shelf.denied[key(name)] = Rejected("Allow s3:GetObject on it.")

    with pytest.raises(TryLater, match="GetObject"):
        take(make_source())

    assert set(CaptureFile.objects.values_list("state", flat=True)) == {State.WAITING}


def test_a_file_that_is_tried_again_in_vain_is_held_again(
    shelf: FakeShelf, queue: FakeMessages, unfit: Endpoint
) -> None:
    shelf.put(key(), file(*[f"n{n}" for n in range(12)]))
    source = make_source(unfit)
    take(source)

    sources.try_again(CaptureSource.objects.get(), None)
    take(source)

    kept = CaptureFile.objects.get()
    assert (kept.state, kept.again_at) == (State.HELD, None)
    before = kept.lines
    take(source)
    assert CaptureFile.objects.get().lines == before < 12


@pytest.mark.parametrize("hour", ["2026/13/45/99", "0000/00/00/00", "0001/01/01/00"])
def test_a_folder_that_is_no_hour_is_read_and_does_not_end_the_source(
    shelf: FakeShelf, queue: FakeMessages, hour: str
) -> None:
    shelf.put(key("a", hour), file("a"))
    source = take(make_source())
    shelf.put(key("b"), file("b"))

    source = take(source)

    assert ids() == ["a", "b"]
    assert list(source.listed.values()) == ["2026/11/20/07"]


@pytest.mark.parametrize(
    "body",
    [
        s3_event(key("x"), "0" * 32, size=2**63),
        s3_event(key("x" * 1_100), "0" * 32),
        s3_event(key("x"), "0" * 32, size=-1),
    ],
)
def test_a_message_about_what_cannot_be_is_kept_aside_and_deleted(
    shelf: FakeShelf, queue: FakeMessages, body: str
) -> None:
    queue.send(body)
    shelf.put(key("a"), file("a"))

    take(make_source())

    assert ids() == ["a"]
    assert CaptureRefusal.objects.get().code == "unknown_message"
    assert queue.waiting == {}


def test_an_etag_with_control_characters_is_left_to_the_listing(
    shelf: FakeShelf, queue: FakeMessages
) -> None:
    queue.send(s3_event(key("a"), "0\r\nX: y"))
    shelf.put(key("a"), file("a"))

    take(make_source())

    assert CaptureFile.objects.get().state == State.READ
    assert queue.waiting == {}


def test_a_queue_is_used_by_rights_of_the_service_only_where_the_operator_lists_it(
    shelf: FakeShelf, queue: FakeMessages, settings: Settings
) -> None:
    settings.CAPTURE_QUEUES = []
    queue.send(s3_event(key("a"), "0" * 32))
    shelf.put(key("a"), file("a"))

    with pytest.raises(TryLater, match="OVERREAD_CAPTURE_QUEUES"):
        take(make_source())

    assert len(queue.waiting) == 1
    # what the listing finds is read all the same
    assert ids() == ["a"]
