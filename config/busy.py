"""What a database that is busy or away means to whoever asked: try again."""

from __future__ import annotations

import structlog
from django.db import InterfaceError, OperationalError

from projects import replica
from projects.refused import TryAgain

log = structlog.get_logger()
RETRY_SECONDS = 2
TOO_LONG = "It took too long and was stopped, so that it holds nobody up."
HELD = "Somebody else is changing the same thing at this moment."
AWAY = "The database does not answer."
# SQLSTATE: query_canceled, idle and whole transaction timed out; lock, deadlock, conflict.
WORDS = {
    "57014": TOO_LONG,
    "25P03": TOO_LONG,
    "25P04": TOO_LONG,
    "55P03": HELD,
    "40P01": HELD,
    "40001": HELD,
}


def as_refused(error: BaseException | None) -> TryAgain | None:
    """None for what trying again would not mend."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    # it may have been the replica
    replica.forget()
    state = getattr(error.__cause__, "sqlstate", None)
    log.warning("database refused", sqlstate=state, error=str(error))
    words = (
        f"{WORDS.get(state or '', AWAY)} Try again in a moment; sending twice is safe."
    )
    return TryAgain(words, retry_after=RETRY_SECONDS)
