"""The processes that train and serve, each with a folder of its own as its /opt/ml."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

from registry_bridge.gateways.processes import environment, signal_group, spawn

ROOT = "/opt/ml"
# sagemaker-training's own name for another root than /opt/ml
BASE = "SAGEMAKER_BASE_DIR"
UNSHARE = (
    ("unshare", "--mount"),
    ("unshare", "--map-root-user", "--mount"),
)
# /opt may be empty or hold programs: an /opt of our own shows all of it, and ml
ENTER = """
set -e
root="$1"; shift
if [ ! -d /opt/ml ]; then
    kept="$root.opt"
    mkdir -p "$kept"
    mount --rbind /opt "$kept"
    mount -t tmpfs tmpfs /opt
    for each in "$kept"/*; do
        [ -d "$each" ] || continue
        mkdir "/opt/$(basename "$each")"
        mount --rbind "$each" "/opt/$(basename "$each")"
    done
    mkdir /opt/ml
fi
mount --bind "$root" /opt/ml
exec "$@"
"""
# SIGTERM, then SIGKILL after so many seconds of ours
GRACE_SECONDS = 10.0


@cache
def isolation() -> tuple[str, ...] | None:
    """Return how to give a process its own /opt/ml; None: this machine does not allow it.

    Then the folder's real name is passed on in the environment, as SAGEMAKER_BASE_DIR.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ml"
        root.mkdir()
        return next((each for each in UNSHARE if _works(each, root)), None)


def _works(command: tuple[str, ...], root: Path) -> bool:
    tried = ["test", "-d", ROOT]
    try:
        return not subprocess.call(
            _inside(command, root, tried), stderr=subprocess.DEVNULL
        )
    except FileNotFoundError:
        return False


def _inside(command: Sequence[str], root: Path, arguments: Sequence[str]) -> list[str]:
    return [*command, "sh", "-c", ENTER, "sh", str(root), *arguments]


class Nursery:
    """Starts children and ends all of them, however a test ends."""

    def __init__(self) -> None:
        # a child dies with the thread that started it: this one lives as long as we
        self._starter = ThreadPoolExecutor(1, "sagemaker-starter")
        self.way = isolation()
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def start(
        self,
        command: Sequence[str],
        *,
        root: Path,
        log: Path,
        variables: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        """Run a container's command with `root` as its /opt/ml."""
        extra = dict(variables)
        if self.way:
            command = _inside(self.way, root, command)
        else:
            command = [each.replace(ROOT, str(root)) for each in command]
            extra = {k: v.replace(ROOT, str(root)) for k, v in extra.items()}
            extra[BASE] = str(root)
        child = self._starter.submit(
            spawn, command, log=log, env=environment(extra), folder=root
        ).result()
        with self._lock:
            self._children.append(child)
        return child

    def end(self, child: subprocess.Popen[bytes], grace: float = GRACE_SECONDS) -> None:
        """Ask it to end, and kill it if it does not."""
        signal_group(child, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace)
        self.kill(child)

    def kill(self, child: subprocess.Popen[bytes]) -> None:
        signal_group(child, signal.SIGKILL)
        child.wait()

    def end_all(self) -> None:
        with self._lock:
            children, self._children = self._children, []
        for child in children:
            self.kill(child)

    def close(self) -> None:
        self.end_all()
        self._starter.shutdown()
