"""What `manage.py up` does: runs a home's service until a signal ends it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from config.embedded.stack import Stack
from config.embedded.static_files import CHECKOUT
from config.embedded.trouble import CannotStart
from config.home import Home, home

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(home: Home, *, port: int = 8080, host: str = "127.0.0.1") -> int:
    """Run until told to stop; return the exit code."""
    os.umask(0o077)
    stack = Stack(home, port=port, host=host, say=say)
    say(f"Overread starts. Home: {home.path}")
    try:
        with signals_call(stack.ask_to_stop), stack:
            welcome(stack)
            stack.wait_for_end()
    except CannotStart as trouble:
        say(str(trouble))
        return trouble.exit_code
    say("Stopped.")
    return 0


def welcome(stack: Stack) -> None:
    if not stack.has_accounts:
        say("Nobody can sign in yet. Make the first account, in another terminal:")
        say(f"  OVERREAD_HOME='{stack.home.path}' {first_account_command()}")
    say(f"Logs: {stack.home.logs_dir}   Stop: Ctrl-C")


def first_account_command() -> str:
    return f"{sys.executable} {CHECKOUT / 'manage.py'} account --username NAME --staff"


def say(line: str) -> None:
    if line:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@contextmanager
def signals_call(told: Callable[[], None]) -> Iterator[None]:
    """Call it for each signal to end; a repeated one changes nothing."""

    def handle(number: int, _: object) -> None:
        say(f"Stopping ({signal.Signals(number).name}).")
        told()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def replace_this_process(*, port: int, host: str) -> NoReturn:
    """Go on as a small process: this one has loaded Django, which only children use."""
    os.chdir(CHECKOUT)
    arguments = ["-m", "config.embedded.supervisor", "--port", str(port)]
    os.execv(sys.executable, [sys.executable, *arguments, "--host", host])  # noqa: S606


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="manage.py up")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", required=True)
    given = parser.parse_args()
    sys.exit(run(home(), port=given.port, host=given.host))
