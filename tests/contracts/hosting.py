"""A real hosting in a process of its own, for tests that want one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import requests

from registry_bridge.gateways.local_deployment import LocalDeployment
from registry_bridge.gateways.ports import EndpointState, EndpointStatus, Unreachable
from tests.mlflow_server import free_port

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class Hosting:
    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.deployment = LocalDeployment(home / "serving", self.url)
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "hosting.log"

    def start(self) -> None:
        command = [sys.executable, "-m", "registry_bridge.gateways.local_hosting"]
        command += ["--home", str(self.home), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=CHECKOUT, stderr=log)

    def ready(self) -> Hosting:
        """Wait until it answers."""
        deadline = time.monotonic() + 20
        while True:
            with suppress(requests.ConnectionError):
                requests.get(f"{self.url}/ping", timeout=5).raise_for_status()
                return self
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def wait(self, endpoint: str, version: str, seconds: float = 60) -> EndpointState:
        """Wait until the endpoint serves that version, or says that it will not."""
        deadline = time.monotonic() + seconds
        seen: object = None
        while time.monotonic() < deadline:
            try:
                seen = state = self.deployment.describe(endpoint)
            except Unreachable as error:
                seen = error
            else:
                if state.status == EndpointStatus.FAILED:
                    return state
                serves = state.serving_version == version
                if serves and state.status == EndpointStatus.IN_SERVICE:
                    return state
            time.sleep(0.05)
        raise AssertionError(f"{seen}\n{self.log.read_text()[-3000:]}")

    def model_servers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def alive(processes: list[psutil.Process]) -> list[int]:
    return [each.pid for each in processes if _is_alive(each)]


def wait_until_gone(processes: list[psutil.Process], seconds: float = 10) -> list[int]:
    """Return those that still live after that time."""
    deadline = time.monotonic() + seconds
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive(processes)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
