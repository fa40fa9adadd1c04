"""Hands out a file of the local object store to whoever holds its signed address."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from projects import access, storage


@require_safe
def one(request: HttpRequest, token: str) -> FileResponse:
    """The address was signed for somebody who may read it, and ends soon."""
    access.signed_in(request)
    key = storage.key_of(token)
    name = key.rpartition("/")[2]
    return FileResponse(storage.objects().open(key), as_attachment=True, filename=name)
