"""Looks for everybody who waits: one connection, one query a round, however many wait."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from typing import Any

import psycopg

from reviewer import fates
from reviewer.fates import Fate

log = logging.getLogger(__name__)
PACE = 0.25
# A server that does not answer within so long is taken for gone, and asked again later.
PATIENCE, AWAY = 5.0, 1.0
# Nobody came for so long: the server may have its memory back.
IDLE = 10.0
# What the database's operator sees of it.
NAME = "overread waits"


class Looker:
    """Who waits for which prediction, and what was last seen of it."""

    def __init__(self, database: str, pace: float = PACE) -> None:
        self._database, self._pace = database, pace
        self._waiting: dict[int, set[asyncio.Future[Fate]]] = defaultdict(set)
        self._seen: dict[int, Fate] = {}
        self._somebody = asyncio.Event()
        self._closing = asyncio.Event()
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    @property
    def closing(self) -> bool:
        return self._closing.is_set()

    async def wait_for(self, prediction: int, seconds: float) -> Fate | None:
        """What is known when it is settled, or when time is up; None: nothing is."""
        coming: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self._waiting[prediction].add(coming)
        self._somebody.set()
        try:
            await self._first(coming, seconds)
            return coming.result() if coming.done() else self._seen.get(prediction)
        finally:
            self._leave(prediction, coming)

    async def run(self) -> None:
        """Look while anybody waits, until cancelled; a database away is waited for."""
        while True:
            await self._rest()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._look()
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.warning("database is away: %s", error)
                await self._hang_up()
                await asyncio.sleep(AWAY)
            else:
                await asyncio.sleep(self._pace)

    async def _rest(self) -> None:
        """Until somebody waits."""
        try:
            async with asyncio.timeout(IDLE):
                await self._somebody.wait()
        except TimeoutError:
            await self._hang_up()
            await self._somebody.wait()

    def close(self) -> None:
        """Everybody who waits gets what is known; nobody waits any more."""
        self._closing.set()

    async def _first(self, coming: asyncio.Future[Fate], seconds: float) -> None:
        """Wait for the answer, for the end of the time, or for the end of the service."""
        ending = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait(
                (coming, ending), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ending.cancel()

    def _leave(self, prediction: int, coming: asyncio.Future[Fate]) -> None:
        self._waiting[prediction].discard(coming)
        if not self._waiting[prediction]:
            del self._waiting[prediction]
            self._seen.pop(prediction, None)
        if not self._waiting:
            self._somebody.clear()

    async def _look(self) -> None:
        db = await self._connected()
        found = await db.execute(fates.BY_ID, [list(self._waiting)])
        for row in await found.fetchall():
            self._tell(fates.read(row))

    def _tell(self, fate: Fate) -> None:
        waiting = self._waiting.get(fate.prediction)
        if waiting is None:
            return
        self._seen[fate.prediction] = fate
        for coming in waiting if fate.final else ():
            if not coming.done():
                coming.set_result(fate)

    async def _connected(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            # nothing is prepared, so that a pooler may stand in between
            self._connection = await psycopg.AsyncConnection.connect(
                self._database,
                autocommit=True,
                prepare_threshold=None,
                application_name=NAME,
            )
        return self._connection

    async def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error, OSError):
                await self._connection.close()
        self._connection = None
