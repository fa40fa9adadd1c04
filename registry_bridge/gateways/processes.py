"""Child processes of runner and hosting: no secrets in, no orphans left. Stdlib only."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# What a child may know of our environment: never the database's address or a key.
PASSED_ON = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return what a child gets; programs beside our Python are found first."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    beside = os.path.dirname(sys.executable)  # noqa: PTH120 - not resolved: a venv links
    path = os.pathsep.join([beside, os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", **extra}


def spawn(
    command: Sequence[str], *, log: Path, env: Mapping[str, str], folder: Path | str
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that dies with us.

    Call from the main thread only: the kernel ends the child when the starting
    *thread* ends.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_tied_to_us(),
        )


def signal_group(process: subprocess.Popen[bytes], order: signal.Signals) -> None:
    """Signal a child and what it started; the group outlives its leader."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, order)


def started_at(pid: int) -> str | None:
    """Return when a process started, by the kernel's clock: a number may be used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else rest[18]


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def tail(path: Path, size: int = 4000) -> str:
    """Return the end of a log, whole lines if it can."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - size))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return text if end <= size else text.partition("\n")[2] or text


def _tied_to_us() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # loaded before the fork: nothing may be imported between fork and exec
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        # we may have died before the tie was made
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return tie
