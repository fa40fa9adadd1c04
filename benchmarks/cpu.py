"""What a running service spends: processor time of its parts, from the kernel's books."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from benchmarks.service import Service

PARTS = ("web", "postgres", "worker")
# Seconds of processor time in a second at rest, how long that must last, and the most.
IDLE, QUIET_SECONDS, LONGEST_START = 0.15, 3, 90.0


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time of each part, and how long it took."""

    seconds: float
    parts: dict[str, float]

    def us(self, part: str, things: int) -> float:
        """Microseconds of that part for each of so many things."""
        return 1e6 * self.parts.get(part, 0.0) / max(things, 1)

    def told(self, things: int, of: str) -> str:
        """For a note: what one thing costs each part."""
        costs = [f"{part} {self.us(part, things):,.0f}" for part in PARTS]
        return f"CPU us/{of}: {', '.join(costs)}"


class Meter:
    """`with Meter(service) as meter: …`; then `meter.spent`."""

    def __init__(self, service: Service) -> None:
        self._pids = service.pids()
        self._before: dict[str, float] = {}
        self._began = 0.0
        self.spent = Spent(0.0, {})

    def __enter__(self) -> Meter:
        self._before, self._began = self._used(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        seconds, used = time.perf_counter() - self._began, self._used()
        parts = {part: used[part] - self._before[part] for part in used}
        self.spent = Spent(seconds, parts)

    def _used(self) -> dict[str, float]:
        return {
            part: tree_seconds(self._pids[part]) for part in PARTS if part in self._pids
        }


def settle(service: Service) -> None:
    """Wait until nothing of it works: MLflow comes up for many seconds behind the pages."""
    quiet, before = 0, tree_seconds(service.process.pid)
    until = time.monotonic() + LONGEST_START
    while quiet < QUIET_SECONDS and time.monotonic() < until:
        time.sleep(1)
        now = tree_seconds(service.process.pid)
        quiet = quiet + 1 if now - before < IDLE else 0
        before = now


def tree_seconds(pid: int) -> float:
    """Of a process and all it started, those that ended meanwhile included."""
    process = psutil.Process(pid)
    return sum(map(_seconds, [process, *process.children(recursive=True)]))


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        # it ended just now: its parent's books have it at the next look
        return 0.0
    return float(
        times.user + times.system + times.children_user + times.children_system
    )
