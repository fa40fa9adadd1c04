"""One `mlflow models serve` on a port of its own, and the calls on their way to it."""

from __future__ import annotations

import http.client
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registry_bridge.gateways.processes import environment, signal_group, spawn, tail
from registry_bridge.gateways.serving import Order

# SageMaker's times: a model may take 60 s to answer and 4 minutes to load.
ANSWER_SECONDS = 65.0
LOAD_SECONDS = 240.0
PING_SECONDS = 2.0
END_SECONDS = 5.0
IDLE_CONNECTIONS = 32
# Below the ports that systems hand out for calls going out.
PORTS = range(20_000, 30_000)


class ServerGone(Exception):
    """The model server ended before it answered."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes

    @property
    def is_good(self) -> bool:
        return self.status < http.client.BAD_REQUEST


class ModelServer:
    def __init__(self, order: Order, folder: Path) -> None:
        self.order = order
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        self.began = time.monotonic()
        self.process = spawn(
            _command(order.directory, self.port),
            log=self.log,
            env=environment(_settings()),
            folder="/",
        )
        self.under_way = 0
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()
        self._told_to_end: float | None = None

    def is_ready(self) -> bool:
        connection = self._connect(PING_SECONDS)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def is_late(self) -> bool:
        return time.monotonic() - self.began > LOAD_SECONDS

    def last_words(self) -> str:
        lines = [line for line in tail(self.log).splitlines() if line.strip()]
        return lines[-1].strip()[:500] if lines else "It said nothing."

    def ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        """Pass a call on. A call that finds its connection closed is sent again once."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._send(connection, method, path, body, headers)
            except ServerGone:
                # an idle connection may have been closed at the other end
                connection.close()
        return self._send(self._connect(ANSWER_SECONDS), method, path, body, headers)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> Answer:
        try:
            connection.request(method, path, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            answer = Answer(
                status=response.status,
                content_type=response.headers.get("Content-Type", ""),
                body=response.read(),
            )
        except TimeoutError:
            connection.close()
            raise
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ServerGone(str(error)) from error
        self._keep(connection, response)
        return answer

    def _keep(
        self,
        connection: http.client.HTTPConnection,
        response: http.client.HTTPResponse,
    ) -> None:
        with self._lock:
            if not response.will_close and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def tell_to_end(self) -> None:
        if self._told_to_end is None:
            self._told_to_end = time.monotonic()
            signal_group(self.process, signal.SIGTERM)

    def is_gone(self) -> bool:
        """Tell whether all of it has ended; what lingers is killed."""
        if self._told_to_end is None:
            return False
        if time.monotonic() - self._told_to_end > END_SECONDS:
            self.kill()
            return self.has_ended()
        # its main process may end long before the one that serves
        return self.has_ended() and not self._listens()

    def kill(self) -> None:
        signal_group(self.process, signal.SIGKILL)
        self.process.poll()

    def clean_up(self) -> None:
        # one that stopped listening but hangs on its way out
        self.kill()
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        self.log.unlink(missing_ok=True)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _command(directory: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "mlflow", "models", "serve"]
    command += ["--model-uri", directory, "--env-manager", "local", "--workers", "1"]
    return [*command, "--host", "127.0.0.1", "--port", str(port)]


def _settings() -> dict[str, str]:
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "60",
        # one line a prediction fills disks
        "UVICORN_ACCESS_LOG": "false",
        "UVICORN_TIMEOUT_KEEP_ALIVE": "75",
    }


def free_port() -> int:
    """Return a port nobody listens on."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("No free port was found for a model server.")
