"""Finds the ports to listen on, and keeps them from one start to the next."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress

from config.embedded.trouble import PortTaken
from config.home import Home

# what a killed service leaves needs a moment to go
PATIENCE = 5.0


def claim_web_port(host: str, port: int, *, patience: float = 0.0) -> None:
    """Make sure that nobody listens there.

    Neither of the servers says so itself: one would share the port, the other would
    end as if all were well.
    """
    if not wait_until_free(host, port, patience):
        raise PortTaken(
            f"Something else listens on {host}:{port}. Choose another port with --port."
        )


def remembered(home: Home, names: tuple[str, ...]) -> dict[str, int]:
    """Return a port on this machine for each name, the same as last time if free."""
    ports = home.ports()
    for name in names:
        known = ports.get(name)
        if known is None or not wait_until_free("127.0.0.1", known, PATIENCE):
            ports[name] = _any_free(set(ports.values()))
    _write(home, ports)
    return ports


def wait_until_free(host: str, port: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not is_free(host, port):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True


def is_free(host: str, port: int) -> bool:
    """Try to bind; SO_REUSEADDR lets a port pass that only waits for old packets."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(address)
            return True
    return False


def _any_free(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def _write(home: Home, ports: dict[str, int]) -> None:
    draft = home.ports_file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(ports, file)
    draft.replace(home.ports_file)
