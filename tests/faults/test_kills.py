"""Whatever is killed in the middle of the loop: it closes, nothing is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from config.home import Home
from tests.config.running import CHECKOUT, Up, environment, free_port
from tests.faults.service import (
    assert_no_task_over_its_overlap,
    kill,
    rows,
    service,
    wait_for_jobs,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROUND_SECONDS = 600


@dataclass
class Round:
    """The clients of one loop, and the lines they have written so far."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)

    def reaches(self, words: str) -> None:
        """Wait until the loop is at a step."""
        deadline = time.monotonic() + ROUND_SECONDS
        while not any(words in line for line in list(self.lines)):
            assert self.process.poll() is None, "".join(self.lines)
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.1)

    def is_over(self) -> bool:
        return self.process.poll() is not None

    def acknowledged(self) -> dict[str, Any]:
        """What the clients were told, once the loop has closed."""
        code = self.process.wait(ROUND_SECONDS)
        assert code == 0, "".join(self.lines)
        return dict(json.loads(self.lines[-1]))


@contextmanager
def clients(home: Path, seed: int) -> Iterator[Round]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.client", str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment(), "OVERREAD_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        cwd=CHECKOUT,
    )
    found = Round(process)
    reader = threading.Thread(target=found.read)
    reader.start()
    try:
        yield found
    finally:
        if process.poll() is None:
            process.kill()
        reader.join()
        assert process.stdout
        process.stdout.close()


# Where the death of each hurts most.
MOMENTS = (
    ("Lena Lead approved it; it is registered", "worker"),
    ("Sending 1,050 images", "postgres"),
    ("Reviewing, until there is gold enough", "web"),
    ("The gate is open", "worker"),
    ("The gate is open", "mlflow"),
    ("it is tried, deployed", "hosting"),
    ("Reviewing the", "postgres"),
)


def test_the_loop_closes_although_each_service_is_killed_where_it_hurts_most(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "home", free_port()
    with service(home, port) as up, clients(home, seed=11) as round_:
        for step, name in MOMENTS:
            round_.reaches(step)
            time.sleep(0.5)
            kill(up, name)

        told = round_.acknowledged()

        assert_nothing_lost_or_doubled(up, told)


def test_the_loop_closes_when_everything_is_killed_and_started_again(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "home", free_port()
    with service(home, port) as first, clients(home, seed=13) as round_:
        round_.reaches("Reviewing, until there is gold enough")
        wait_for_answers(home, 20)
        first.process.kill()
        first.process.wait(10)

        with service(home, port) as again:
            told = round_.acknowledged()

            assert_nothing_lost_or_doubled(again, told)


def wait_for_answers(home: Path, wanted: int) -> None:
    """In the midst of reviewing: a training would end with the service, as it should."""
    with psycopg.connect(Home(home).database_url(), autocommit=True) as database:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            (found,) = rows(database, "select count(*) from labeling_annotation")
            if found[0] >= wanted:
                return
            time.sleep(0.01)
    raise AssertionError("nobody answers")


def assert_nothing_lost_or_doubled(up: Up, told: dict[str, Any]) -> None:
    with psycopg.connect(Home(up.home.path).database_url()) as database:
        assert_predictions_kept_once(database, told)
        assert_answers_kept_once(database, told)
        assert_no_task_over_its_overlap(database)
        assert_gold_settled_once(database, told)
        jobs = wait_for_jobs(database)
    assert jobs == []
    assert_mlflow_has_each_once(up, told)


def assert_predictions_kept_once(
    database: psycopg.Connection[Any], told: dict[str, Any]
) -> None:
    kept = rows(database, "select inference_id, verdict from reviewer_prediction")
    assert len(kept) == len(told["predictions"])
    assert dict(kept) == told["predictions"]


def assert_answers_kept_once(
    database: psycopg.Connection[Any], told: dict[str, Any]
) -> None:
    kept = rows(database, "select client_id::text from labeling_annotation")
    assert sorted(key for (key,) in kept) == sorted(told["answers"])


def assert_gold_settled_once(
    database: psycopg.Connection[Any], told: dict[str, Any]
) -> None:
    settled = rows(
        database,
        """
        select g.task_id from labeling_gold g
        join reviewer_prediction p on p.task_id = g.task_id
        where not exists (select 1 from labeling_gold n where n.supersedes_id = g.id)
        """,
    )
    assert len(settled) == len(set(settled)) == told["gold"]


def assert_mlflow_has_each_once(up: Up, told: dict[str, Any]) -> None:
    """One run for each thing that was done, one version for each training."""
    found = mlflow(up, "runs/search", {"experiment_ids": experiments(up)})["runs"]
    keys = [
        tag["value"]
        for run in found
        for tag in run["data"]["tags"]
        if tag["key"] == "overread.key"
    ]
    assert [key for key, n in Counter(keys).items() if n > 1] == []
    assert {each["info"]["run_id"] for each in found} >= set(told["runs"])
    versions = mlflow(up, "model-versions/search", {})["model_versions"]
    assert sorted(each["version"] for each in versions) == ["1", "2"]
    alias = f"registered-models/alias?name={told['project']}&alias=champion"
    champion = mlflow(up, alias)["model_version"]["version"]
    assert champion == told["versions"][-1] == "2"


def experiments(up: Up) -> list[str]:
    found = mlflow(up, "experiments/search", {"max_results": 100})["experiments"]
    return [each["experiment_id"] for each in found]


def mlflow(up: Up, call: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """MLflow's own REST; a GET where there is no body."""
    posts = call in ("runs/search", "experiments/search")
    url = f"{up.state()['mlflow']}/api/2.0/mlflow/{call}"
    sent = body if posts else None
    answer = requests.request("POST" if posts else "GET", url, json=sent, timeout=30)
    answer.raise_for_status()
    return dict(answer.json())
