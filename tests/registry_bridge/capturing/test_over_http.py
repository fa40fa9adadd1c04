"""The whole way by the real clients: a file is written to S3, and becomes predictions."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from projects import connections
from projects.connections import Wanted
from registry_bridge.models import CaptureFile
from tests.registry_bridge.capturing.records import (
    PREFIX,
    file,
    key,
    make_endpoint,
    make_source,
)
from tests.registry_bridge.capturing.test_reading import ids, take

pytestmark = pytest.mark.django_db
REGION = "us-east-1"
KEYS = {"access_key_id": "known", "secret_access_key": "to everybody"}


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_a_file_that_s3_tells_of_is_read_with_the_connections_keys(url: str) -> None:
    keys = {f"aws_{name}": value for name, value in KEYS.items()}
    s3, sqs = (
        boto3.client(name, endpoint_url=url, region_name=REGION, **keys)
        for name in ("s3", "sqs")
    )
    queue = sqs.create_queue(QueueName="captures")["QueueUrl"]
    s3.create_bucket(Bucket="real-captures")
    told = {
        "QueueArn": f"arn:aws:sqs:{REGION}:123456789012:captures",
        "Events": ["s3:ObjectCreated:*"],
    }
    s3.put_bucket_notification_configuration(
        Bucket="real-captures",
        NotificationConfiguration={"QueueConfigurations": [told]},
    )
    endpoint = make_endpoint()
    addresses = {"s3": url, "sqs": url}
    options = {"region": REGION, "endpoint_urls": addresses}
    wanted = Wanted("ours", "aws", "s3://real-captures", options, KEYS)
    connection = connections.make(endpoint.project, wanted, None)
    source = make_source(
        endpoint,
        uri=f"s3://real-captures/{PREFIX}",
        queue_url=queue,
        connection=connection,
    )

    s3.put_object(Bucket="real-captures", Key=key("a b"), Body=file("a", "b"))
    source = take(source)
    take(source)

    assert source.problem == ""
    assert ids() == ["a", "b"]
    assert CaptureFile.objects.get().taken == 2
    left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"
    assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"
