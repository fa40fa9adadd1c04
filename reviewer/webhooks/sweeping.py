"""Removes deliveries that were heard, some weeks later; dead ones wait for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from projects.sweeping import WINDOW, Step

HEARD = """
delete from reviewer_webhookdelivery where id in (
  select id from reviewer_webhookdelivery where state = 'sent' and last_at < %(before)s
  order by last_at limit %(window)s for update skip locked)
"""


def deliveries(after: int, at: datetime) -> Step:
    before = at - timedelta(days=settings.OUTBOX_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(HEARD, {"before": before, "window": WINDOW})
        rows = cursor.rowcount
    # there is no number to go on from: full windows mean that there is more
    removed: dict[tuple[int | None, str], int] = {}
    if rows:
        removed[None, "deliveries of webhooks"] = rows
    return Step(removed, last=0 if rows == WINDOW else None)
