"""Every address that Django's resolver knows, and how to fill one in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.rules import Entry
from tests.access.world import World

PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


@cache
def routes() -> tuple[str, ...]:
    """As written in urls.py, each once; without the administration's."""
    found = dict.fromkeys(_routes(get_resolver(), ""))
    return tuple(route for route in found if not route.startswith("admin/"))


@cache
def admin_routes() -> tuple[str, ...]:
    found = dict.fromkeys(_routes(get_resolver(), ""))
    return tuple(route for route in found if route.startswith("admin/"))


def _routes(resolver: URLResolver, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each, route)
        elif isinstance(each, URLPattern):
            yield route


def fill(route: str, entry: Entry, world: World, ids_of: World | None = None) -> str:
    """The path in this project; `ids_of` another one for ids that do not belong here."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1) or found.group(2)
        named = entry.ids.get(name, name)
        if named.startswith("="):
            return named[1:]
        inside = world if name in ("slug", "project") else ids_of or world
        return str(inside.ids[named])

    return "/" + PART.sub(value, route.replace("^", "").replace("$", ""))


def fill_blindly(route: str) -> str:
    """Any path that the route takes; for the administration, whose ids do not matter."""
    plain = route.replace("^", "").replace("$", "").replace("\\", "")
    return "/" + PART.sub("1", plain)
