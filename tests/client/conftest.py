"""A hostile service, and clients of it that are closed when their test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from overread_client import Client, sender
from tests.client.hostile import Hostile, serving

Connect = Callable[..., Client]


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serving(Hostile()) as hostile:
        yield hostile


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Clients that wait for nothing longer than they must."""
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(sender, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(sender, "REFUSED_PAUSE", 0.05)
    made: list[Client] = []

    def make(url: str, **options: Any) -> Client:
        settings = {"linger": 0.02, "timeout": 5.0, **options}
        client = Client(
            url, "p", "secret", endpoint="digits", model=("digits", "7"), **settings
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close(timeout=0)


def send(client: Client, *names: str, **more: Any) -> list[bool]:
    return [
        client.send(name, input={"text": name}, output={"label": "7"}, **more)
        for name in names
    ]
