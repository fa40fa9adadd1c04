"""What a run of the benchmark has at hand: the service, its project, people's tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import filling, load, rows
from benchmarks.figures import Figure, fdatasync_ms, say
from benchmarks.service import Service, token
from benchmarks.sizes import Sizes

REVIEWERS = 8
WARM_SECONDS = 1.0


@dataclass
class Bench:
    """A service that is up, with Django of this process looking at the same home."""

    service: Service
    sizes: Sizes

    @property
    def folder(self) -> Path:
        return self.service.home.parent

    @cached_property
    def sender(self) -> str:
        return token("endpoint", "Benchmark, endpoint")

    @cached_property
    def lead(self) -> str:
        return token("lead", "Benchmark, lead")

    @cached_property
    def reviewers(self) -> list[str]:
        names = [f"Benchmark, reviewer {n}" for n in range(REVIEWERS)]
        return [token("reviewer", name) for name in names]

    @cached_property
    def queue(self) -> int:
        return self.number("select id from reviewer_queue where purpose = 'review'")

    def number(self, query: str) -> int:
        with self.service.database() as database:
            row = database.execute(query.encode()).fetchone()
        return int(str(row[0])) if row else 0

    def fdatasync_ms(self) -> float:
        """On the disk that the database writes to."""
        return fdatasync_ms(self.folder)

    def wait_for(self, waiting: int, labels: int = 0) -> None:
        """Let so many tasks wait, and have so many labels, before what is measured."""
        assert self.reviewers  # noqa: S101 (rows name one of them as their author)
        accepted, began = self.sizes.accepted, time.perf_counter()
        filling.have(self.service, waiting=waiting, accepted=accepted, labels=labels)
        seconds = time.perf_counter() - began
        say(
            f"    ({waiting:,} tasks wait, {labels:,} labels are there: {seconds:.0f} s)"
        )

    def have_predictions(self, wanted: int) -> None:
        """So many at least; what is missing is added as accepted ones."""
        there = self.number("select count(*) from reviewer_prediction")
        filling.add(self.service, rows.ACCEPTED_ONLY, wanted - there, rows.SURE)

    def offer(
        self,
        talk: str,
        options: Mapping[str, Any],
        *,
        connections: int,
        rate: float | None = None,
        seconds: float | None = None,
    ) -> load.Result:
        """Load from a process of its own; caches and connections are warm before."""
        port = urlsplit(self.service.url).port or 80
        name, long = f"benchmarks.talks:{talk}", seconds or self.sizes.seconds
        load.offer(load.Plan(port, name, options, connections, WARM_SECONDS))
        return load.offer(load.Plan(port, name, options, connections, long, rate))


@dataclass(frozen=True)
class Topic:
    """Figures that are measured together, and how."""

    names: tuple[str, ...]
    measure: Callable[[Bench], Iterable[Figure]]
