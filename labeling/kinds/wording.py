"""Text that can be stored and shown: what is refused, and why."""

from __future__ import annotations

import re

# PostgreSQL keeps no NUL; half a surrogate pair is no UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

ID_LENGTH = 64


def wrong_with_id(value: object) -> str | None:
    """Why this is no id (1 to 64 printable characters); None when it is one."""
    if not isinstance(value, str):
        return "must be text, 1 to 64 printable characters"
    if not 1 <= len(value) <= ID_LENGTH:
        return f"must have 1 to {ID_LENGTH} characters, it has {len(value)}"
    if not value.isprintable():
        return "must be printable: no line breaks, tabs or control characters"
    if value != value.strip():
        return "must not begin or end with a space"
    return None


def wrong_with_text(value: object, *, longest: int) -> str | None:
    """Why this text cannot be shown or stored; None when it can."""
    if not isinstance(value, str):
        return "must be text"
    if _UNSTORABLE.search(value):
        return "has a character that cannot be stored (\\u0000 or half a surrogate)"
    if not value.strip():
        return "must not be empty"
    if len(value) > longest:
        return f"must have at most {longest} characters, it has {len(value)}"
    return None
