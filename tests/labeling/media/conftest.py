"""A host on this machine, which may be called for once."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from labeling.media import fetching
from tests.labeling.media.host import Host, hosting, png


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    settings.MEDIA_PRIVATE = True
    settings.MEDIA_SECONDS = 5.0
    fetching._turns.cache_clear()
    with hosting() as found:
        yield found
    fetching._turns.cache_clear()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    name, port = server.get_host_and_port()
    yield f"http://{name}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, host: Host) -> str:
    """The address of the bucket `photos`, with a few things in it."""
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="known",
        aws_secret_access_key="to everybody",
    )
    client.create_bucket(Bucket="photos")
    client.put_object(Bucket="photos", Key="team/a b+ü%20.png", Body=png())
    client.put_object(Bucket="photos", Key="other/a.png", Body=png(shade=7))
    return s3_server
