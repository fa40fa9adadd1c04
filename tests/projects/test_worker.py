"""`manage.py worker --long-jobs`: one process tree, which ends as a whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from django.conf import settings

from projects import jobs
from projects.models import Job
from tests import makers
from tests.config.running import CHECKOUT, environment, eventually
from tests.config.waiter import database_of_tests

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "registry_bridge.handlers.look_outside"


@contextmanager
def working() -> Iterator[subprocess.Popen[bytes]]:
    given = {
        **environment(),
        "DATABASE_URL": database_of_tests(),
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "OVERREAD_HOME": os.environ["OVERREAD_HOME"],
        "OVERREAD_SECRET_KEY": settings.SECRET_KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--long-jobs", "--skip-checks"],
        env=given,
        cwd=CHECKOUT,
        start_new_session=True,
    )
    try:
        assert eventually(lambda: len(children(process)) == 4)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_long_jobs_are_done_and_all_of_it_ends_when_told() -> None:
    project = makers.make_project()
    jobs.add("long", LONG, "outside", {"project": project.pk}, project=project.pk)
    with working() as process:
        assert eventually(lambda: Job.objects.get(key="long").state == "done")
        family = children(process)

        process.send_signal(signal.SIGTERM)

        assert process.wait(15) == 0
        assert not any(each.is_running() for each in family)


def test_without_those_who_take_long_jobs_it_ends_too_so_that_it_is_started_again() -> (
    None
):
    with working() as process:
        (django_q,) = psutil.Process(process.pid).children()
        django_q.kill()

        assert process.wait(15) != 0
