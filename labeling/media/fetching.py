"""Fetches what a reference leads to: within a time, up to a size, from where it may be.

Everything is read into a file before any of it is handed on: only then are its size, its
digest and that it is whole known, and no slow reader holds the other side up.
"""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache, partial
from itertools import chain
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import structlog
from django.conf import settings

from labeling.media import sources
from labeling.media.contents import HEAD
from labeling.media.refused import Busy, Gone, Heavy, NotOurs, Unfetched
from labeling.references import SWITCH
from projects import outbound
from projects.outbound import Forbidden, Line, Rules

if TYPE_CHECKING:
    from labeling.media.sources import Source

log = structlog.get_logger()
CHUNK: Final = 64 * 1024
IN_MEMORY: Final = 2 * 1024 * 1024
HOPS: Final = 3
WAIT_SECONDS: Final = 0.3
HEADERS: Final = {
    "User-Agent": "Overread",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
SENT_ON: Final = frozenset({301, 302, 303, 307, 308})
Look = Callable[[bytes], None]


class _Short(http.client.HTTPException):
    """It ended before all was there."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole thing, at the start of its file; the caller closes it."""

    file: IO[bytes]
    size: int
    digest: str
    charset: str


def fetch(source: Source, *, most: int, look: Look) -> Fetched:
    """Everything that lies there; `look` sees the first bytes and may refuse them."""
    url, until = source.url, time.monotonic() + settings.MEDIA_SECONDS
    with _turn():
        for hop in range(HOPS + 1):
            found = _ask(source, url, until=until, most=most, look=look)
            if isinstance(found, Fetched):
                return found
            if not source.follows or hop == HOPS:
                break
            url = _next(source, url, found)
    raise Unfetched(f"{_start(source)} sends on to another address again and again.")


@lru_cache(maxsize=1)
def _turns() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.MEDIA_AT_ONCE)


@contextmanager
def _turn() -> Iterator[None]:
    """So few at once that hosts that are slow leave threads for everything else."""
    if not _turns().acquire(timeout=WAIT_SECONDS):
        raise Busy("Others are being fetched just now. Try again.", retry_after=1)
    try:
        yield
    finally:
        _turns().release()


def _ask(
    source: Source, url: str, *, until: float, most: int, look: Look
) -> Fetched | str:
    """What lies there, or the address that is named instead."""
    seconds = until - time.monotonic()
    line = None
    try:
        if seconds <= 0:
            raise TimeoutError
        line = Line(url, _rules(), seconds=seconds)
        with line:
            return _read(line, source, most=most, look=look)
    except Forbidden as forbidden:
        log.warning("reference not followed", url=url[:200], why=str(forbidden))
        raise NotOurs(
            f"{urlsplit(url).hostname} leads to where this service does not call: a"
            f" private network, or one machine’s own. {SWITCH}=1 allows private ones."
        ) from forbidden
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _unfetched(source, error, late=bool(line and line.late)) from error


def _rules() -> Rules:
    return Rules(settings.MEDIA_PRIVATE, SWITCH)


def _read(line: Line, source: Source, *, most: int, look: Look) -> Fetched | str:
    connection = line.connection()
    connection.request("GET", line.target, headers=HEADERS)
    with connection.getresponse() as answer:
        if answer.status in SENT_ON:
            return answer.getheader("Location") or ""
        _refuse_status(source, answer.status)
        announced = _announced(answer, most)
        fetched = _kept(answer, most=most, look=look)
    if (announced is not None and fetched.size < announced) or line.late:
        fetched.file.close()
        raise _Short
    return fetched


def _announced(answer: http.client.HTTPResponse, most: int) -> int | None:
    """The size that is to come, if it is said; refused unread where it is too much."""
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise Unfetched("It is stored compressed (Content-Encoding). Store it plain.")
    if answer.length is not None and answer.length > most:
        raise _heavy(most)
    return answer.length


def _kept(answer: http.client.HTTPResponse, *, most: int, look: Look) -> Fetched:
    # closed by whoever hands it on, or here
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
    try:
        size, digest = _copied(answer, file, most=most, look=look)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Fetched(file, size, digest, _charset(answer.headers))


def _copied(
    answer: http.client.HTTPResponse, file: IO[bytes], *, most: int, look: Look
) -> tuple[int, str]:
    """Its size and its digest; refused as soon as it is too large or something else."""
    digest, size = hashlib.sha256(), 0
    head = answer.read(HEAD)
    look(head)
    for chunk in chain([head], iter(partial(answer.read, CHUNK), b"")):
        size += len(chunk)
        if size > most:
            raise _heavy(most)
        digest.update(chunk)
        file.write(chunk)
    return size, digest.hexdigest()


def _next(source: Source, url: str, location: str) -> str:
    """The address that is named instead, judged like the first one."""
    try:
        named = urljoin(url, location).partition("#")[0]
    except ValueError:
        named = ""
    wrong = outbound.wrong_with(named, _rules(), longest=sources.LONGEST_SIGNED)
    if wrong or not (named.startswith("https://") or settings.MEDIA_PRIVATE):
        raise NotOurs(f"{_start(source)} sends on to an address that is not followed.")
    sources.refuse_host(named)
    return named


def _refuse_status(source: Source, status: int) -> None:
    if status in (404, 410):
        raise Gone(f"{_start(source)} has nothing there any more ({status}).")
    if status in (401, 403):
        raise Unfetched(f"{_start(source)} says no ({status}).")
    if status != http.HTTPStatus.OK:
        raise Unfetched(f"{_start(source)} answers {status} instead of it.")


def _unfetched(source: Source, error: Exception, *, late: bool) -> Unfetched:
    if late or isinstance(error, TimeoutError):
        return Unfetched(
            f"{_start(source)} did not send it within {settings.MEDIA_SECONDS:.0f} s."
        )
    if isinstance(error, _Short | http.client.IncompleteRead):
        return Unfetched(f"{_start(source)} sent only a part of it.")
    log.warning("reference not fetched", source=source.name, error=repr(error)[:200])
    return Unfetched(f"{_start(source)} cannot be reached, or does not answer well.")


def _start(source: Source) -> str:
    return (
        source.name[:1].upper() + source.name[1:] if " " in source.name else source.name
    )


def _heavy(most: int) -> Heavy:
    return Heavy(
        f"It is larger than {most / 1024 / 1024:.0f} MB, the most that is shown."
    )


def _charset(headers: Message) -> str:
    return (headers.get_content_charset() or "").strip()
