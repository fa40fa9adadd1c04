"""What overread_client adds to an endpoint: time of `send`, memory with a full buffer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found
from benchmarks.service import CHECKOUT


def sending(bench: Bench) -> Iterator[Figure]:
    told = _endpoint(bench.service.url, bench.sender)
    yield found(
        "client_send_us",
        told["median_us"],
        note=f"p99 {told['p99_us']:.0f}; {told['posted']:,} posted meanwhile, "
        f"{told['dropped']:,} dropped; writing the same JSON alone {told['json_us']:.1f}",
    )
    yield found(
        "client_memory_mb",
        told["memory_mb"],
        note=f"on top of {told['before_mb']:.0f} MB of an endpoint that answers HTTP; "
        f"{told['waiting']:,} rows wait, {told['modules_mb']:.1f} MB are modules",
    )


def _endpoint(url: str, token: str) -> dict[str, float]:
    """In a process of its own, which has nothing of ours loaded before."""
    settings = {
        "OVERREAD_URL": url,
        "OVERREAD_PROJECT": "bench",
        "OVERREAD_TOKEN": token,
        "PYTHONPATH": str(CHECKOUT / "client"),
    }
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "benchmarks" / "client_endpoint.py")],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


TOPIC = Topic(("client_send_us", "client_memory_mb"), sending)
