"""Asynchronous inference and Batch Transform."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry_bridge.capturing import reading, taking
from registry_bridge.capturing.messages import Answered, read
from registry_bridge.gateways.fakes_shelves import FakeMessages, FakeShelf
from registry_bridge.gateways.ports import Rejected
from registry_bridge.models import CaptureFile, CaptureRefusal
from reviewer.models import Prediction
from tests.registry_bridge.capturing import records
from tests.registry_bridge.capturing.records import BUCKET, by_sns, make_endpoint
from tests.registry_bridge.capturing.test_reading import ids, take

pytestmark = pytest.mark.django_db
State = CaptureFile.State
ANSWERS = f"s3://{BUCKET}/async-out"


def result(name: str, **said: Any) -> str:
    return json.dumps(
        {
            "invocationStatus": "Completed",
            "eventTime": "2026-11-20T07:15:00Z",
            "requestParameters": {"inputLocation": f"s3://inputs/{name}.json"},
            "responseParameters": {"outputLocation": f"{ANSWERS}/{name}.out"},
            "inferenceId": name,
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
            **said,
        }
    )


def put(buckets: dict[str, FakeShelf], name: str, text: str = "x") -> None:
    """Input and output of a request."""
    sent = json.dumps({"instances": [{"text": text}]})
    buckets["inputs"].put(f"{name}.json", sent.encode())
    answer = json.dumps({"predictions": [{"scores": [0, 1]}]})
    buckets[BUCKET].put(f"async-out/{name}.out", answer.encode())


def make_async() -> Any:
    return records.make_source(kind="async", uri=ANSWERS)


def test_a_result_is_joined_with_its_input(
    buckets: dict[str, FakeShelf], queue: FakeMessages
) -> None:
    for name in ("a", "b"):
        put(buckets, name, name)
        queue.send(by_sns(result(name)))
    queue.send(by_sns(result("a")))

    take(make_async())

    assert ids() == ["a", "b"]
    found = Prediction.objects.select_related("payload").get(inference_id="a")
    assert found.payload.content == {"text": "a"}
    assert found.label == "dog"
    assert queue.waiting == {}
    assert set(CaptureFile.objects.values_list("state", "taken")) == {(State.READ, 1)}


def test_failures_are_counted_with_their_reason(
    buckets: dict[str, FakeShelf], queue: FakeMessages
) -> None:
    for body in (
        result("a", invocationStatus="Failed", failureReason="Out of memory"),
        result(
            "b",
            invocationStatus="Failed",
            responseParameters={"failureLocation": "s3://failures/b"},
        ),
        result("c", invocationStatus="Expired", responseParameters=None),
    ):
        queue.send(by_sns(body))
        queue.send(by_sns(body))

    take(make_async())

    failed = CaptureFile.objects.filter(state=State.FAILED).order_by("inference_id")
    assert [each.inference_id for each in failed] == ["a", "b", "c"]
    assert failed[0].problem == "Out of memory"
    assert "s3://failures/b" in failed[1].problem
    assert ids() == []


def test_large_answers_are_kept_a_few_at_a_time(
    buckets: dict[str, FakeShelf], queue: FakeMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_BYTES", 50)
    sizes: list[int] = []
    commit = taking.commit

    def counted(portions: list[taking.Portion]) -> None:
        sizes.append(len(portions))
        commit(portions)

    monkeypatch.setattr(taking, "commit", counted)
    for name in "abcdefghijkl":
        put(buckets, name, name)
        queue.send(result(name))

    take(make_async())

    assert ids() == list("abcdefghijkl")
    assert max(sizes) == 2


def test_a_result_that_names_no_input_is_kept_aside_and_the_others_are_read(
    buckets: dict[str, FakeShelf], queue: FakeMessages
) -> None:
    for name in ("a", "b"):
        put(buckets, name)
    queue.send(result("a", requestParameters={"inputLocation": ""}))
    queue.send(result("b"))

    take(make_async())

    assert ids() == ["b"]
    assert "inputLocation" in CaptureRefusal.objects.get().reason


def test_an_answer_that_is_denied_does_not_keep_others_from_being_read(
    buckets: dict[str, FakeShelf], queue: FakeMessages
) -> None:
    for name in ("a", "b"):
        put(buckets, name)
        queue.send(result(name))
    buckets[BUCKET].denied["async-out/a.out"] = Rejected("Allow s3:GetObject on it.")

    take(make_async())

    assert ids() == ["b"]
    assert CaptureFile.objects.get(inference_id="a").state == State.BROKEN


def test_an_input_that_is_gone_is_told(
    buckets: dict[str, FakeShelf], queue: FakeMessages
) -> None:
    buckets[BUCKET].put("async-out/a.out", b"{}")
    queue.send(by_sns(result("a")))

    take(make_async())

    gone = CaptureFile.objects.get()
    assert gone.state == State.GONE
    assert "a.json" in gone.problem


def test_a_message_without_times_or_places_is_read_as_far_as_it_goes() -> None:
    (told,) = read('{"invocationStatus": "Completed", "inferenceId": "x"}')

    assert isinstance(told, Answered)
    assert (told.id, told.input_uri, told.at, told.failure) == ("x", "", None, "")


def transform(**fields: Any) -> Any:
    uri = f"s3://{BUCKET}/out"
    endpoint = fields.pop("endpoint", None) or make_endpoint(records.CSV)
    return records.make_source(
        endpoint, kind="transform", uri=uri, queue_url="", **fields
    )


def test_outputs_of_a_transform_are_joined_with_their_inputs_line_by_line(
    buckets: dict[str, FakeShelf],
) -> None:
    buckets["inputs"].put("batch/day/a.csv", b"one\ntwo\nthree\n")
    buckets[BUCKET].put("out/day/a.csv.out", b"cat,0.9\ndog,0.8\nbird,0.1\n")
    buckets[BUCKET].put("out/manifest.json", b"{}")
    source = transform(inputs="s3://inputs/batch")

    take(source)
    before = ids()
    CaptureFile.objects.all().delete()  # as if the file had never been read
    take(source)

    found = Prediction.objects.select_related("payload").order_by("label")
    said = [(each.payload.content, each.label) for each in found]
    assert said == [({"text": "one"}, "cat"), ({"text": "two"}, "dog")]
    assert ids() == before
    assert len(before[0]) == 32
    assert CaptureRefusal.objects.get().line == 2
    assert CaptureFile.objects.get().repeated == 2


def test_an_output_of_another_length_than_its_input_is_not_joined(
    buckets: dict[str, FakeShelf],
) -> None:
    buckets[BUCKET].put("out/a.csv", b"one\ntwo\nthree\n")
    buckets[BUCKET].put("out/a.csv.out", b"cat,0.9\ndog,0.8\n")

    take(transform())

    kept = CaptureFile.objects.get()
    assert kept.state == State.BROKEN
    assert "has 2 lines, and its input out/a.csv 3" in kept.problem
    assert ids() == []


def test_joined_outputs_of_json_fall_apart_into_input_and_output(
    buckets: dict[str, FakeShelf],
) -> None:
    adapter = {
        "model": {"name": "m", "version": "1"},
        "input": {"fields": {"text": {"json": "text"}}},
        "output": {"label": {"json": "[0].label"}},
    }
    line = {"text": "one", "SageMakerOutput": [{"label": "dog"}]}
    buckets[BUCKET].put("out/a.out", f'{json.dumps(line)}\n{{"text": 1}}\n'.encode())

    take(transform(joined=True, endpoint=make_endpoint(adapter)))

    found = Prediction.objects.select_related("payload").get()
    assert found.payload.content == {"text": "one"}
    assert found.label == "dog"
    assert "SageMakerOutput" in CaptureRefusal.objects.get().reason


@pytest.mark.parametrize("odd", ["[" * 20_000, "9" * 400])
def test_an_odd_joined_line_is_kept_aside_and_the_next_one_is_read(
    buckets: dict[str, FakeShelf], queue: FakeMessages, odd: str
) -> None:
    bad = '{"text": "a", "SageMakerOutput": ' + odd + "}"
    good = json.dumps({"text": "b", "SageMakerOutput": {"label": "cat", "p": 0.9}})
    buckets[BUCKET].put("out/a.jsonl.out", f"{bad}\n{good}\n".encode())
    adapter = {
        "model": {"name": "tickets", "version": "3"},
        "input": {"fields": {"text": {"json": "text"}}},
        "output": {"label": {"json": "label"}, "confidence": {"json": "p"}},
    }

    take(transform(joined=True, endpoint=make_endpoint(adapter)))

    assert Prediction.objects.get().payload.content == {"text": "b"}
    assert CaptureRefusal.objects.get().line == 0


def test_joined_outputs_of_csv_are_told_apart_by_columns(
    buckets: dict[str, FakeShelf],
) -> None:
    adapter = {
        **records.CSV,
        "output": {"label": {"csv": -2}, "confidence": {"csv": -1}},
    }
    buckets[BUCKET].put("out/a.out", b"one,cat,0.9\ntwo,dog,0.7\n")

    take(transform(joined=True, endpoint=make_endpoint(adapter)))

    assert sorted(Prediction.objects.values_list("label", flat=True)) == ["cat", "dog"]
