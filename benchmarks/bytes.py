"""What a prediction, a task and a label weigh on the disk, and what a disk holds of them.

`python -m benchmarks.bytes` fills a service of its own over HTTP; `weigh` and `facts` look
at any database. `--into docs/scale.md` puts the tables into that page, `--read FILE` takes
them from an earlier run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import requests

from benchmarks.service import PROJECT, Service, command, running, set_up_django, token

RESULTS = Path(__file__).parent / "results"
ACCEPTED, WANTED, ANSWERED, BATCH = 20_000, 4_000, 1_000, 1_000
DISK = 100 * 10**9
LABELS = ("art", "food", "law", "sport")
WORDS = ("court", "goal", "salt", "colour", "rule")
_chance = random.Random(1)  # noqa: S311 (what texts say, not a secret)

TABLES = (
    *("reviewer_prediction", "labeling_payload", "labeling_task", "reviewer_queueitem"),
    *("labeling_annotation", "labeling_gold", "reviewer_assignment"),
    *("projects_event", "projects_job"),
)
SIZES = """
select relname, pg_relation_size(oid), pg_table_size(oid) - pg_relation_size(oid),
  pg_indexes_size(oid)
from pg_class where relname = any(%s)
"""
WAL = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
REVIEW_QUEUE = "select id from reviewer_queue where purpose = 'review'"
CONTENT = "select avg(pg_column_size(content)) from labeling_payload"
Database = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes a row of one table, with everything that hangs on it."""

    rows: int
    heap: float
    # TOAST and the maps of free and visible pages
    beside: float
    indexes: float

    @property
    def total(self) -> float:
        return self.heap + self.beside + self.indexes

    def __str__(self) -> str:
        parts = f"heap {self.heap:.0f}, indexes {self.indexes:.0f}"
        return f"{parts}, beside them {self.beside:.0f}"


@dataclass(frozen=True, slots=True)
class Fact:
    """Stated, not judged: what is little enough depends on the disk."""

    name: str
    value: float
    note: str

    def as_json(self) -> dict[str, object]:
        stated = {"unit": "bytes", "limit": None, "ratio": None, "goal": "stated"}
        known = {"name": self.name, "value": round(self.value), "note": self.note}
        return {**known, **stated, "reached": None}


def weigh(database: Database) -> dict[str, Weight]:
    """Each table that has rows; vacuumed before, so that no dead row is weighed."""
    database.rollback()
    database.autocommit = True
    database.execute("vacuum analyze")
    found = {}
    for name, *sizes in database.execute(SIZES, [list(TABLES)]).fetchall():
        rows = number(database, f"select count(*) from {name}")  # noqa: S608
        if rows:
            heap, beside, indexes = (float(str(size)) / rows for size in sizes)
            found[str(name)] = Weight(int(rows), heap, beside, indexes)
    return found


def number(database: Database, question: str) -> float:
    (found,) = database.execute(question.encode()).fetchone() or (0,)
    return float(str(found or 0))


def facts(database: Database) -> Iterator[Fact]:
    """Of a database in which tasks were answered."""
    weights = weigh(database)
    content = number(database, CONTENT)
    prediction, payload = weights["reviewer_prediction"], weights["labeling_payload"]
    yield Fact("bytes_per_prediction", prediction.total, str(prediction))
    beside = f"beside {content:.0f} of content"
    yield Fact("bytes_per_payload", payload.total - content, beside)
    yield _sum("bytes_per_task", weights, "labeling_task", "reviewer_queueitem")
    answered = ("labeling_annotation", "labeling_gold", "reviewer_assignment")
    yield _sum("bytes_per_label", weights, *answered)
    yield Fact("bytes_per_label_outbox", _outbox(weights), "until it is swept")


def _sum(name: str, weights: Mapping[str, Weight], *tables: str) -> Fact:
    parts = [(table.partition("_")[2], weights[table].total) for table in tables]
    note = ", ".join(f"{part} {size:.0f}" for part, size in parts)
    return Fact(name, sum(size for _, size in parts), note)


def _outbox(weights: Mapping[str, Weight]) -> float:
    told = [weights[name] for name in ("projects_event", "projects_job")]
    whole = sum(each.total * each.rows for each in told)
    return whole / weights["labeling_gold"].rows


def holds(found: Mapping[str, float], *, reviewed: float, content: float) -> float:
    """How many predictions a disk holds: so many reviewed, inputs of so many bytes."""
    each = found["bytes_per_prediction"] + found["bytes_per_payload"] + content
    each += reviewed * (found["bytes_per_task"] + found["bytes_per_label"])
    return DISK / each


