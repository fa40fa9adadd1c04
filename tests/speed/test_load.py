"""The load generator: what it counts is what happened, stalls included."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import bodies
from benchmarks.load import Load, Plan, make, offer

LONG_PAUSE = 0.5


class Service(ThreadingHTTPServer):
    """Answers every POST; may pause once, may refuse."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []
        self.pause_at: int | None = None
        self.status = 200


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.bodies.append(self.rfile.read(length))
        if len(self.server.bodies) == self.server.pause_at:
            time.sleep(LONG_PAUSE)
        answer = b'{"detail": "said the service"}'
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def plan(service: Service, tmp_path: Path) -> Callable[..., Plan]:
    file = bodies.batches(tmp_path / "bodies.jsonl", rows=3, different=2)
    options = {"secret": "s", "bodies": str(file), "rows": 3}

    def made(connections: int = 2, rate: float | None = None) -> Plan:
        talk, port = "benchmarks.talks:predictions", service.server_port
        return Plan(port, talk, options, connections, seconds=0.6, rate=rate)

    return made


def test_every_answered_row_is_counted_and_sent_once(
    service: Service, plan: Callable[..., Plan]
) -> None:
    result = offer(plan())

    assert result.units == len(service.bodies) > 0
    assert result.things == 3 * result.units
    assert len(set(service.bodies)) == len(service.bodies)
    assert result.shortfalls() == []


def test_time_counts_from_when_a_unit_was_due_so_a_stall_cannot_hide(
    service: Service, plan: Callable[..., Plan]
) -> None:
    service.pause_at = 5
    chosen = plan(connections=1, rate=50.0)

    result = Load(chosen, make(chosen)).run()

    # 25 were due during the pause: half of all waited, not just the one that met it
    assert result.units == 30
    assert result.p50 > 50
    assert result.longest >= 1000 * LONG_PAUSE


def test_a_refusal_is_no_success_and_says_why(
    service: Service, plan: Callable[..., Plan]
) -> None:
    service.status = 429
    chosen = plan(connections=1, rate=10.0)

    result = Load(chosen, make(chosen)).run()

    assert result.units == 0
    assert result.failed == {"429": 6}
    assert "said the service" in result.first_failure
