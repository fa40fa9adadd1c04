"""`python -m config.waits --port N`: runs until SIGTERM, which answers everybody first."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from contextlib import suppress

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from config.home import home
from config.waits.app import MOST, Waits
from config.waits.looking import Looker

# Of the answers under way when the service stops.
LAST_WORDS = 2.0


async def serve(host: str, port: int) -> None:
    looker = Looker(os.environ.get("DATABASE_URL") or home().database_url())
    most = int(os.environ.get("OVERREAD_WAITS", MOST))
    waits = Waits(looker, key(), most)
    # a process of its own: a second one only to watch it would be memory for nothing
    server = Server(
        waits,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=max(128, 2 * most),
        log_level=LogLevels.error,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    looking = asyncio.create_task(looker.run())
    serving = asyncio.create_task(server.serve())
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait((looking, serving, ended), return_when=asyncio.FIRST_COMPLETED)
    await _say_goodbye(looker, waits)
    server.stop()  # type: ignore[no-untyped-call]
    await serving
    await _end(looking)


async def _say_goodbye(looker: Looker, waits: Waits) -> None:
    looker.close()
    until = asyncio.get_running_loop().time() + LAST_WORDS
    while waits.waiting and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(0.01)


async def _end(looking: asyncio.Task[None]) -> None:
    """What broke it, if anything did, ends this process with a trace."""
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking


def key() -> str:
    return os.environ.get("OVERREAD_SECRET_KEY") or home().secrets().secret_key


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m config.waits")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(serve(given.host, given.port))
    # Everybody is answered and nothing is left to write. Taking the interpreter down now and then
    # meets one of granian's threads that still reaches for it, and that aborts the process.
    os._exit(0)
