"""Servers fork, and end: predictions of every process arrive all the same."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import overread_client
from tests.client.hostile import Call, Hostile, says

START = """
import os, sys
from overread_client import Client
client = Client(endpoint="digits", model=("digits", "7"), linger=60)
def send(name):
    return client.send(name, input={"text": name}, output={"label": "7"})
"""


def run(hostile: Hostile, script: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "OVERREAD_URL": hostile.url,
        "OVERREAD_PROJECT": "p",
        "OVERREAD_TOKEN": "secret",
        "PYTHONPATH": str(Path(overread_client.__file__).parents[1]),
    }
    return subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(script)],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )


def test_what_waits_when_python_ends_is_sent_first(hostile: Hostile) -> None:
    run(hostile, "send('a'); send('b')")

    assert sorted(hostile.kept) == ["a", "b"]


def test_a_service_that_is_down_does_not_hold_up_the_end(hostile: Hostile) -> None:
    script = """
    client = Client("http://127.0.0.1:9", endpoint="digits", model=("digits", "7"))
    send("a")
    """
    done = run(hostile, script)

    assert "Not posted to Overread before the end." in done.stderr


def test_children_of_a_fork_send_what_is_theirs_and_the_parent_what_is_its(
    hostile: Hostile,
) -> None:
    script = """
    send("parent-before")
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            send(f"child-{number}")
            assert client.counts.taken == 1, client.counts
            sys.exit()
        children.append(child)
    send("parent-after")
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    """
    run(hostile, script)

    assert sorted(hostile.kept) == [
        *(f"child-{number}" for number in range(3)),
        "parent-after",
        "parent-before",
    ]
    assert sum(len(call.rows) for call in hostile.calls) == 5


def test_a_call_imports_nothing_more(hostile: Hostile) -> None:
    """What is being imported when a process forks stays locked in the child for ever."""
    later = "Fri, 27 Nov 2026 06:00:00 GMT"
    hostile.misdeeds = [says(503, {"detail": "x"}, Retry_After=later), Call.cut]
    script = """
    before = set(sys.modules)
    send("a" * 40)
    while not client.flush(0.5):
        pass
    print(sorted(set(sys.modules) - before))
    """
    done = run(hostile, script)

    assert done.stdout.strip() == "[]"
    assert len(hostile.calls) == 3


def test_a_fork_while_threads_send_leaves_no_lock_held(hostile: Hostile) -> None:
    script = """
    import faulthandler, threading, time
    over = threading.Event()
    def busy():
        number = 0
        while not over.is_set():
            send(f"busy-{threading.get_ident()}-{number}")
            number += 1
            time.sleep(0.0005)
    threads = [threading.Thread(target=busy, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    children = []
    for number in range(20):
        child = os.fork()
        if child == 0:
            ok = send(f"child-{number}") and client.flush(60)
            if not ok:
                faulthandler.dump_traceback()
            os._exit(0 if ok else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
    over.set()
    for thread in threads:
        thread.join()
    """
    run(hostile, script)

    assert {f"child-{number}" for number in range(20)} <= set(hostile.kept)
