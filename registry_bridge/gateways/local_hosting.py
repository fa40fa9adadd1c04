"""Serves models on this machine: `python -m …local_hosting --home DIR --port N`.

A small stand-in for SageMaker's hosting. It reads what is asked for from the home's
`serving` folder, keeps one model server for each endpoint, and forwards calls to it at
`http://127.0.0.1:N/endpoints/<endpoint>/invocations`. Stdlib only.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import threading
import time
from pathlib import Path

from registry_bridge.gateways import serving
from registry_bridge.gateways.forwarder import Forwarder
from registry_bridge.gateways.hosted_endpoint import HostedEndpoint, say

LOOK_SECONDS = 0.1
END_SECONDS = 8.0
LOCK_SECONDS = 3.0
# as a shell says of a wrong call, of a lock that is held, of a port that is taken
BUSY, TAKEN = 3, 4


class Hosting:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.endpoints: dict[str, HostedEndpoint] = {}
        self.stopping = threading.Event()

    def run(self, port: int) -> int:
        """Serve until told to stop. Model servers start from this thread only."""
        if self._wait_for(serving.STARTED) is None:
            say("another hosting serves this home", folder=str(self.directory))
            return BUSY
        self._forget_old_logs()
        try:
            forwarder = Forwarder(port, self.endpoints)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            say("the port is taken", port=port)
            return TAKEN
        with forwarder:
            # what the files say is from before, until we have looked once
            self.look()
            self._wait_for(serving.TRUE)
            threading.Thread(target=forwarder.serve_forever, daemon=True).start()
            say("hosting ready", port=forwarder.server_port)
            self._look_until_told()
            forwarder.shutdown()
            self._end()
        return 0

    def _wait_for(self, name: str) -> int | None:
        """Take a lock until we end; others take it for a moment, only to look."""
        deadline = time.monotonic() + LOCK_SECONDS
        while (lock := serving.hold(self.directory, name)) is None:
            if time.monotonic() > deadline:
                return None
            time.sleep(0.01)
        return lock

    def _forget_old_logs(self) -> None:
        for log in self.directory.glob("*/server-*.log"):
            log.unlink(missing_ok=True)

    def _look_until_told(self) -> None:
        while not self.stopping.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        for name, place in serving.places(self.directory).items():
            if name not in self.endpoints and place.desired_file.exists():
                self.endpoints[name] = HostedEndpoint(name, place)
        for name, endpoint in list(self.endpoints.items()):
            if not endpoint.look():
                del self.endpoints[name]

    def _end(self) -> None:
        deadline = time.monotonic() + END_SECONDS
        for endpoint in self.endpoints.values():
            endpoint.end()
        while not all(each.is_ended() for each in self.endpoints.values()):
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_SECONDS)
        for endpoint in self.endpoints.values():
            endpoint.kill()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Serves models on this machine.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args(arguments)
    hosting = Hosting(given.home.absolute() / "serving")
    for order in (signal.SIGTERM, signal.SIGINT):
        signal.signal(order, lambda *_: hosting.stopping.set())
    return hosting.run(given.port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
