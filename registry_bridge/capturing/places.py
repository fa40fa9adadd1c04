"""Addresses such as s3://bucket/key, and what of a source lies where. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

SCHEME: Final = "s3://"
HOURS: Final = "%Y/%m/%d/%H"
# <prefix>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>
_CAPTURED: Final = re.compile(
    r"(?P<stem>(?:.*/)?(?P<variant>[^/]+)/)(?P<hour>\d{4}/\d\d/\d\d/\d\d)/[^/]+"
)
# Delivery lags behind the hour that a file is filed under.
AGAIN: Final = timedelta(hours=3)


def split(uri: str) -> tuple[str, str]:
    """Bucket and key."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key


def folder(uri: str) -> tuple[str, str]:
    """Bucket and prefix; the prefix of a folder ends with a slash, or is empty."""
    bucket, key = split(uri)
    prefix = key.strip("/")
    return bucket, f"{prefix}/" if prefix else ""


def is_below(uri: str, top: str) -> bool:
    return uri.startswith(SCHEME + "/".join(folder(top)))


def variant(key: str) -> str:
    """The production variant that a captured file comes from; "" when it is not told."""
    found = _CAPTURED.fullmatch(key)
    return found["variant"] if found else ""


def hour(key: str, stem: str) -> str:
    """The hour that a file below a folder of hours is filed under, or ""."""
    found = _CAPTURED.fullmatch(key)
    fits = found and found["stem"] == stem and _time(found["hour"])
    return found["hour"] if found and fits else ""


def _time(hour: str) -> datetime | None:
    """None: four numbers, but no time (2026/02/31/07)."""
    try:
        found = datetime.strptime(hour, HOURS).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found - datetime.min.replace(tzinfo=UTC) > AGAIN else None


def look_after(stem: str, newest: str, at: datetime) -> str:
    """The key after which to list: some hours before the newest that was found."""
    found = _time(newest)
    if found is None:
        return ""
    return stem + (min(found, at) - AGAIN).strftime(HOURS)


def is_year(prefix: str) -> bool:
    name = prefix.rstrip("/").rpartition("/")[2]
    return len(name) == 4 and name.isdigit()


def is_data(key: str, size: int) -> bool:
    """Not a folder's mark, nor what other tools leave (_SUCCESS, .keep)."""
    name = key.rpartition("/")[2]
    return size > 0 and bool(name) and not name.startswith(("_", "."))
