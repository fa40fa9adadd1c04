"""Keeps what people decided, and chains it so that a change would show.

Entries commit unchained; `seal` numbers and chains them afterwards in an order in which
no entry can appear before one that is sealed: only transactions older than every open one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection, transaction

from projects.models import AuditEntry, Project, User

LOCK = 0x0A0D17


def record(
    action: str,
    project: Project | None,
    subject: str,
    *,
    by: User | None,
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditEntry:
    """Write one entry in the caller's transaction."""
    return AuditEntry.objects.create(
        action=action,
        project=project,
        subject=subject[:160],
        actor=by,
        before=before,
        after=after,
        reason=reason,
    )


@transaction.atomic
def seal() -> int:
    """Chain what has settled; how many entries were added to the chain."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("select (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
        (oldest_open,) = cursor.fetchone()
    last = AuditEntry.objects.exclude(number=None).order_by("-number").first()
    number, digest = (last.number or 0, last.digest) if last else (0, "")
    entries = AuditEntry.objects.filter(number=None, xid__lt=oldest_open)
    count = 0
    for entry in entries.order_by("xid", "id"):
        number, count = number + 1, count + 1
        digest = _link(digest, number, entry)
        entry.number, entry.digest = number, digest
        entry.save(update_fields=["number", "digest"])
    return count


def first_broken() -> int | None:
    """The number of the first entry that does not fit the chain; None: unbroken."""
    digest = ""
    sealed = AuditEntry.objects.exclude(number=None).order_by("number")
    for expected, entry in enumerate(sealed.iterator(), start=1):
        digest = _link(digest, expected, entry)
        if entry.number != expected or entry.digest != digest:
            return expected
    return None


def _link(previous: str, number: int, entry: AuditEntry) -> str:
    content = [
        previous,
        number,
        entry.project_id,
        entry.actor_id,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
        entry.reason,
        entry.at.isoformat(),
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
