"""Run by benchmarks.client: an endpoint that posts with overread_client; tells one JSON object."""

from __future__ import annotations

import http.server
import json
import logging
import statistics
import sys
import time
import uuid
from pathlib import Path
from typing import Any

# what an endpoint has loaded anyway
_OURS_ANYWAY = (http.server, json, logging, uuid)
CALLS, PER_SECOND = 6_000, 1_000
MB = 2**20
LABELS = ("art", "food", "law", "sport")


def main() -> None:
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    import overread_client

    modules = memory("VmRSS") - before
    client = overread_client.Client(endpoint="texts", model=("texts", "1"))
    took = sorted(calls(client))
    client.flush(60)
    posted = client.counts
    waiting = fill(overread_client)
    told = {
        "median_us": 1e6 * statistics.median(took),
        "p99_us": 1e6 * took[int(0.99 * len(took))],
        "json_us": 1e6 * json_alone(),
        "posted": posted.posted,
        "dropped": posted.dropped,
        "before_mb": before,
        "modules_mb": modules,
        "memory_mb": memory("VmHWM") - before,
        "waiting": waiting,
    }
    sys.stdout.write(json.dumps(told))
    if posted.posted != CALLS:
        raise SystemExit(f"not everything arrived: {posted}")


def row(number: int) -> dict[str, Any]:
    text = f"{number} " + "court goal salt colour " * 19
    sure = dict.fromkeys(LABELS, 0.25)
    output = {"label": "art", "confidence": 0.25, "probabilities": sure}
    return {"input": {"text": text}, "output": output}


def calls(client: Any) -> list[float]:
    """Seconds of each of CALLS, PER_SECOND of them, while the thread posts."""
    took, run = [], uuid.uuid4().hex[:12]
    for number in range(CALLS):
        sent = row(number)
        began = time.perf_counter()
        client.send(f"{run}-{number}", **sent)
        took.append(time.perf_counter() - began)
        time.sleep(1 / PER_SECOND)
    return took


def json_alone() -> float:
    """Seconds to write one row: no client could do without."""
    sent = row(0)
    began = time.perf_counter()
    for _ in range(CALLS):
        json.dumps(sent).encode()
    return (time.perf_counter() - began) / CALLS


def fill(package: Any) -> int:
    """As many rows wait as may, for a service that is not there; how many they are."""
    client = package.Client(
        "http://127.0.0.1:9", endpoint="texts", model=("texts", "1")
    )
    logging.getLogger("overread_client").setLevel(logging.CRITICAL)
    for number in range(12_000):
        client.send(f"fill-{number}", **row(number))
    client.flush(2)
    waiting: int = client.counts.waiting
    client.close(0)
    return waiting


def memory(field: str) -> float:
    """MB of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / MB
    raise LookupError(field)


if __name__ == "__main__":
    main()
