"""Which databases there are, and how long each kind of process may take in them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

SECOND = 1000
# Milliseconds. A page that takes longer is worse than one that says "try again"; what
# follows in the background may take its time, but never for ever.
LIMITS: dict[str, dict[str, int]] = {
    "web": {
        "statement_timeout": 8 * SECOND,
        "lock_timeout": 3 * SECOND,
        "idle_in_transaction_session_timeout": 10 * SECOND,
        "transaction_timeout": 60 * SECOND,
    },
    "worker": {
        "statement_timeout": 60 * SECOND,
        "lock_timeout": 10 * SECOND,
        "idle_in_transaction_session_timeout": 60 * SECOND,
        "transaction_timeout": 300 * SECOND,
    },
    "long_jobs": {
        "statement_timeout": 300 * SECOND,
        "lock_timeout": 10 * SECOND,
        "idle_in_transaction_session_timeout": 300 * SECOND,
        "transaction_timeout": 1800 * SECOND,
    },
    # Migrations, dumps and whatever somebody types: they know what they wait for.
    "command": {},
}


def limits(env: Env, *, pooled: bool) -> dict[str, str]:
    """Those of this process. A pooler in transaction mode keeps no session of ours, so
    there they belong to the role (docs/scale.md says how)."""
    part = env.str("OVERREAD_PART", "command")
    if part not in LIMITS:
        raise ImproperlyConfigured(f"OVERREAD_PART is one of: {', '.join(LIMITS)}.")
    if pooled:
        return {}
    found = dict(LIMITS[part])
    seconds = env.int("OVERREAD_STATEMENT_SECONDS", 0)
    if found and seconds:
        found["statement_timeout"] = seconds * SECOND
    return {name: str(value) for name, value in found.items()}


def databases(env: Env, url: str) -> dict[str, dict[str, Any]]:
    """`default`, and `replica` where OVERREAD_REPLICA_URL names one."""
    pooled = env.bool("OVERREAD_POOLED", False)
    shared = {
        "ENGINE": "config.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # A cursor that outlives its transaction would be on another session then.
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "LIMITS": limits(env, pooled=pooled),
    }
    found = {"default": {**env.dj_db_url("DATABASE_URL", url), **shared}}
    if env.str("OVERREAD_REPLICA_URL", ""):
        found["replica"] = {**env.dj_db_url("OVERREAD_REPLICA_URL"), **shared}
        # One that is away is told from the primary within seconds.
        found["replica"]["OPTIONS"] = {
            "connect_timeout": 2,
            "tcp_user_timeout": 5 * SECOND,
            **found["replica"].get("OPTIONS", {}),
        }
    return found
