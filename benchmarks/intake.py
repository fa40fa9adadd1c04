"""How fast predictions are taken in, beside what PostgreSQL alone would do."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from benchmarks.figures import Figure, fdatasync_ms
from benchmarks.service import Service

LABELS = ("art", "food", "law", "sport")
BATCH, BATCHES, CONNECTIONS = 1_000, 16, 4
SINGLES, SINGLE_CONNECTIONS = 1_600, 16
PGBENCH_SECONDS = 5
# In the order in which rows need one another.
TABLES = (
    *("labeling_payload", "labeling_task"),
    *("reviewer_prediction", "reviewer_queueitem"),
)
_chance = random.Random(1)  # noqa: S311 (what texts say, not a secret)
_numbers = itertools.count(1)


def row(*, wanted: bool = False) -> dict[str, Any]:
    """A prediction on a short text of its own."""
    number, label = next(_numbers), _chance.choice(LABELS)
    confidence = round(_chance.uniform(0.4, 1.0), 4)
    rest = round((1 - confidence) / (len(LABELS) - 1), 6)
    words = " ".join(_chance.choices(("court", "goal", "salt", "colour", "rule"), k=30))
    return {
        "inference_id": f"text-{number}",
        "endpoint": "texts",
        "model": {"name": "texts", "version": "1"},
        "input": {"text": f"{number}: {words}"},
        "metadata": {"wanted": wanted},
        "output": {
            "label": label,
            "confidence": confidence,
            "probabilities": {
                each: confidence if each == label else rest for each in LABELS
            },
        },
    }


def batch(size: int, *, wanted: bool = False) -> bytes:
    return json.dumps(
        {"predictions": [row(wanted=wanted) for _ in range(size)]}
    ).encode()


class Caller:
    """One keep-alive connection with next to no cost of its own."""

    def __init__(self, service: Service, secret: str) -> None:
        self.connection = HTTPConnection(urlsplit(service.url).netloc, timeout=120)
        self.headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
        }

    def post(self, path: str, body: bytes) -> bytes:
        self.connection.request("POST", f"/api/v1/{path}", body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status}: {content[:300]!r}")
        return content


def spread(work: Iterable[bytes], callers: list[Caller], path: str) -> float:
    """Send all of it over all connections; seconds."""
    waiting, lock = iter(list(work)), threading.Lock()

    def send(caller: Caller) -> None:
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            caller.post(path, body)

    return together([partial(send, caller) for caller in callers])


def together(tasks: Sequence[Callable[[], None]]) -> float:
    """Run each in a thread of its own; seconds until the last has ended."""
    failures: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as failure:  # noqa: BLE001 (raised again below)
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise failures[0]
    return took


PATH = "projects/bench/predictions"


def batches(service: Service, secret: str) -> Figure:
    bodies = [batch(BATCH) for _ in range(BATCHES)]
    callers = [Caller(service, secret) for _ in range(CONNECTIONS)]
    sync = fdatasync_ms(service.home)
    rate = BATCH * BATCHES / spread(bodies, callers, PATH)
    limit = copy_rate(service)
    return Figure(
        name="intake_batch_rows_per_s",
        value=round(rate),
        unit="rows/s",
        goal=">= 50 % of COPY, >= 30,000",
        reached=rate >= 0.5 * limit and rate >= 30_000,
        limit=round(limit),
        fdatasync_ms=sync,
    )


def copy_rate(service: Service) -> float:
    """COPY of the same final rows into the same tables, with indexes and constraints."""
    with service.database() as database, database.cursor() as cursor:
        kept: dict[str, bytes] = {}
        for table in TABLES:
            with cursor.copy(f"copy {table} to stdout (format binary)") as out:
                kept[table] = b"".join(bytes(part) for part in out)
        cursor.execute("select count(*) from reviewer_prediction")
        (rows,) = cursor.fetchone() or (0,)
        for table in reversed(TABLES):
            cursor.execute(f"delete from {table}")  # noqa: S608
        database.commit()
        began = time.perf_counter()
        for table in TABLES:
            with cursor.copy(f"copy {table} from stdin (format binary)") as into:
                into.write(kept[table])
        database.commit()
        return float(str(rows)) / (time.perf_counter() - began)


def singles(service: Service, secret: str) -> Figure:
    bodies = [json.dumps(row()).encode() for _ in range(SINGLES)]
    callers = [Caller(service, secret) for _ in range(SINGLE_CONNECTIONS)]
    sync = fdatasync_ms(service.home)
    rate = SINGLES / spread(bodies, callers, PATH)
    limit = pgbench(service)
    return Figure(
        name="intake_single_per_s",
        value=round(rate),
        unit="1/s",
        goal=">= 20 % of one SQL call by pgbench",
        reached=rate >= 0.2 * limit,
        limit=round(limit),
        fdatasync_ms=sync,
    )


# One call that keeps a payload and an accepted prediction like the newest one there is.
ONE_CALL = r"""
\set n random(1, 2000000000)
with p as (
  insert into labeling_payload (project_id, sha256, content, created_at)
  select project_id, md5(:n || ':' || clock_timestamp()), content, now()
  from labeling_payload order by id desc limit 1 returning id
), source as (
  select * from reviewer_prediction where task_id is null order by id desc limit 1
)
insert into reviewer_prediction (
  inference_id, model_name, model_version, output, label, confidence, probabilities,
  "group", metadata, occurred_at, received_at, content_hash, pi, u, b, blind, verdict,
  reason, rule, endpoint_id, payload_id, policy_id, project_id, task_id, repeats)
select left('bench-' || md5(:n || ':' || clock_timestamp()), 40), model_name,
  model_version, output, label, confidence, probabilities, "group", metadata,
  occurred_at, now(), content_hash, pi, u, b, blind, verdict, reason, rule, endpoint_id,
  (select id from p), policy_id, project_id, null, repeats
from source;
"""


def pgbench(service: Service) -> float:
    """Calls a second of the same kind without anything of ours in between."""
    from config.embedded.accounts import binaries, server_account
    from config.home import Home

    script = service.home.parent / "one-call.sql"
    script.write_text(ONE_CALL)
    program = binaries(server_account()) / "pgbench"
    options = [
        "-n",
        "-M",
        "prepared",
        "-c",
        "16",
        "-j",
        "2",
        "-T",
        str(PGBENCH_SECONDS),
    ]
    found = subprocess.run(
        [str(program), *options, "-f", str(script), Home(service.home).database_url()],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in found.stdout.splitlines() if line.startswith("tps = ")]
    if not lines:
        raise RuntimeError(found.stderr[-500:])
    return float(lines[0].split()[2])


def fill(service: Service, secret: str, tasks: int) -> None:
    """Let so many tasks wait for review."""
    callers = [Caller(service, secret) for _ in range(CONNECTIONS)]
    bodies = [batch(BATCH, wanted=True) for _ in range(tasks // BATCH)]
    spread(bodies, callers, PATH)
