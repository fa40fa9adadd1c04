"""How fast predictions are taken in, beside what PostgreSQL alone would do."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import bodies, filling, limits, rows
from benchmarks.bench import Bench, Topic
from benchmarks.cpu import Meter
from benchmarks.figures import Figure, found
from benchmarks.goals import APP_CPU_US
from benchmarks.load import Result

ROWS, CONNECTIONS, SINGLE_CONNECTIONS = 1_000, 4, 16


def batches(bench: Bench) -> Iterator[Figure]:
    """Batches of 1,000 that nobody sent before, routed by the policy of the project."""
    with bench.service.database() as database:
        filling.empty(database)
    file = bodies.batches(bench.folder / "batches.jsonl", ROWS)
    sync = bench.fdatasync_ms()
    options = {"secret": bench.sender, "bodies": str(file), "rows": ROWS}
    with Meter(bench.service) as meter:
        result = bench.offer("predictions", options, connections=CONNECTIONS)
    kept = bench.number("select count(*) from reviewer_prediction")
    drawn = bench.number("select count(*) from labeling_task")
    limit = limits.copy_rate(bench.service)
    yield found(
        "intake_batch_rows_per_s",
        result.per_s,
        limit=limit,
        also=[*result.shortfalls(), *_lost(kept, result)],
        fdatasync_ms=sync,
        note=f"{meter.spent.told(kept, 'row')}; {_times(result)}; "
        f"{drawn / max(kept, 1):.0%} drawn",
    )


def _lost(kept: int, result: Result) -> list[str]:
    """The warming up sent some more, so never fewer than those answered."""
    if kept >= result.things:
        return []
    return [f"only {kept:,} of {result.things:,} rows are there"]


def singles(bench: Bench) -> Iterator[Figure]:
    file = bodies.singles(bench.folder / "singles.jsonl")
    sync = bench.fdatasync_ms()
    options = {"secret": bench.sender, "bodies": str(file), "rows": 1}
    before = bench.number("select count(*) from reviewer_prediction")
    with Meter(bench.service) as meter:
        result = bench.offer("predictions", options, connections=SINGLE_CONNECTIONS)
    kept = bench.number("select count(*) from reviewer_prediction") - before
    app = meter.spent.us("web", kept)
    limit = one_call(bench)
    over = app > APP_CPU_US
    costly = [f"app CPU {app:,.0f} us is above {APP_CPU_US:,.0f}"] if over else []
    yield found(
        "intake_single_per_s",
        result.per_s,
        limit=limit,
        also=[*result.shortfalls(), *_lost(kept, result), *costly],
        fdatasync_ms=sync,
        note=f"{meter.spent.told(kept, 'request')}; {_times(result)}",
    )


def one_call(bench: Bench) -> float:
    """Calls a second that keep one prediction each, by as many clients."""
    with bench.service.database() as database:
        made = filling.values(database, rows.WAITS)
        stamp = database.execute("select reviewer_desk_stamp(%s)", [made["project"]])
        (told,) = stamp.fetchone() or ("",)
    names = ("project", "policy", "queue", "endpoint", "version")
    return limits.calls(
        bench.service,
        limits.ONE_CALL,
        SINGLE_CONNECTIONS,
        f"-T{max(1, round(bench.sizes.seconds / 2))}",
        stamp=told,
        **{name: made[name] for name in names},
    )


def _times(result: Result) -> str:
    return (
        f"p50 {result.p50:.1f}, p99 {result.p99:.1f} ms; "
        f"load {result.cpu_us:.0f} us/request"
    )


TOPICS = (
    Topic(("intake_batch_rows_per_s",), batches),
    Topic(("intake_single_per_s",), singles),
)
