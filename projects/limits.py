"""More time for one transaction that is known to be long."""

from __future__ import annotations

from django.db import connection

NAMES = (
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
)
LIMITED = "select name from pg_settings where name = any(%s) and setting <> '0'"
# A timer that runs can be stopped but not moved, so it is stopped first.
ALLOW = "select set_config(%s, '0', true), set_config(%s, %s, true)"


def allow(*, minutes: int) -> None:
    """Let the open transaction take so long; the next one has the usual limits again."""
    with connection.cursor() as cursor:
        cursor.execute(LIMITED, [list(NAMES)])
        for (name,) in cursor.fetchall():
            cursor.execute(ALLOW, [name, name, f"{minutes}min"])
