"""`python -m benchmarks.report results.jsonl`: the results as a table in Markdown."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import missing
from benchmarks.goals import GOALS, plain

HEAD = (
    "| name | value | limit, same run | ratio | goal | reached | fdatasync | notes |",
    "|---|---:|---:|---:|---|---|---:|---|",
)
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def table(lines: Iterable[str]) -> list[str]:
    """A row for each goal; of several results of one name the last one counts."""
    figures = {each["name"]: each for each in map(json.loads, filter(None, lines))}
    nothing = {name: missing(name, "").as_json() for name in GOALS}
    return [*HEAD, *(_row(figures.get(name, nothing[name])) for name in GOALS)]


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
    # what is empty stays one blank wide
    return "|".join(
        ["", *(f" {each} ".replace("  ", " ") for each in map(_plain, cells)), ""]
    )


def _plain(text: str) -> str:
    return text.replace("|", "/")


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{plain(value)} {unit}".strip()


def put_into(page: str, lines: Sequence[str]) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"The page has no {BEGIN} … {END} to put the table between.")
    table = "\n".join(lines)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report")
    parser.add_argument("results", nargs="+", type=Path, help="files of JSON lines")
    parser.add_argument("--into", type=Path, help="a page with marks for the table")
    given = parser.parse_args(arguments)
    lines = table(
        line for path in given.results for line in path.read_text().splitlines()
    )
    if given.into is None:
        sys.stdout.write("\n".join(lines) + "\n")
    else:
        given.into.write_text(put_into(given.into.read_text(), lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
