"""How fast reviewers are served: claim and submit over HTTP, eight at once."""

from __future__ import annotations

import json
import statistics
import time
import uuid
from functools import partial

from benchmarks.figures import Figure, fdatasync_ms
from benchmarks.intake import Caller, together
from benchmarks.service import Service, token

REVIEWERS = 8
SECONDS = 8.0


def cycles(service: Service, queue: int) -> list[Figure]:
    callers = [
        Caller(service, token("reviewer", f"Reviewer {n}")) for n in range(REVIEWERS)
    ]
    took: list[float] = []
    sync = fdatasync_ms(service.home)
    until = time.perf_counter() + SECONDS
    tasks = [partial(_work, caller, queue, until, took) for caller in callers]
    seconds = together(tasks)
    rate, p99 = len(took) / seconds, 1000 * statistics.quantiles(took, n=100)[-1]
    return [
        Figure(
            "cycle_per_s_10k",
            round(rate),
            "1/s",
            ">= 400",
            rate >= 400,
            fdatasync_ms=sync,
        ),
        Figure(
            "cycle_p99_ms_10k",
            round(p99, 1),
            "ms",
            "<= 40",
            p99 <= 40,
            fdatasync_ms=sync,
        ),
    ]


def _work(caller: Caller, queue: int, until: float, took: list[float]) -> None:
    while time.perf_counter() < until:
        began = time.perf_counter()
        answer = caller.post(f"queues/{queue}/claim", b'{"count": 1}')
        (assignment,) = json.loads(answer)["assignments"]
        item = {
            "assignment": assignment["id"],
            "token": assignment["token"],
            "client_id": str(uuid.uuid4()),
            "answer": {"label": "law"},
            "seconds": 2.0,
        }
        body = json.dumps({"items": [item]}).encode()
        (result,) = json.loads(caller.post(f"queues/{queue}/submissions", body))[
            "results"
        ]
        if not result["ok"]:
            raise RuntimeError(result["detail"])
        took.append(time.perf_counter() - began)
