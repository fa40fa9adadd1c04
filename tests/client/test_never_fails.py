"""Whatever an endpoint hands over or forgets, `send` returns, and a line says what is wrong."""

from __future__ import annotations

import ast
import sys
from collections import UserDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overread_client
from overread_client import Client
from tests.client.conftest import Connect, send
from tests.client.hostile import Hostile

PACKAGE = Path(overread_client.__file__).parent


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("cannot even be shown")

    def tolist(self) -> list[int]:
        raise RuntimeError("cannot be read")


def deep() -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(100_000):
        nested = {"in": nested}
    return nested


FIT: dict[str, Any] = {
    "inference_id": "a",
    "input": {"text": "x"},
    "output": {"label": "7"},
}
UNFIT = {
    "no id": {"inference_id": ""},
    "None as id": {"inference_id": None},
    "an id with /": {"inference_id": "a/b"},
    "a long id": {"inference_id": "a" * 65},
    "an id that cannot be shown": {"inference_id": Broken()},
    "a text as input": {"input": "x"},
    "no output": {"output": None},
    "bytes": {"input": {"image": b"\x89PNG"}},
    "a set": {"metadata": {"tags": {1}}},
    "not a number": {"output": {"label": "7", "confidence": float("nan")}},
    "half a character": {"input": {"text": "\ud800"}},
    "too deep": {"input": deep()},
    "broken": {"output": {"label": Broken()}},
    "a model without version": {"model": ("digits",)},
    "larger than half the buffer": {"input": {"text": "x" * 2**21}},
}


@pytest.mark.parametrize("wrong", UNFIT.values(), ids=UNFIT)
def test_what_cannot_be_posted_is_counted_and_named_once(
    wrong: dict[str, Any],
    hostile: Hostile,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = connect(hostile.url)

    assert [client.send(**{**FIT, **wrong}) for _ in range(3)] == [False] * 3
    send(client, "good")

    assert client.flush(20)
    assert list(hostile.kept) == ["good"]
    assert client.counts.unfit == 3
    assert caplog.text.count("cannot be posted: ") == 1


def test_numbers_and_arrays_of_numpy_are_sent_as_numbers(
    hostile: Hostile, connect: Connect
) -> None:
    client = connect(hostile.url)

    client.send(
        "a",
        input=UserDict({"text": "x", "vector": np.array([1, 2])}),
        output={"label": "7", "confidence": np.float32(0.5)},
        metadata={"frame": np.int64(3)},
    )

    assert client.flush(20)
    kept = hostile.kept["a"]
    assert kept["input"] == {"text": "x", "vector": [1, 2]}
    assert kept["output"]["confidence"] == 0.5
    assert kept["metadata"] == {"frame": 3}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "Set OVERREAD_URL"),
        ({"OVERREAD_URL": "http://127.0.0.1:9"}, "Set OVERREAD_PROJECT"),
        ({"OVERREAD_URL": "http://a", "OVERREAD_PROJECT": "p"}, "Set OVERREAD_TOKEN"),
        (
            {"OVERREAD_URL": "overread.example.org", "OVERREAD_PROJECT": "p"},
            "must be like https://",
        ),
        (
            {"OVERREAD_URL": "http://[::1", "OVERREAD_PROJECT": "p"},
            "must be like https://",
        ),
        (
            {"OVERREAD_URL": "http://127.0.0.1:99999", "OVERREAD_PROJECT": "p"},
            "must be like https://",
        ),
        ({"OVERREAD_URL": "http://a b"}, "without spaces"),
    ],
)
def test_a_client_that_is_not_set_up_says_so_and_stays_off(
    settings: dict[str, str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("OVERREAD_URL", "OVERREAD_PROJECT", "OVERREAD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    client = Client(endpoint="digits", model=("digits", "7"))

    assert send(client, "a", "b") == [False, False]
    assert client.flush(1)
    assert client.counts.dropped == 2
    assert words in caplog.text
    client.close()


def test_the_environment_says_where_to_and_who(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_URL", f"{hostile.url}/")
    monkeypatch.setenv("OVERREAD_PROJECT", "digits")
    monkeypatch.setenv("OVERREAD_TOKEN", "ovr_secret\n")
    client = Client(endpoint="digits", model=("digits", "7"), linger=0)

    send(client, "a")

    assert client.flush(20)
    assert hostile.calls[0].path == "/api/v1/projects/digits/predictions"
    assert hostile.calls[0].headers["Authorization"] == "Bearer ovr_secret"
    client.close()


def test_it_needs_nothing_but_the_standard_library() -> None:
    imported = {
        name.partition(".")[0]
        for file in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _names(node)
    }

    assert imported - set(sys.stdlib_module_names) == {"overread_client"}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
