"""`manage.py demo`: starts everything, runs the loop once, leaves the pages up or stops."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from config.embedded import leftovers, supervisor
from config.embedded.lock import Lock
from config.embedded.stack import Stack
from config.embedded.trouble import AlreadyRunning, CannotStart
from config.home import Home
from examples.digits.dataset import Share, shared_out
from examples.digits.demo import report
from examples.digits.demo.client import Away, Refused
from examples.digits.demo.desk import ROLES, set_up
from examples.digits.demo.progress import LOOK_EVERY, Failed, Progress
from examples.digits.demo.story import LEFT_TO_LABEL, Story

HELLO = """Overread's whole loop, on 1,797 real handwritten digits.
PostgreSQL, MLflow, the models and the pages are real; the reviewers are simulated: they
know the right answer and slip in 4 % of cases."""

MARK = "demo-once.txt"
PATIENCE = 50
TO_DO = {
    "owner": "members, tokens, settings",
    "lead": "a promotion waits for a decision",
    "reviewer": "digits wait to be read",
}


class Interrupted(BaseException):
    """Ctrl-C, or another signal to end; no handler of errors may keep it."""


def run(home: Home, *, seed: int, once: bool, port: int) -> int:
    """Return the exit code: 0 only if the loop closed."""
    logging.getLogger().setLevel(logging.WARNING)
    os.umask(0o077)
    progress = Progress()
    progress.plain(HELLO)
    try:
        with interruptible(), ThreadPoolExecutor(1) as pool:
            digits = pool.submit(shared_out, seed)
            if once:
                begin_anew(home)
            with running(home, port, progress) as (url, stack):
                story = Story(url, set_up(home.path), seed)
                return play(story, progress, digits, once=once, stack=stack)
    except CannotStart as trouble:
        progress.plain(str(trouble))
        return trouble.exit_code
    except Interrupted:
        progress.plain("Stopped.")
        return 1 if once else 0


def begin_anew(home: Home) -> None:
    """A run with --once leaves its home to look at; the next one starts on an empty one.

    Only what such a run has made is removed. The secrets stay: this process has read them.
    """
    mark = home.path / MARK
    if mark.exists():
        with Lock(home):
            leftovers.end(home)
            for part in home.path.iterdir():
                if part not in (mark, home.secrets_file, home.lock_file):
                    remove(part)
    elif set(home.path.iterdir()) <= {home.secrets_file}:
        mark.write_text("Made by manage.py demo --once, which empties this folder.\n")


def remove(part: Path) -> None:
    """A database that is still stopping may write while we remove."""
    for _ in range(PATIENCE):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
        if not part.exists():
            return
        time.sleep(LOOK_EVERY)
    raise CannotStart(f"{part} cannot be removed. Choose another --home.")


@contextmanager
def interruptible() -> Iterator[None]:
    """The first signal to end interrupts; what follows cannot disturb the stopping."""
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise Interrupted

    with supervisor.signals_call(interrupt):
        yield


@contextmanager
def running(
    home: Home, port: int, progress: Progress
) -> Iterator[tuple[str, Stack | None]]:
    """The home's service: started and stopped here, or the one that runs already."""
    progress.step("start", f"Starting everything in {home.path}")
    try:
        with Stack(home, port=port) as stack:
            progress.say(f"The pages are up: {stack.url}")
            yield stack.url, stack
    except AlreadyRunning:
        if not home.state_file.exists():
            raise
        state = json.loads(home.state_file.read_text())
        progress.say(f"It runs already: {state['url']}")
        yield state["url"], None


def play(
    story: Story,
    progress: Progress,
    digits: Future[Share],
    *,
    once: bool,
    stack: Stack | None,
) -> int:
    closed = False
    try:
        tell(story, progress, digits, once=once)
        closed = True
    except (Failed, Away, Refused) as failure:
        progress.plain(f"The loop did not close. At “{progress.now}”: {failure}")
    if closed and not once:
        invite(story, progress, stack)
    if once or not closed:
        said = report.as_json(
            story.told, closed=closed, seed=story.seed, seconds=progress.seconds
        )
        progress.plain(json.dumps(said))
    return 0 if closed else 1


def tell(
    story: Story, progress: Progress, digits: Future[Share], *, once: bool
) -> None:
    """The steps, in order."""
    story.begin(progress, digits)
    story.first_champion()
    story.plant_checks()
    story.open_endpoint()
    story.start_people()
    story.first_stream()
    story.challenger(story.trigger())
    story.second_stream()
    story.finish_reviews(leave=0 if once else LEFT_TO_LABEL)
    story.read_answers()
    story.measure()
    for line in report.lines(story.told):
        progress.plain(line)


def invite(story: Story, progress: Progress, stack: Stack | None) -> None:
    """Leave the pages up, with something to do for everybody."""
    story.leave_a_promotion_open()
    progress.plain(f"\nNow it is yours: {story.url}p/{story.desk.slug}/")
    progress.plain("Sign in as (passwords are told here only, and only now):")
    for username in ROLES:
        password = story.desk.passwords[username]
        progress.plain(f"  {username:<9} {password}   {TO_DO[username]}")
    if stack is not None:
        progress.plain("Stop with Ctrl-C.")
        # no join here: Python 3.11 takes a thread for ended when a signal ends its join
        while stack.failure is None:
            time.sleep(LOOK_EVERY)
