"""Fixtures for any test: `sagemaker`, the stand-in; `aws_url`, where moto is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """The address of S3, SQS, SNS, EventBridge, CloudWatch and STS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def sagemaker_server(aws_url: str) -> Iterator[Standin]:
    from tests.sagemaker.standin import Standin

    standin = Standin(aws_url)
    yield standin
    standin.close()


@pytest.fixture
def sagemaker(
    sagemaker_server: Standin, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Standin]:
    """The stand-in, empty; boto3's environment leads to it and nowhere else.

    The test fails when something was asked that the stand-in does not do.
    """
    # moto's servers of one process share what they keep
    requests.post(f"{sagemaker_server.aws_url}/moto-api/reset", timeout=30)
    for name, value in sagemaker_server.variables().items():
        monkeypatch.setenv(name, value)
    yield sagemaker_server
    problems = list(sagemaker_server.problems)
    sagemaker_server.reset()
    assert not problems, "\n".join(problems)
