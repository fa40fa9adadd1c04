"""What was measured: a table on the screen, one JSON object a line in results/."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.goals import GOALS, plain

RESULTS = Path(__file__).parent / "results"
SYNCS = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """`limit` was measured in the same run; `short` says what the goal lacks."""

    name: str
    value: float | None
    limit: float | None = None
    short: str = ""
    # Of a durable figure: what one write to the disk costs at that moment.
    fdatasync_ms: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        if self.value is None or not self.limit:
            return None
        return round(self.value / self.limit, 4)

    @property
    def reached(self) -> bool | None:
        """None: it was not measured."""
        return None if self.value is None else not self.short

    def as_json(self) -> dict[str, object]:
        goal = GOALS[self.name]
        told = {**asdict(self), "unit": goal.unit, "goal": goal.words}
        return {**told, "ratio": self.ratio, "reached": self.reached}


def found(
    name: str,
    value: float,
    *,
    limit: float | None = None,
    also: Sequence[str] = (),
    fdatasync_ms: float | None = None,
    note: str = "",
) -> Figure:
    """A figure held against its goal; `also` is what else fell short."""
    short = "; ".join([*GOALS[name].shortfalls(value, limit), *also])
    value = float(f"{value:.4g}") if abs(value) < 1_000 else round(value)
    limit = None if limit is None else round(limit, 2)
    return Figure(name, value, limit, short, fdatasync_ms, note)


def missing(name: str, why: str) -> Figure:
    return Figure(name, None, short=why)


def fdatasync_ms(folder: Path) -> float:
    """The median time of a small durable write there and now."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 512)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took), 3)


def new_file(kind: str = "bench") -> Path:
    """One file a run; nothing of the machine in it but its number of processors."""
    RESULTS.mkdir(exist_ok=True)
    return RESULTS / time.strftime(f"{kind}-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())


def write(measured: Mapping[str, object], path: Path) -> None:
    """At once, so that a run that is stopped leaves what it found."""
    line = json.dumps({**measured, "cpus": os.cpu_count()})
    with path.open("a") as file:
        file.write(f"{line}\n")


def show(figure: Figure) -> None:
    """One line of the table, as soon as it is known, and what falls short below it."""
    goal = GOALS[figure.name]
    value = "–" if figure.value is None else plain(figure.value)
    limit = "" if figure.limit is None else plain(figure.limit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.0%}"
    verdict = {True: "reached", False: "not reached", None: "not measured"}
    say(
        f"{figure.name:<30}{value:>10} {goal.unit:<7}{limit:>10} {ratio:>6}  "
        f"{goal.words:<48} {verdict[figure.reached]}"
    )
    for label, text in (("falls short", figure.short), ("note", figure.note)):
        if text:
            say(f"    {label}: {text}")


def show_head() -> None:
    say(
        f"{'name':<30}{'value':>10} {'unit':<7}{'limit':>10} {'ratio':>6}  "
        f"{'goal':<48} verdict"
    )


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
