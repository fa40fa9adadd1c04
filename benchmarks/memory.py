"""What the service holds in memory: when it rests, and at its highest meanwhile."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found
from benchmarks.service import CHECKOUT, Service

MB = 2**20
REST_SECONDS = 10.0
HEAVY = ("mlflow", "sagemaker", "boto3", "sklearn")
ASKED = f"""
import sys, django
django.setup()
import config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
NOT_OURS = ("mlflow", "postgres")
# What the kernel is told to forget the highest memory by.
FORGET_PEAK = "5"


def at_rest(bench: Bench) -> Iterator[Figure]:
    time.sleep(REST_SECONDS)
    service = bench.service
    pids = service.pids()
    parts = {name: pss_mb(pid) for name, pid in pids.items() if name != "mlflow"}
    # the supervisor alone: its children are the parts
    parts["up"] = psutil.Process(service.process.pid).memory_full_info().pss / MB
    told = ", ".join(f"{name} {size:.0f}" for name, size in sorted(parts.items()))
    heavy = imported()
    yield found("idle_pss_mb", sum(parts.values()), note=told)
    yield found(
        "web_pss_mb",
        parts["web"],
        also=[f"imports {', '.join(heavy)}"] if heavy else [],
    )


def pss_mb(pid: int) -> float:
    """Of a process and of what it started, but for what serves MLflow alone."""
    ours = [each for each in tree(pid) if not _is_for_mlflow(each)]
    return sum(each.memory_full_info().pss for each in ours) / MB


def _is_for_mlflow(process: psutil.Process) -> bool:
    """One of PostgreSQL's, for a connection of MLflow's."""
    return " ".join(process.cmdline()).startswith("postgres: overread mlflow ")


def tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def imported() -> list[str]:
    """Heavy packages that the web process has loaded once it can answer."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
    )
    return done.stdout.split()


class Peak:
    """`with Peak(service) as peak: …`; then what our processes took on top of idle."""

    def __init__(self, service: Service) -> None:
        ours = [pid for name, pid in service.pids().items() if name not in NOT_OURS]
        self._pids = [each.pid for pid in ours for each in tree(pid)]
        self._idle: dict[int, float] = {}
        self.above_idle = self.highest = 0.0

    def __enter__(self) -> Peak:
        for pid in self._pids:
            Path(f"/proc/{pid}/clear_refs").write_text(FORGET_PEAK)
            self._idle[pid] = _mb(pid, "VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        alive = [pid for pid in self._pids if psutil.pid_exists(pid)]
        peaks = {pid: _mb(pid, "VmHWM") for pid in alive}
        self.above_idle = sum(peaks[pid] - self._idle[pid] for pid in alive)
        self.highest = max(peaks.values(), default=0.0)


def _mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0


REST = Topic(("idle_pss_mb", "web_pss_mb"), at_rest)
