"""The audit log: who decided what, when; whether the chain is whole; as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from projects import access, audit
from projects.models import AuditEntry, Project
from projects.refused import Malformed
from projects.views.page import show

ROWS = 50


@dataclass(frozen=True)
class Change:
    """One key of an entry: what it was, what it is."""

    key: str
    before: str
    after: str


@require_safe
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Newest first; `before` is the id after which the last page ended."""
    who = access.member(request, slug, access.READ_AUDIT)
    found = list(_older(who.project, request.GET.get("before"))[: ROWS + 1])
    entries = found[:ROWS]
    context = {
        "entries": [(entry, changes(entry)) for entry in entries],
        "older": entries[-1].pk if len(found) > ROWS else None,
        "is_first": "before" not in request.GET,
        "count": AuditEntry.objects.filter(project=who.project).count(),
        "unsealed": _of(who.project).filter(number=None).count(),
    }
    return show(request, "audit.html", who, context)


@require_POST
def verify(request: HttpRequest, slug: str) -> HttpResponse:
    access.member(request, slug, access.READ_AUDIT)
    audit.seal()
    broken = audit.first_broken()
    if broken is None:
        count = AuditEntry.objects.exclude(number=None).count()
        said = ngettext(
            "The chain is unbroken: %(n)s entry checked.",
            "The chain is unbroken: %(n)s entries checked.",
            count,
        )
        messages.success(request, said % {"n": count})
    else:
        messages.error(
            request,
            _(
                "The chain is broken at entry %(entry)s: it, or one before it, was "
                "changed or removed in the database. Compare it with a backup."
            )
            % {"entry": broken},
        )
    return redirect("audit-log", slug)


@require_safe
def export(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """All entries of the project, oldest first, a JSON object a line."""
    who = access.member(request, slug, access.READ_AUDIT)
    response = StreamingHttpResponse(
        _lines(who.project), content_type="application/jsonl"
    )
    response["Content-Disposition"] = f'attachment; filename="{slug}-audit.jsonl"'
    return response


def _lines(project: Project) -> Iterator[str]:
    entries = _of(project).order_by("pk")
    for entry in entries.iterator(chunk_size=1000):
        yield json.dumps(as_json(entry), ensure_ascii=False) + "\n"


def as_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "who": entry.actor.username if entry.actor else None,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "digest": entry.digest,
    }


def changes(entry: AuditEntry) -> list[Change]:
    """Before and after side by side, only what differs."""
    before, after = _map(entry.before), _map(entry.after)
    keys = [*before, *(key for key in after if key not in before)]
    return [
        Change(key, _text(before.get(key)), _text(after.get(key)))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _map(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _of(project: Project) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(project=project).select_related("actor")


def _older(project: Project, before: str | None) -> QuerySet[AuditEntry]:
    entries = _of(project).order_by("-pk")
    if before is None:
        return entries
    if not before.isascii() or not before.isdigit() or len(before) > 18:
        raise Malformed("This page of the log does not exist. Start at the newest.")
    return entries.filter(pk__lt=int(before))