class Caller:
    """A program that works with the service over HTTP."""

    def __init__(self, service: Service, role: str) -> None:
        self.url, self.session = f"{service.url}/api/v1/", requests.Session()
        secret = token(role, f"The scales, {role}")
        self.session.headers["Authorization"] = f"Bearer {secret}"

    def post(self, path: str, body: object) -> Any:
        answer = self.session.post(self.url + path, json=body, timeout=300)
        answer.raise_for_status()
        return answer.json()


def row(*, wanted: bool) -> dict[str, Any]:
    """A prediction on a text of about 250 bytes, ids as an endpoint makes them."""
    label, confidence = _chance.choice(LABELS), round(_chance.uniform(0.55, 1.0), 4)
    rest = round((1 - confidence) / (len(LABELS) - 1), 6)
    spread = {each: confidence if each == label else rest for each in LABELS}
    return {
        "inference_id": str(uuid.uuid4()),
        "endpoint": "texts",
        "model": {"name": "texts", "version": "1"},
        "input": {"text": f"{uuid.uuid4()} {' '.join(_chance.choices(WORDS, k=40))}"},
        "metadata": {"wanted": wanted},
        "output": {"label": label, "confidence": confidence, "probabilities": spread},
    }


def send(caller: Caller, rows: int, *, wanted: bool) -> None:
    for _ in range(rows // BATCH):
        body = {"predictions": [row(wanted=wanted) for _ in range(BATCH)]}
        caller.post("projects/bench/predictions", body)


def answer(caller: Caller, queue: int, tasks: int) -> None:
    """Claim and answer so many, ten at a time."""
    for _ in range(tasks // 10):
        given = caller.post(f"queues/{queue}/claim", {"count": 10})["assignments"]
        items = [
            {
                "assignment": each["id"],
                "token": each["token"],
                "client_id": str(uuid.uuid4()),
                "answer": {"label": "law"},
                "seconds": 2.0,
            }
            for each in given
        ]
        caller.post(f"queues/{queue}/submissions", {"items": items})


def fill(service: Service, database: Database) -> Fact:
    """Accepted, waiting and answered ones; what an accepted one writes to the WAL."""
    endpoint = Caller(service, "endpoint")
    before = number(database, WAL)
    send(endpoint, ACCEPTED, wanted=False)
    written = (number(database, WAL) - before) / ACCEPTED
    send(endpoint, WANTED, wanted=True)
    answer(Caller(service, "reviewer"), int(number(database, REVIEW_QUEUE)), ANSWERED)
    return Fact("wal_bytes_per_prediction", written, "its input included")


def write(found: Iterable[Fact]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("bytes-%Y%m%dT%H%M%SZ.jsonl", time.gmtime())
    path.write_text("".join(json.dumps(each.as_json()) + "\n" for each in found))
    return path


def run() -> list[Fact]:
    with tempfile.TemporaryDirectory(prefix="overread-bytes-") as folder:
        # PostgreSQL runs under an account of its own when we are root
        Path(folder).chmod(0o711)
        with running(Path(folder) / "home") as service:
            set_up_django(service.home)
            command("apply", PROJECT)
            with closing(service.database()) as database:
                database.autocommit = True
                written = fill(service, database)
                return [*facts(database), written]


def read(file: Path) -> list[Fact]:
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return [Fact(each["name"], each["value"], each["note"]) for each in rows]


def figures(found: Iterable[Fact]) -> str:
    rows = [f"| `{each.name}` | {each.value:.0f} | {each.note} |" for each in found]
    return "\n".join(["| figure | bytes | of which |", "|---|---:|---|", *rows])


def capacity(found: Iterable[Fact]) -> str:
    values = {each.name: each.value for each in found}
    head = "| reviewed | inputs | predictions on 100 GB | days at a million a day |"
    rows = []
    for reviewed in (0.02, 0.2):
        for content, words in ((450, "450 bytes each"), (0, "blanked")):
            held = holds(values, reviewed=reviewed, content=content) / 1e6
            rows.append(
                f"| {reviewed:.0%} | {words} | {held:.0f} million | {held:.0f} |"
            )
    return "\n".join([head, "|---:|---|---:|---:|", *rows])


def put(page: Path, found: list[Fact]) -> None:
    """Both tables, each between the marks that stand for it."""
    text = page.read_text()
    for name, table in (("figures", figures(found)), ("capacity", capacity(found))):
        before, _, rest = text.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        text = f"{before}<!-- {name} -->\n{table}\n{end}{after}"
    page.write_text(text)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="What rows weigh on the disk.")
    parser.add_argument(
        "--read", type=Path, help="an earlier run, instead of a new one"
    )
    parser.add_argument("--into", type=Path, help="the page whose tables are renewed")
    given = parser.parse_args(arguments)
    found = read(given.read) if given.read else run()
    sys.stdout.write(f"{figures(found)}\n\n{capacity(found)}\n")
    if not given.read:
        sys.stdout.write(f"\nWritten to {write(found)}\n")
    if given.into:
        put(given.into, found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
