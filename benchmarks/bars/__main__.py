"""`make bench-stats`: every module of this folder that has bars(runs) is a topic."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from benchmarks import bars as here
from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import NoData
from benchmarks.figures import new_file, say, write
from benchmarks.goals import plain

RUNS: Final = 1_000

Measure: TypeAlias = Callable[[int], Iterator[Bar]]


def main(arguments: Sequence[str]) -> int:
    """0 also where bars are missed: that is a finding, not a failure."""
    given = _read(arguments)
    path = new_file("bench-stats")
    say(f"{'name':<46}{'value':>12} {'unit':<8}{'goal':<9}{'limit':>10}  verdict")
    seen = missed = 0
    for bar in measured(given.names, given.runs):
        show(bar)
        write(bar.as_json(), path)
        seen, missed = seen + 1, missed + (not bar.reached)
    say(f"\n{missed} of {seen} not reached. Written to {path}")
    return 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bars",
        description="Holds the statistics against their bars, by simulation.",
        epilog=f"Topics: {', '.join(topics())}.",
    )
    parser.add_argument("names", nargs="*", help="topics, or words in names of bars")
    parser.add_argument("--runs", type=int, default=RUNS, help="simulated runs of each")
    return parser.parse_args(arguments)


def topics() -> dict[str, Measure]:
    """The function bars() of each module here that has one, by the module's name."""
    modules = (
        importlib.import_module(f"{here.__name__}.{each.name}")
        for each in pkgutil.iter_modules(here.__path__)
        if each.name != "__main__"
    )
    return {
        module.__name__.rpartition(".")[2]: module.bars
        for module in modules
        if hasattr(module, "bars")
    }


def measured(words: Sequence[str], runs: int) -> Iterator[Bar]:
    """The bars of the topics named, or all bars with one of these words in their names.

    A topic whose data set is not there says so, and the next one goes on.
    """
    by_topic = topics()
    named = [topic for topic in by_topic if topic in words]
    for topic in named or by_topic:
        for bar in _while_data(topic, by_topic[topic], runs):
            if named or not words or any(word in bar.name for word in words):
                yield bar


def _while_data(topic: str, measure: Measure, runs: int) -> Iterator[Bar]:
    try:
        yield from measure(runs)
    except NoData as error:
        say(f"{topic}: not measured, or not all of it. {error}")


def show(bar: Bar) -> None:
    verdict = "reached" if bar.reached else "NOT REACHED"
    say(
        f"{bar.name:<46}{plain(bar.value):>12} {bar.unit:<8}{bar.goal:<9}"
        f"{plain(bar.limit):>10}  {verdict}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
