"""How fast reviewers are served: claim and submit over HTTP, eight at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import limits
from benchmarks.bench import REVIEWERS, Bench, Topic
from benchmarks.cpu import Meter
from benchmarks.figures import Figure, found
from benchmarks.goals import STEADY
from benchmarks.load import Result

TENS = 10
# Short enough that what waits stays about the ten thousand it is named after.
FEW_SECONDS = 5.0
MOST_CALLS = 2_000
# Rates one by one as measured in this run, by the name of how many wait.
measured: dict[str, float] = {}


def one_by_one(size: str, bench: Bench) -> Iterator[Figure]:
    """Claim one task, answer it, and so on; each of eight reviewers on a connection."""
    waiting = {"10k": bench.sizes.few, "1m": bench.sizes.many, "10m": bench.sizes.most}
    wait = waiting[size] or 0
    bench.wait_for(wait)
    sync = bench.fdatasync_ms()
    before, seconds = _left(bench), bench.sizes.seconds
    with Meter(bench.service) as meter:
        short = min(seconds, FEW_SECONDS) if size == "10k" else seconds
        result = offer(bench, 1, seconds=short)
    # the warming up is in what was spent
    costs = meter.spent.told(before - _left(bench), "cycle")
    limit = sql_alone(bench)
    measured[size] = result.per_s
    yield found(
        f"cycle_per_s_{size}",
        result.per_s,
        limit=limit,
        also=[*result.shortfalls(), *_unsteady(size)],
        fdatasync_ms=sync,
        note=f"{wait:,} waiting; {costs}; load {result.cpu_us:.0f} us/request",
    )
    yield found(
        f"cycle_p99_ms_{size}",
        result.p99,
        fdatasync_ms=sync,
        note=f"p50 {result.p50:.1f}, p95 {result.p95:.1f}, longest {result.longest:.0f}",
    )


def offer(
    bench: Bench, count: int, *, rate: float | None = None, seconds: float | None = None
) -> Result:
    secrets = bench.reviewers
    options = {"queue": bench.queue, "count": count, "secrets": secrets}
    return bench.offer(
        "cycles", options, connections=REVIEWERS, rate=rate, seconds=seconds
    )


def sql_alone(bench: Bench) -> float:
    """Cycles a second without anything of ours in between; half of what waits."""
    each = min(MOST_CALLS, max(1, _left(bench) // (2 * REVIEWERS)))
    author = bench.number("select max(user_id) from projects_membership")
    project = bench.number("select id from projects_project where slug = 'bench'")
    return limits.calls(
        bench.service,
        limits.ONE_CYCLE,
        REVIEWERS,
        f"-t{each}",
        queue=bench.queue,
        author=author,
        project=project,
    )


def _unsteady(size: str) -> list[str]:
    """A million waiting tasks must feel like ten thousand."""
    few, now = measured.get("10k"), measured[size]
    if few is None or size == "10k" or now >= (1 - STEADY) * few:
        return []
    return [f"{now / few - 1:+.0%} against 10k waiting"]


def _left(bench: Bench) -> int:
    return bench.number("select count(*) from reviewer_queueitem where state = 0")


def in_tens(bench: Bench) -> Iterator[Figure]:
    """Ten tasks a claim, ten answers a submission."""
    bench.wait_for(bench.sizes.many)
    sync = bench.fdatasync_ms()
    before = _left(bench)
    with Meter(bench.service) as meter:
        result = offer(bench, TENS)
    yield found(
        "cycle_batched_tasks_per_s",
        result.per_s,
        also=result.shortfalls(),
        fdatasync_ms=sync,
        note=f"{meter.spent.told(before - _left(bench), 'task')}; "
        f"p50 {result.p50:.1f}, p99 {result.p99:.1f} ms a cycle of {TENS}",
    )


def _topic(size: str) -> Topic:
    names = (f"cycle_per_s_{size}", f"cycle_p99_ms_{size}")
    return Topic(names, partial(one_by_one, size))


FEW, MANY, MOST = _topic("10k"), _topic("1m"), _topic("10m")
TENS_TOPIC = Topic(("cycle_batched_tasks_per_s",), in_tens)
