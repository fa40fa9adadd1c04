"""Buckets and a queue in memory, in the place of S3's and SQS's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from registry_bridge.gateways import choose
from registry_bridge.gateways.fakes_shelves import FakeMessages, FakeShelf
from tests.registry_bridge.capturing.records import BUCKET


@pytest.fixture
def buckets(settings: Settings) -> Iterator[dict[str, FakeShelf]]:
    settings.MEDIA_BUCKETS = settings.CAPTURE_QUEUES = ["*"]
    found: dict[str, FakeShelf] = defaultdict(FakeShelf)
    with choose.using(shelf=found.__getitem__):
        yield found


@pytest.fixture
def shelf(buckets: dict[str, FakeShelf]) -> FakeShelf:
    return buckets[BUCKET]


@pytest.fixture
def queue() -> Iterator[FakeMessages]:
    found = FakeMessages()
    with choose.using(messages=found):
        yield found
