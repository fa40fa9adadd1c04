"""Answers those who come with a ticket: once their prediction is settled, or time is up."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from config.waits.looking import Looker
from reviewer import tickets
from reviewer.fates import Fate
from reviewer.tickets import NoTicket, Ticket

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
MOST = 200
PLACE = "/wait/"
AGAIN_SECONDS = 5


class Waits:
    """The ASGI application. `GET /wait/up` says whether one more may come."""

    def __init__(self, looker: Looker, key: str, most: int = MOST) -> None:
        self._looker, self._key, self._most = looker, key, most
        self.waiting = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] != "GET" or not scope["path"].startswith(PLACE):
            await _refuse(send, 404, "not_found", "There is nothing here.")
        elif scope["path"] == f"{PLACE}alive":
            await _answer(send, 200, {"status": "alive"})
        elif scope["path"] == f"{PLACE}up":
            await self._say_whether_up(send)
        else:
            await self._take(scope["path"].removeprefix(PLACE), receive, send)

    async def _say_whether_up(self, send: Send) -> None:
        if self._has_room():
            await _answer(send, 200, {"waiting": self.waiting, "most": self._most})
        else:
            await self._refuse_more(send)

    async def _take(self, given: str, receive: Receive, send: Send) -> None:
        try:
            ticket = tickets.read(given, self._key, time.time())
        except NoTicket as refused:
            said = f"{refused} Ask for the prediction again."
            await _refuse(send, 410, "no_ticket", said)
            return
        if not self._has_room():
            await self._refuse_more(send)
            return
        self.waiting += 1
        try:
            await self._wait(ticket, receive, send)
        finally:
            self.waiting -= 1

    def _has_room(self) -> bool:
        return self.waiting < self._most and not self._looker.closing

    async def _refuse_more(self, send: Send) -> None:
        said = f"{self.waiting} callers wait already. Ask again in {AGAIN_SECONDS} s."
        if self._looker.closing:
            said = f"The service stops. Ask again in {AGAIN_SECONDS} s."
        await _refuse(send, 503, "no_room", said)

    async def _wait(self, ticket: Ticket, receive: Receive, send: Send) -> None:
        coming = asyncio.ensure_future(
            self._looker.wait_for(ticket.prediction, ticket.seconds)
        )
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((coming, leaving), return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                await self._tell(coming.result(), ticket, send)
        finally:
            coming.cancel()
            leaving.cancel()

    async def _tell(self, fate: Fate | None, ticket: Ticket, send: Send) -> None:
        if fate is None:
            said = f"The database does not answer. Ask again in {AGAIN_SECONDS} s."
            await _refuse(send, 503, "database_away", said)
            return
        place = (b"content-location", ticket.path.encode())
        again = [(b"retry-after", b"1")] if self._looker.closing else []
        await _answer(send, 200, fate.told, place, *again)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """The body of a GET says nothing."""


async def _refuse(send: Send, status: int, code: str, said: str) -> None:
    body = {"type": f"urn:overread:{code}", "status": status, "detail": said}
    again = [(b"retry-after", str(AGAIN_SECONDS).encode())] if status == 503 else []
    await _answer(send, status, {**body, "code": code}, *again)


async def _answer(
    send: Send, status: int, told: dict[str, Any], *headers: tuple[bytes, bytes]
) -> None:
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    kind = b"application/json" if status == 200 else b"application/problem+json"
    own = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
