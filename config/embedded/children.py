"""Starts child processes that never outlive the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypedDict

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a child runs under."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run, where it writes, and how it is told to end."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    # sent by the kernel when the parent dies, whatever it died of
    orphan_signal: signal.Signals = signal.SIGTERM
    account: Account | None = None
    descriptors: Sequence[int] = ()
    folder: str = "/"


def spawn(spec: Spec) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own. Call from the main thread only.

    The kernel sends the orphan signal when the starting *thread* ends, so a child
    of a helper thread would die with that thread.
    """
    with open_log(spec.log) as log:
        return subprocess.Popen(
            spec.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(spec.environment),
            cwd=spec.folder,
            start_new_session=True,
            pass_fds=tuple(spec.descriptors),
            preexec_fn=_tied_to_parent(spec.orphan_signal),
            umask=0o077,
            **_as_account(spec.account),
        )


def open_log(path: Path) -> IO[bytes]:
    """Open a log file for appending that only its owner reads."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _tied_to_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # loaded before the fork: nothing may be imported between fork and exec
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        # the parent may have died before the tie was made
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return tie


class _AccountOptions(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_account(account: Account | None) -> _AccountOptions:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
