"""Windows of whole hours or days, as rollups count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from projects.recent import first_id

if TYPE_CHECKING:
    from django.db.models import Model

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def begin(at: datetime, hours: float | None) -> datetime:
    """Where a window of so many hours begins: at a full hour, never a shorter window."""
    if hours is None:
        return EVER
    since = (at - timedelta(hours=hours)).astimezone(UTC)
    return since.replace(minute=0, second=0, microsecond=0)


def begin_days(at: datetime, days: int | None) -> datetime:
    """Where a window of so many days begins: at a full day (UTC), never a shorter window."""
    since = begin(at, None if days is None else days * 24)
    return since.replace(hour=0)


def first(model: type[Model], field: str, begin: datetime) -> int:
    """Below which number no row has this time or a later one: where an index is entered."""
    return 0 if begin == EVER else first_id(model, field, begin)
