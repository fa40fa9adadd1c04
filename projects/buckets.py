"""S3 connections of a project as addresses of stores, and what lies inside which."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from projects.models import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of a connection's options: how its bucket is reached.
OPTIONS = ("endpoint_url", "region")


def connected(project_id: int) -> Iterator[Connection]:
    """The project's S3 connections, the oldest first."""
    kept = Connection.objects.filter(project=project_id, kind=Connection.Kind.S3)
    yield from kept.order_by("pk")


def address(connection: Connection) -> str:
    """As storage.objects_at takes it: s3://bucket/prefix?endpoint_url=…&region=…"""
    options = connection.options
    known = {name: options[name] for name in OPTIONS if name in options}
    joint = "&" if "?" in connection.uri else "?"
    return connection.uri + (joint + urlencode(known) if known else "")


def below(store: str, wanted: str) -> str | None:
    """The path inside the store; None: it lies elsewhere."""
    top, found = urlsplit(store), urlsplit(wanted)
    if (found.scheme, found.netloc) != (top.scheme, top.netloc):
        return None
    prefix, path = top.path.strip("/"), found.path.strip("/")
    if not prefix:
        return path
    inside = path == prefix or path.startswith(f"{prefix}/")
    return path.removeprefix(prefix).strip("/") if inside else None
