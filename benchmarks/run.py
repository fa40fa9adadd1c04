"""`make bench`: a service on an empty home, measured from its first page to the demo."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import (
    capture,
    client,
    cycles,
    desk,
    exports,
    figures,
    intake,
    lead_pages,
    memory,
    outbox,
    replay,
    start,
)
from benchmarks.bench import Bench, Topic
from benchmarks.cpu import settle
from benchmarks.figures import Figure, missing
from benchmarks.goals import GOALS
from benchmarks.service import PROJECT, command, running, set_up_django
from benchmarks.sizes import Sizes, from_environment

# In an order in which one does not disturb the next, and what was filled is used again.
TOPICS: tuple[Topic, ...] = (
    start.FIRST_PAGE,
    memory.REST,
    *intake.TOPICS,
    *capture.TOPICS,
    client.TOPIC,
    *desk.TOPICS,
    cycles.FEW,
    cycles.MANY,
    cycles.TENS_TOPIC,
    *exports.TOPICS,
    *outbox.TOPICS,
    *replay.TOPICS,
    *lead_pages.TOPICS,
    cycles.MOST,
    start.DEMO,
)


def main(arguments: Sequence[str]) -> int:
    """0 also where goals are missed: that is a finding, not a failure."""
    given = _read(arguments)
    sizes = from_environment()
    topics = chosen(given.names, given.without, sizes)
    path = figures.new_file()
    figures.show_head()
    with _folder(given.folder) as folder:
        for figure in measure(folder, topics, sizes):
            figures.show(figure)
            figures.write(figure.as_json(), path)
    figures.say(f"\nWritten to {path}")
    return 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures speed and memory, each beside what limits it.",
        epilog=f"Names: {', '.join(GOALS)}. Sizes by SECONDS= FEW= MANY= LABELS= FULL=1.",
    )
    parser.add_argument("names", nargs="*", help="only names with this in them")
    parser.add_argument("--without", nargs="+", default=[], help="not those")
    parser.add_argument(
        "--folder",
        type=Path,
        help="work there, and leave what was filled for next time",
    )
    return parser.parse_args(arguments)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """Empty and gone afterwards, unless one was named."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    # not in /tmp, which may be memory: what is durable must be so on a disk
    disk = "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="overread-bench-", dir=disk) as made:
        yield Path(made)


def chosen(
    names: Sequence[str], without: Sequence[str], sizes: Sizes
) -> tuple[Topic, ...]:
    """The topics that have a figure whose name holds one of these words."""
    for word in (*names, *without):
        if not any(word in name for name in GOALS):
            raise SystemExit(f"Nothing is named {word}. There are: {', '.join(GOALS)}.")
    topics = [each for each in TOPICS if sizes.most or each is not cycles.MOST]
    return tuple(
        topic
        for topic in topics
        if (not names or _named(topic, names)) and not _named(topic, without)
    )


def _named(topic: Topic, words: Sequence[str]) -> bool:
    return any(word in name for word in words for name in topic.names)


def measure(folder: Path, topics: Sequence[Topic], sizes: Sizes) -> Iterator[Figure]:
    # PostgreSQL runs under an account of its own when we are root
    folder.chmod(0o711)
    with running(folder / "home") as service:
        set_up_django(service.home)
        command("apply", PROJECT)
        bench = Bench(service, sizes)
        settle(service)
        for topic in topics:
            yield from told(topic, bench)


def told(topic: Topic, bench: Bench) -> Iterator[Figure]:
    """The figures of a topic; those that it failed to measure say why."""
    left = list(topic.names)
    try:
        for figure in topic.measure(bench):
            left.remove(figure.name)
            yield figure
    except Exception as failure:  # noqa: BLE001 (one row's trouble must not end the run)
        why = f"{type(failure).__name__}: {failure}".strip().replace("\n", " ")[:300]
        yield from (missing(name, why) for name in left)
