"""The formats that texts of a record may have: our own four.

The library's depend on what else happens to be installed.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)*")


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _reads(datetime.date.fromisoformat, text)


def _is_moment(text: str) -> bool:
    """RFC 3339: a date, a time, an offset."""
    reads = datetime.datetime.fromisoformat
    return bool(_MOMENT.fullmatch(text)) and _reads(reads, text)


def _is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text))


def _is_uri(text: str) -> bool:
    """An absolute one: a scheme and something behind it."""
    if re.search(r"\s", text) or not _reads(urlsplit, text):
        return False
    scheme = urlsplit(text).scheme
    return bool(scheme) and len(text) > len(scheme) + 1


def _reads(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _of_text(holds: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or holds(value)


CHECKER: Final = FormatChecker(formats=())
CHECKER.checkers = {
    "date": (_of_text(_is_date), ()),
    "date-time": (_of_text(_is_moment), ()),
    "email": (_of_text(_is_email), ()),
    "uri": (_of_text(_is_uri), ()),
}
