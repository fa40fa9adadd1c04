"""Two web processes and two workers on one database do what one of each does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import connection, connections
from pytest_django.fixtures import Settings as SettingsWrapper

from config.home import home
from labeling.models import Task
from projects import audit, jobs, tokens, worker
from projects.models import AuditEntry, Job, Project, Sweep, Token
from reviewer.models import Policy, Prediction
from tests import makers
from tests.config.running import CHECKOUT, eventually, free_port

pytestmark = pytest.mark.django_db(transaction=True)


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": home().database_url(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
    }


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """One web process of its own on the tests' database."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "2"]
    with (folder / f"web-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "config.wsgi:application"],
            env=environment(),
            cwd=CHECKOUT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        assert eventually(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


@pytest.fixture
def webs(tmp_path: Path) -> Iterator[list[str]]:
    with ExitStack() as stack:
        yield [stack.enter_context(web(tmp_path)) for _ in range(2)]


@pytest.fixture
def project() -> Project:
    project = makers.make_project("pets")
    makers.make_endpoint(project, "eyes")
    makers.make_policy(project)
    makers.make_queue(project)
    return project


def post(url: str, secret: str, name: str) -> requests.Response:
    row = {
        "inference_id": name,
        "endpoint": "eyes",
        "model": {"name": "m", "version": "1"},
        "input": {"text": f"text of {name}"},
        "output": {"label": "cat", "confidence": 0.9},
    }
    return requests.post(
        f"{url}/api/v1/projects/pets/predictions",
        json=row,
        headers=makers.bearer(secret),
        timeout=20,
    )


def test_a_stop_holds_in_every_web_process_at_once(
    webs: list[str], project: Project
) -> None:
    makers.make_policy(project, audit=0.005)
    secret = makers.make_token(project)
    lead = makers.make_token(project, "lead", makers.make_member(project, "lead"))

    def decided(name: str) -> set[str]:
        return {
            post(url, secret, f"{name}{n}-{url[-4:]}").json()["decision"]
            for url in webs
            for n in range(12)
        }

    def switch(path: str, url: str) -> int:
        return requests.post(
            f"{url}/api/v1/projects/pets/{path}",
            json={"reason": "It calls dogs cats"},
            headers=makers.bearer(lead),
            timeout=20,
        ).status_code

    before = decided("a")
    assert switch("stop", webs[0]) == 201
    stopped = decided("b")
    assert switch("stop/end", webs[1]) == 200
    after = decided("c")

    assert "accepted" in before
    assert stopped == {"review"}
    assert "accepted" in after


def test_what_changes_holds_in_every_web_process_at_once(
    webs: list[str], project: Project
) -> None:
    secret = makers.make_token(project)
    versions = [
        post(url, secret, f"a{url[-4:]}").json()["policy_version"] for url in webs
    ]
    makers.make_policy(project, audit=0.01)

    later = [post(url, secret, f"b{url[-4:]}").json()["policy_version"] for url in webs]
    tokens.revoke(Token.objects.get(), by=None)
    refused = [post(url, secret, "c").status_code for url in webs]

    assert versions == [1, 1]
    assert later == [2, 2]
    assert refused == [401, 401]
    assert Policy.objects.count() == 2


def test_the_same_prediction_sent_to_two_processes_at_once_is_kept_once(
    webs: list[str], project: Project
) -> None:
    secret = makers.make_token(project)
    names = [f"id{n}" for n in range(12)]

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda each: post(each[0], secret, each[1]),
                     [(url, name) for name in names for url in webs])
        )  # fmt: skip

    assert all(answer.ok for answer in answers), [a.text for a in answers if not a.ok]
    assert Prediction.objects.count() == Task.objects.count() == len(names)
    new = [
        answer.json()["inference_id"] for answer in answers if answer.status_code == 201
    ]
    assert sorted(new) == sorted(names)


SHOW = """
import {module}
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("show statement_timeout")
    print(cursor.fetchone()[0])
"""


def test_a_web_process_limits_its_sessions_whoever_starts_it(project: Project) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SHOW.format(module="config.wsgi")],
        env=environment(),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "8s\n"


ran: dict[str, list[int]] = defaultdict(list)


def note(payload: dict[str, Any]) -> None:
    ran[payload["stream"]].append(payload["n"])
    time.sleep(0.002)


@contextmanager
def workers(count: int) -> Iterator[None]:
    """So many resident loops, each with a connection of its own."""
    stop = threading.Event()

    def work() -> None:
        try:
            worker.loop(stop)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_two_workers_do_each_job_once_and_in_the_order_of_its_stream(
    settings: SettingsWrapper,
) -> None:
    settings.SCHEDULES = {}
    ran.clear()
    for n in range(120):
        stream = f"s{n % 12}"
        jobs.add(f"{n}", f"{__name__}.note", stream, {"stream": stream, "n": n})

    with workers(2):
        assert eventually(lambda: not Job.objects.exclude(state="done").exists())

    assert sum(map(len, ran.values())) == 120
    assert all(numbers == sorted(numbers) for numbers in ran.values())


def test_what_two_workers_do_every_so_often_is_done_once(
    settings: SettingsWrapper, project: Project
) -> None:
    settings.SCHEDULES = dict.fromkeys(settings.SCHEDULES, 0.05)
    owner = makers.make_user()
    for n in range(60):
        audit.record("looked", project, f"{n}", by=owner)

    with workers(2):
        assert eventually(lambda: not AuditEntry.objects.filter(number=None).exists())

    assert audit.first_broken() is None
    assert AuditEntry.objects.count() == 60
    assert Sweep.objects.count() == len(settings.SWEEPS)
