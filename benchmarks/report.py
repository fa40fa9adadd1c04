"""`python -m benchmarks.report results.jsonl`: the results as a table in Markdown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = (
    "| name | value | limit, same run | ratio | goal | reached | fdatasync | notes |",
    "|---|---:|---:|---:|---|---|---:|---|",
)


def table(lines: Iterable[str]) -> list[str]:
    """Of several runs in one file, the newest figure of each name counts."""
    figures = {each["name"]: each for each in map(json.loads, filter(None, lines))}
    return [*HEAD, *map(_row, figures.values())]


def _row(figure: Mapping[str, Any]) -> str:
    reached = {True: "yes", False: "**no**", None: "not measured"}[figure["reached"]]
    sync = figure["fdatasync_ms"]
    cells = (
        f"`{figure['name']}`",
        _number(figure["value"], figure["unit"]),
        _number(figure["limit"], ""),
        "" if figure["ratio"] is None else f"{figure['ratio']:.0%}",
        figure["goal"],
        reached,
        "" if sync is None else f"{sync:.2f} ms",
        "; ".join(filter(None, (figure["short"], figure["note"]))),
    )
    return f"| {' | '.join(each.replace('|', '/') for each in cells)} |"


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:,.6g} {unit}".strip()


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        sys.stderr.write("Name a file of results: benchmarks/results/….jsonl\n")
        return 2
    lines = [line for name in arguments for line in Path(name).read_text().splitlines()]
    sys.stdout.write("\n".join(table(lines)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
