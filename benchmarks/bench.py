"""`make bench`: a service on an empty home, measured from its first page to the demo."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import cycles, desk, figures, intake, memory
from benchmarks.figures import Figure, skipped
from benchmarks.service import (
    CHECKOUT,
    PROJECT,
    Service,
    command,
    running,
    set_up_django,
    token,
)

FIRST_PAGE_GOAL, DEMO_GOAL = 5.0, 60.0
REST_SECONDS = 10.0
WAITING = 10_000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Measures speed and memory.")
    parser.add_argument("--no-demo", action="store_true", help="leave the demo out")
    given = parser.parse_args(arguments)
    figures.show_head()
    found = []
    with tempfile.TemporaryDirectory(prefix="overread-bench-") as folder:
        for figure in measure(Path(folder), demo=not given.no_demo):
            figures.show(figure)
            found.append(figure)
    sys.stdout.write(f"\nWritten to {figures.write(found)}\n")
    return 0


def measure(folder: Path, *, demo: bool) -> Iterator[Figure]:
    """In an order in which one does not disturb the next."""
    # PostgreSQL runs under an account of its own when we are root
    folder.chmod(0o711)
    with running(folder / "home") as service:
        yield first_page(service)
        set_up_django(service.home)
        command("apply", PROJECT)
        time.sleep(REST_SECONDS)
        yield from memory.memory(service)
        secret = token("endpoint", "The benchmark")
        yield intake.batches(service, secret)
        yield intake.singles(service, secret)
        yield from work(service, secret)
    if demo:
        yield demo_once(folder)


def first_page(service: Service) -> Figure:
    seconds = service.first_page_s
    goal = f"<= {FIRST_PAGE_GOAL:.0f}, empty home"
    return Figure("first_page_s", seconds, "s", goal, seconds <= FIRST_PAGE_GOAL)


def work(service: Service, secret: str) -> Iterator[Figure]:
    with service.database() as database:
        # what was measured before is out of the way of what waits now
        database.execute("update reviewer_queueitem set state = 4 where state = 0")
        found = database.execute(
            "select id from reviewer_queue where purpose = 'review'"
        ).fetchone()
    queue = int(str(found[0])) if found else 0
    intake.fill(service, secret, WAITING)
    yield from cycles.cycles(service, queue)
    yield from desk.paint(service, queue)


def demo_once(folder: Path) -> Figure:
    """The whole loop on an empty home, everything installed and compiled before."""
    goal = f"<= {DEMO_GOAL:.0f}, loop closed"
    home = folder / "demo"
    options = ["demo", "--once", "--home", str(home), "--port", "18089"]
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stdout.strip().splitlines()[-2:] or ["it said nothing"]
        return skipped("demo_once_s", "s", goal, f"not closed: {why[0]}")
    seconds = float(json.loads(done.stdout.strip().splitlines()[-1])["seconds"])
    return Figure("demo_once_s", seconds, "s", goal, seconds <= DEMO_GOAL)
