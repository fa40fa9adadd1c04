"""Windows of whole hours, as rollups count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def begin(at: datetime, hours: float | None) -> datetime:
    """Where a window of so many hours begins: at a full hour, never a shorter window."""
    if hours is None:
        return EVER
    since = (at - timedelta(hours=hours)).astimezone(UTC)
    return since.replace(minute=0, second=0, microsecond=0)
