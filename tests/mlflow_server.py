"""One real MLflow server for a whole run, on the run's own PostgreSQL server.

A folder of tests that wants it says in its conftest: `from tests.mlflow_server import *`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from config.embedded import mlflow_server as real
from config.embedded.children import Spec, spawn
from config.home import DATABASE_USER, SOCKET_PORT, Home

__all__ = ["mlflow_uri"]

START_SECONDS = 110
SERVER = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def mlflow_uri(request: pytest.FixtureRequest) -> str:
    """The address of a real MLflow server, started when the first test asks for it."""
    stash = request.config.stash
    if SERVER not in stash:
        server = _Server()
        request.config.add_cleanup(server.stop)
        stash[SERVER] = server.wait()
    return stash[SERVER]


class _Server:
    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="overread-mlflow-")
        self.uri = f"http://127.0.0.1:{free_port()}"
        self.process = spawn(self._spec(_make_database()))

    def wait(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while not real.answers(self.uri):
            assert self.process.poll() is None, self._log.read_text()[-2000:]
            assert time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.1)
        return self.uri

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.folder.cleanup()

    @property
    def _log(self) -> Path:
        return Path(self.folder.name, "mlflow.log")

    def _spec(self, database: str) -> Spec:
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
        command += ["--host", "127.0.0.1", "--port", self.uri.rpartition(":")[2]]
        command += ["--backend-store-uri", database]
        command += ["--artifacts-destination", f"{self.folder.name}/artifacts"]
        command += ["--uvicorn-opts", "--no-access-log"]
        return Spec("mlflow", command, self._log, _environment(), folder="/")


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    off = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return {**kept, **off, "MLFLOW_DISABLE_TELEMETRY": "true"}


def _make_database() -> str:
    home = Home(Path(os.environ["OVERREAD_TEST_HOME"]))
    name = f"mlflow_{os.getpid()}"
    with psycopg.connect(home.database_url("postgres"), autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    folder = quote(os.fspath(home.socket_dir), safe="")
    at = f"{DATABASE_USER}@/{name}?host={folder}&port={SOCKET_PORT}"
    return f"postgresql+psycopg://{at}"
