"""From nothing: the first page of an empty home, and the whole loop of the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found
from benchmarks.service import CHECKOUT, free_port


def first_page(bench: Bench) -> Iterator[Figure]:
    yield found("first_page_s", bench.service.first_page_s)


def demo_once(bench: Bench) -> Iterator[Figure]:
    """The whole loop on an empty home, everything installed and compiled before."""
    options = ["demo", "--once", "--home", str(bench.folder / "demo")]
    options += ["--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stdout.strip().splitlines()[-2:] or ["it said nothing"]
        raise RuntimeError(f"the loop was not closed: {why[0]}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    yield found("demo_once_s", float(said["seconds"]))


FIRST_PAGE = Topic(("first_page_s",), first_page)
DEMO = Topic(("demo_once_s",), demo_once)
