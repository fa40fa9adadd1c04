"""What everybody relies on who reads buckets and queues that others fill."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer

from registry_bridge.capturing.messages import Answered, Written, read
from registry_bridge.gateways import choose
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.fakes_shelves import FakeMessages, FakeShelf
from registry_bridge.gateways.ports import (
    Messages,
    Missing,
    Rejected,
    Shelf,
    Unreachable,
)
from registry_bridge.gateways.s3_reader import Reader
from registry_bridge.gateways.sqs import Queue, region_of

REGION = "us-east-1"


class Aws(NamedTuple):
    """A server that speaks S3, SQS and SNS, and clients of it."""

    url: str
    s3: Any
    sqs: Any
    sns: Any

    def connection(self) -> ConnectionSettings:
        options = {
            "endpoint_urls": {"s3": self.url, "sqs": self.url},
            "region": REGION,
            "access_key_id": "known",
            "secret_access_key": "to everybody",
        }
        return ConnectionSettings("aws", "", options)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    s3, sqs, sns = (_client(name, url) for name in ("s3", "sqs", "sns"))
    yield Aws(url, s3, sqs, sns)
    server.stop()


def _client(service: str, url: str | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="known",
        aws_secret_access_key="to everybody",
    )


def _name() -> str:
    return f"n{uuid.uuid4().hex[:12]}"


class Filled(NamedTuple):
    shelf: Shelf
    put: Any


@pytest.fixture(params=["fake", "s3"])
def filled(request: pytest.FixtureRequest) -> Filled:
    """A bucket, and how others put something into it: `put(key, data)`, its etag."""
    if request.param == "fake":
        fake = FakeShelf()
        return Filled(fake, fake.put)
    aws: Aws = request.getfixturevalue("aws")
    bucket = _name()
    aws.s3.create_bucket(Bucket=bucket)

    def put(key: str, data: bytes) -> str:
        answer = aws.s3.put_object(Bucket=bucket, Key=key, Body=data)
        return str(answer["ETag"]).strip('"')

    return Filled(choose.shelf(aws.connection(), bucket), put)


def test_objects_are_found_in_the_order_of_their_keys(filled: Filled) -> None:
    for key in ("p/b", "p/a", "p/c/d", "other"):
        filled.put(key, b"x")

    found = list(filled.shelf.found("p/"))
    after = [each.key for each in filled.shelf.found("p/", "p/a")]

    assert [each.key for each in found] == ["p/a", "p/b", "p/c/d"]
    assert [each.size for each in found] == [1, 1, 1]
    assert after == ["p/b", "p/c/d"]
    assert filled.shelf.folders("p/") == ["p/c/"]
    assert filled.shelf.folders("") == ["p/"]
    assert list(filled.shelf.found("nothing/")) == []


def test_more_than_a_page_of_objects_is_found(filled: Filled) -> None:
    for number in range(1_003):
        filled.put(f"p/{number:04}", b"x")

    assert len(list(filled.shelf.found("p/"))) == 1_003


def test_an_object_is_read_while_it_is_the_one_that_was_found(filled: Filled) -> None:
    etag = filled.put("a b+ü", b"one\ntwo")

    with filled.shelf.open("a b+ü", etag) as file:
        assert file.peek(1)[:3] == b"one"  # type: ignore[attr-defined]
        assert file.readline() == b"one\n"
        assert file.read() == b"two"
    filled.put("a b+ü", b"other")
    with pytest.raises(Missing, match="overwritten"):
        filled.shelf.open("a b+ü", etag)
    with pytest.raises(Missing, match="not there any more"):
        filled.shelf.open("gone")


class Sent(NamedTuple):
    messages: Messages
    send: Any


@pytest.fixture(params=["fake", "sqs"])
def sent(request: pytest.FixtureRequest) -> Sent:
    """A queue, and how others send to it."""
    if request.param == "fake":
        fake = FakeMessages()
        return Sent(fake, fake.send)
    aws: Aws = request.getfixturevalue("aws")
    url = aws.sqs.create_queue(QueueName=_name())["QueueUrl"]
    send = lambda body: aws.sqs.send_message(QueueUrl=url, MessageBody=body)  # noqa: E731
    return Sent(choose.messages(aws.connection(), url), send)


def test_a_message_is_received_once_and_deleted_for_good(sent: Sent) -> None:
    for number in range(12):
        sent.send(f"message {number}")

    bodies, left = [], sent.messages
    while received := left.receive():
        bodies += [message.body for message in received]
        left.delete(received)
        left.delete(received)

    assert sorted(bodies) == sorted(f"message {number}" for number in range(12))
    left.delete([])


def test_what_s3_tells_its_queue_is_understood(aws: Aws) -> None:
    bucket, name = _name(), _name()
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:{name}"
    aws.s3.create_bucket(Bucket=bucket)
    aws.s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )

    etag = aws.s3.put_object(Bucket=bucket, Key="a/b c.jsonl", Body=b"xyz")["ETag"]

    received = choose.messages(aws.connection(), url).receive()
    told = [each for message in received for each in read(message.body)]
    assert told == [Written(f"s3://{bucket}/a/b c.jsonl", etag.strip('"'), 3)]


def test_what_comes_by_a_topic_is_understood(aws: Aws) -> None:
    name = _name()
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    topic = aws.sns.create_topic(Name=name)["TopicArn"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:{name}"
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    said = {"invocationStatus": "Completed", "inferenceId": "x"}

    aws.sns.publish(TopicArn=topic, Message=json.dumps(said))

    (message,) = choose.messages(aws.connection(), url).receive()
    (told,) = read(message.body)
    assert isinstance(told, Answered)
    assert told.id == "x"


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("AccessDenied", 403, Rejected, "Allow s3:GetObject on arn:aws:s3:::b/k"),
        ("ExpiredToken", 400, (Rejected, Unreachable), "credentials have ended"),
        ("InvalidAccessKeyId", 403, Rejected, "does not know the credentials"),
        ("SlowDown", 503, Unreachable, "later"),
        ("InternalError", 500, Unreachable, "later"),
        ("NoSuchBucket", 404, Rejected, "NoSuchBucket"),
        ("NoSuchKey", 404, Missing, "not there any more"),
    ],
)
def test_what_s3_refuses_is_told_to_who_can_act(
    code: str, status: int, kind: Any, words: str
) -> None:
    client = _client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, "Told.", status)

        with pytest.raises(kind, match=words):
            Reader(client, "b").open("k")


def test_a_listing_that_is_denied_names_its_permission() -> None:
    client = _client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("list_objects_v2", "AccessDenied", "Told.", 403)

        with pytest.raises(Rejected, match=r"Allow s3:ListBucket on arn:aws:s3:::b\."):
            list(Reader(client, "b").found("p/"))


def test_a_queue_that_is_denied_names_its_permission() -> None:
    client = _client("sqs")
    with Stubber(client) as stub:
        stub.add_client_error("receive_message", "AccessDenied", "Told.", 403)

        with pytest.raises(Rejected, match="Allow sqs:ReceiveMessage on https://q"):
            Queue(client, "https://q").receive()


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/123456789012/q", "eu-central-1"),
        ("http://127.0.0.1:5000/123456789012/q", None),
    ],
)
def test_the_region_is_that_of_the_queues_url(url: str, region: str | None) -> None:
    assert region_of(url) == region
