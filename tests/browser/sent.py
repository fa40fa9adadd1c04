"""The scripts as collectstatic writes them, for pages of tests, which serve the sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from playwright.sync_api import BrowserContext, Route

from config import static


@cache
def scripts() -> dict[str, str]:
    found = {}
    for finder in get_finders():
        for path, storage in finder.list([]):
            name = str(Path(getattr(storage, "prefix", None) or "") / path)
            if static.is_ours(name):
                found[name] = Path(storage.path(path)).read_text()
    return static.sent(found)


def send_as_collected(context: BrowserContext) -> None:
    def send(route: Route) -> None:
        name = route.request.url.partition("/static/")[2]
        if name in scripts():
            route.fulfill(body=scripts()[name], content_type="text/javascript")
        else:
            route.continue_()

    context.route("**/static/**/*.js", send)
