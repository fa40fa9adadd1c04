"""What the idle service holds in memory, and what the web process does not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from benchmarks.figures import Figure
from benchmarks.service import CHECKOUT, Service

MB = 2**20
WEB_LIMIT, STACK_LIMIT = 130, 350
HEAVY = ("mlflow", "sagemaker", "boto3", "sklearn")
ASKED = f"""
import sys, django
django.setup()
import config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def memory(service: Service) -> list[Figure]:
    pids = service.pids()
    parts = {name: pss_mb(pid) for name, pid in pids.items() if name != "mlflow"}
    # the supervisor alone: its children are the parts
    parts["up"] = psutil.Process(service.process.pid).memory_full_info().pss / MB
    stack, web, heavy = sum(parts.values()), parts["web"], imported()
    told = ", ".join(f"{name} {size:.0f}" for name, size in sorted(parts.items()))
    return [
        Figure(
            "idle_pss_mb",
            round(stack),
            "MB",
            f"<= {STACK_LIMIT}, MLflow left out",
            stack <= STACK_LIMIT,
            note=told,
        ),
        Figure(
            "web_pss_mb",
            round(web),
            "MB",
            f"<= {WEB_LIMIT}, none of {', '.join(HEAVY[:2])}",
            web <= WEB_LIMIT and not heavy,
            note=f"imports {', '.join(heavy)}" if heavy else "",
        ),
    ]


def pss_mb(pid: int) -> float:
    """Of a process and of what it started."""
    process = psutil.Process(pid)
    own = [process, *process.children(recursive=True)]
    return sum(each.memory_full_info().pss for each in own) / MB


def imported() -> list[str]:
    """Heavy packages that the web process has loaded once it can answer."""
    found = subprocess.run(
        [sys.executable, "-c", ASKED],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(CHECKOUT),
    )
    return found.stdout.split()
