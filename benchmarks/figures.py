"""What was measured: a table on the screen, one JSON object a line in results/."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
SYNCS = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """`limit` was measured in the same run; `goal` is what we want to reach."""

    name: str
    value: float | None
    unit: str
    goal: str
    reached: bool | None
    limit: float | None = None
    # Of a durable figure: what one write to the disk costs at that moment.
    fdatasync_ms: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        if self.value is None or not self.limit:
            return None
        return round(self.value / self.limit, 4)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "ratio": self.ratio}


def skipped(name: str, unit: str, goal: str, why: str) -> Figure:
    return Figure(name, None, unit, goal, None, note=why)


def fdatasync_ms(folder: Path | None = None) -> float:
    """The median time of a small durable write here and now."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            file.write(b"x" * 512)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(took), 3)


def write(figures: Iterable[Figure]) -> Path:
    """One file a run; nothing of the machine but its number of processors."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("bench-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())
    lines = [json.dumps({**each.as_json(), "cpus": os.cpu_count()}) for each in figures]
    path.write_text("\n".join(lines) + "\n")
    return path


def show(figure: Figure) -> None:
    """One line of the table, as soon as it is known."""
    value = "–" if figure.value is None else f"{figure.value:,.4g}"
    limit = "" if figure.limit is None else f"{figure.limit:,.4g}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.0%}"
    verdict = {True: "reached", False: "not reached", None: figure.note}[figure.reached]
    sys.stdout.write(
        f"{figure.name:<28}{value:>10} {figure.unit:<8}{limit:>10} {ratio:>6}  "
        f"{figure.goal:<36} {verdict}\n"
    )
    sys.stdout.flush()


def show_head() -> None:
    sys.stdout.write(
        f"{'name':<28}{'value':>10} {'unit':<8}{'limit':>10} {'ratio':>6}  "
        f"{'goal':<36} verdict\n"
    )
    sys.stdout.flush()
