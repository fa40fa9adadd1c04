"""One call of Overread's API, and what its answer means: done, later, or never."""

from __future__ import annotations

# A socket would import it at its first call. Were that when the process forks, the child's
# first call would wait forever for a lock that nobody holds any more.
import encodings.idna  # noqa: F401
import gzip
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

SMALL = 1024
LONGEST_ANSWER = 2 * 2**20
LONGEST_WAIT = 300.0
PASSING = {408, 425, 429}
TOO_LARGE, UNKNOWN_ENCODING = 413, 415
STUMBLED = 500


class Unusable(Exception):
    """The service cannot be called as the client is set up."""


class Later(Exception):
    """The same call may succeed later, not before `after` seconds where that was said.

    `stumbled`: the service failed over it, which may be due to what the call holds.
    """

    def __init__(
        self, words: str, after: float | None = None, *, stumbled: bool = False
    ) -> None:
        super().__init__(words)
        self.after, self.stumbled = after, stumbled


class Never(Exception):
    """The same call would be refused again."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status


class Service:
    """Overread, as one project's endpoint calls it; used by one thread at a time."""

    def __init__(
        self,
        url: str | None,
        project: str | None,
        token: str | None,
        timeout: float,
    ) -> None:
        url = _setting("OVERREAD_URL", url).rstrip("/")
        project = _setting("OVERREAD_PROJECT", project)
        if not _is_address(url):
            raise Unusable("OVERREAD_URL must be like https://overread.example.org.")
        self._url = f"{url}/api/v1/projects/{quote(project, safe='')}/predictions"
        self._headers = {
            "Authorization": f"Bearer {_setting('OVERREAD_TOKEN', token)}",
            "Content-Type": "application/x-ndjson",
            "User-Agent": "overread-client",
        }
        self._timeout = timeout
        self._packs = True
        # proxies as the environment names them; a token follows no redirect
        self._opener = urllib.request.build_opener(_NoRedirect)

    def post(self, rows: Sequence[bytes]) -> list[dict[str, Any]]:
        """What was decided about each row, in order; Later or Never for all of them."""
        try:
            with self._opener.open(self._request(rows), timeout=self._timeout) as said:
                body = said.read(LONGEST_ANSWER)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == UNKNOWN_ENCODING and self._packs:
                    self._packs = False
                    return self.post(rows)
                raise _refusal(error) from error
        except (OSError, HTTPException) as error:
            raise Later(f"no answer: {_named(error)}") from error
        return _results(body, len(rows))

    def _request(self, rows: Sequence[bytes]) -> urllib.request.Request:
        body, headers = b"\n".join(rows), self._headers
        if self._packs and len(body) > SMALL:
            body = gzip.compress(body, compresslevel=1)
            headers = {**headers, "Content-Encoding": "gzip"}
        # the scheme was checked above
        return urllib.request.Request(self._url, body, headers)  # noqa: S310


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        return None


def _setting(name: str, given: str | None) -> str:
    value = (os.environ.get(name, "") if given is None else given).strip()
    if not value:
        raise Unusable(f"Set {name}.")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise Unusable(f"{name} must be plain text without spaces.")
    return value


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and parts.port != 0
            and bool(parts.hostname)
        )
    except ValueError:
        # brackets or a port that cannot be
        return False


def _refusal(error: urllib.error.HTTPError) -> Exception:
    words = _words(error)
    if error.code in PASSING or error.code >= 500:
        wait = _wait(error.headers.get("Retry-After"))
        return Later(f"{error.code}: {words}", wait, stumbled=error.code == STUMBLED)
    if error.code < 400:
        where = error.headers.get("Location", "elsewhere")
        words = f"it points to {where}; make that the address in OVERREAD_URL"
    return Never(error.code, words)


def _words(error: urllib.error.HTTPError) -> str:
    """The sentence of problem+json; of anything else, its beginning."""
    try:
        body = error.read(LONGEST_ANSWER)
    except (OSError, HTTPException):
        return str(error.reason)
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace") or str(error.reason)


def _wait(header: str | None) -> float | None:
    """Seconds that Retry-After asks for, as a number or a date; None if it says nothing."""
    if not header:
        return None
    try:
        if header.strip().isdecimal():
            wait = float(header)
        else:
            wait = parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _results(body: bytes, wanted: int) -> list[dict[str, Any]]:
    try:
        results = json.loads(body)["results"]
        if len(results) == wanted and all(isinstance(each, dict) for each in results):
            return list(results)
    except (ValueError, KeyError, TypeError):
        pass
    raise Later("what answered is not Overread; check OVERREAD_URL")


def _named(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason) or type(error).__name__
