"""What the bridge sees of an MLflow server that is gone, ill, or asks who we are."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from registry_bridge.gateways.mlflow_registry import MlflowRegistry
from registry_bridge.gateways.mlflow_server import MlflowServer
from registry_bridge.gateways.mlflow_tracking import MlflowTracking
from registry_bridge.gateways.ports import Rejected, Unreachable
from tests.mlflow_server import free_port


class Scripted(ThreadingHTTPServer):
    """Gives every request the same answer, and remembers who asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, object] = (200, {})
        self.credentials: list[str | None] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        status, body = self.server.answer
        self.server.credentials.append(self.headers["Authorization"])
        data = json.dumps(body).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server: MlflowServer) -> None:
    MlflowTracking(server).run("a" * 32)


def test_a_server_that_is_gone_is_known_to_be_within_seconds() -> None:
    gone = MlflowServer(f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()

    with pytest.raises(Unreachable):
        ask(gone)

    assert time.monotonic() - began < 10
    assert not MlflowTracking(gone).healthy()
    assert not MlflowRegistry(gone).healthy()


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (503, "TEMPORARILY_UNAVAILABLE", "later"),
        (500, "INTERNAL_ERROR", "the database is gone"),
        (429, "REQUEST_LIMIT_EXCEEDED", "slowly"),
        (400, "BAD_REQUEST", "(psycopg.errors.UniqueViolation) registered_model_alias"),
        (400, "BAD_REQUEST", "(psycopg.errors.DeadlockDetected) deadlock detected"),
    ],
)
def test_what_may_pass_is_tried_again(
    scripted: Scripted, status: int, code: str, message: str
) -> None:
    scripted.answer = status, {"error_code": code, "message": message}

    with pytest.raises(Unreachable):
        ask(MlflowServer(scripted.uri))


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "INVALID_PARAMETER_VALUE"), (403, "PERMISSION_DENIED")],
)
def test_what_will_never_succeed_is_final(
    scripted: Scripted, status: int, code: str
) -> None:
    scripted.answer = status, {"error_code": code, "message": "no, because of that"}

    with pytest.raises(Rejected, match="no, because of that"):
        ask(MlflowServer(scripted.uri))


def test_each_server_gets_its_own_credentials_and_no_other(
    scripted: Scripted,
) -> None:
    scripted.answer = 403, {"error_code": "PERMISSION_DENIED", "message": "no"}
    elsewhere = MlflowServer("http://127.0.0.1:9", token="not for you")
    servers = [
        MlflowServer(scripted.uri, token="seven"),
        MlflowServer(scripted.uri, username="ada", password="grace"),
        MlflowServer(scripted.uri),
    ]
    elsewhere.client()

    for server in servers:
        with pytest.raises(Rejected):
            ask(server)

    basic = base64.b64encode(b"ada:grace").decode()
    assert scripted.credentials == ["Bearer seven", f"Basic {basic}", None]


def test_a_connection_shows_no_secret_when_it_is_printed() -> None:
    server = MlflowServer("http://127.0.0.1:9", password="grace", token="seven")

    assert "grace" not in repr(server)
    assert "seven" not in repr(server)


def test_without_a_server_it_says_what_to_set() -> None:
    with pytest.raises(Rejected, match="MLFLOW_TRACKING_URI"):
        ask(MlflowServer(""))
