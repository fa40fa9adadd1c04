"""`manage.py demo`: the loop closes, says so in one line, and says why when it does not."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from examples.digits.dataset import Digit
from examples.digits.demo import truth
from examples.digits.demo.client import Client
from examples.digits.demo.endpoint import Sent
from examples.digits.demo.people import Simulated, all_idle
from tests.config.running import CHECKOUT, environment, free_port, processes_of

MINUTES = 600
KEYS = {
    *("closed", "seed", "predictions", "routed", "reviewed", "gold"),
    *("accuracy_before", "accuracy_after"),
    *("true_accuracy_before", "true_accuracy_after", "estimates"),
    *("champion_before", "champion_after", "mlflow_run_ids", "seconds"),
}


def demo(home: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHECKOUT / "manage.py"), "demo", *options]
    return subprocess.Popen(
        [*command, "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
        cwd=CHECKOUT,
    )


def once(home: Path, seed: int) -> tuple[int, dict[str, Any]]:
    process = demo(home, "--once", "--seed", str(seed), "--port", str(free_port()))
    said, _ = process.communicate(timeout=MINUTES)
    return process.returncode, dict(json.loads(said.splitlines()[-1]))


def test_reviews_are_over_only_when_all_looked_in_vain_after_the_last_answer() -> None:
    first, second = (person(name) for name in ("Ada", "Ben"))
    first.is_alive = second.is_alive = lambda: True  # type: ignore[method-assign]
    first.idle_since, second.idle_since = 11.0, 14.0
    second.handed_in = 12.0

    # Ben's answer at 12 may have made a task for Ada, who had looked at 11
    assert not all_idle([first, second], since=10.0)
    first.idle_since = 13.0
    assert all_idle([first, second], since=10.0)
    assert not all_idle([first, second], since=13.5)
    second.idle_since = None
    assert not all_idle([first, second], since=10.0)


def test_the_report_puts_truth_beside_estimates_and_says_what_holds() -> None:
    digits = [Digit(f"digit-{at}", "3" if at < 6 else "8", "") for at in range(10)]
    sent = [
        Sent(digit, "3" if at < 8 else "8", "1", "accepted", None)
        for at, digit in enumerate(digits)
    ]
    narrow, wide = (
        {"value": 0.7, "low": low, "high": 0.9, "n": 40} for low in (0.77, 0.5)
    )
    few = {"missing": "3 more answers", "n": 7}
    labels = {
        "3": {"precision": narrow, "recall": few, "f1": few},
        "8": {"precision": few, "recall": wide, "f1": few},
    }

    rows = truth.rows("1", {"estimate": wide, "labels": labels}, sent)

    told = [(each.of, each.true, each.holds) for each in rows]
    assert told == [
        ("accuracy", 0.8, True),
        ("precision of 3", 0.75, False),
        ("recall of 8", 0.5, True),
    ]
    *_, second, third, summary = truth.lines(rows)
    assert (second.split()[-1], third.split()[-1]) == ("no", "yes")
    assert "2 of 3 intervals hold" in summary


def person(name: str) -> Simulated:
    return Simulated(name, Client("http://127.0.0.1:1", "token"), 1, {}, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_the_loop_closes_twice_in_one_home_each_time_from_the_beginning(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"

    first, told = once(home, seed=21)
    second, again = once(home, seed=22)

    assert (first, second) == (0, 0)
    assert set(told) == KEYS
    assert told["closed"] is True
    assert (told["seed"], again["seed"]) == (21, 22)
    for each in (told, again):
        assert each["predictions"] == 1_745
        assert each["predictions"] > each["routed"] >= each["reviewed"] >= each["gold"]
        assert each["gold"] > 600
        assert len(set(each["mlflow_run_ids"])) == 2
        assert (each["champion_before"], each["champion_after"]) == ("1", "2")
        assert each["true_accuracy_after"] > each["true_accuracy_before"] + 0.1
        for estimate in (each["accuracy_before"], each["accuracy_after"]):
            assert set(estimate) == {"value", "low", "high", "n"}
            assert 0 < estimate["low"] <= estimate["value"] <= estimate["high"] <= 1
            assert estimate["n"] > 50
        by_version = {(e["version"], e["of"]): e for e in each["estimates"]}
        assert by_version["1", "accuracy"]["true"] == each["true_accuracy_before"]
        assert by_version["2", "accuracy"]["true"] == each["true_accuracy_after"]
        assert len(by_version) == len(each["estimates"]) > 20
        held = sum(e["holds"] for e in each["estimates"])
        assert held >= 0.8 * len(by_version)
    assert not (home / "digits-2.yaml").exists()
    assert processes_of(home) == []


@pytest.mark.slow
@pytest.mark.timeout(MINUTES)
def test_the_pages_stay_up_with_work_for_everybody_until_somebody_stops_them(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "home", free_port()
    process = demo(home, "--port", str(port))
    lines: list[str] = []
    assert process.stdout
    reader = threading.Thread(target=lines.extend, args=(process.stdout,))
    reader.start()

    _wait_for(lines, "Stop with Ctrl-C", process)
    page = requests.get(f"http://127.0.0.1:{port}/accounts/login/", timeout=10)
    process.send_signal(signal.SIGINT)
    code = process.wait(60)
    reader.join()
    process.stdout.close()

    said = "".join(lines)
    assert page.ok
    assert all(f"  {name} " in said for name in ("owner", "lead", "reviewer"))
    assert "a promotion waits" in said
    assert code == 0
    assert processes_of(home) == []


def _wait_for(lines: list[str], words: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + MINUTES - 60
    while not any(words in line for line in list(lines)):
        assert process.poll() is None, "".join(lines)
        assert time.monotonic() < deadline, "".join(lines)
        time.sleep(0.2)


@pytest.mark.timeout(120)
def test_a_home_that_holds_something_else_is_never_emptied(tmp_path: Path) -> None:
    kept = tmp_path / "letter.txt"
    kept.write_text("dear")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = demo(tmp_path, "--once", "--port", str(port))
        process.communicate(timeout=90)

    assert kept.read_text() == "dear"
    assert not (tmp_path / "demo-once.txt").exists()


@pytest.mark.timeout(120)
def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = demo(tmp_path / "home", "--once", "--port", str(port))
        said, _ = process.communicate(timeout=90)

    assert process.returncode == 4
    assert "--port" in said
