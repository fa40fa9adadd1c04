"""Drives Debian's Chromium against a live server; a page that complains fails its test."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from projects.models import User
from tests.makers import sign_in

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# the browser says this of every request that a test breaks on purpose
NETWORK = "Failed to load resource"
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
# A user, and what browser.new_context() takes.
SignedIn = Callable[..., BrowserContext]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on PATH: apt-get install chromium")
    return {"executable_path": path, "args": FLAGS}


@pytest.fixture(autouse=True, scope="session")
def _queries_beside_the_browser() -> None:
    # Playwright runs an event loop in this thread; Django would refuse its queries there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each context is told the live server's address (the plugin's own warns)."""


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def server_at_rest() -> Iterator[None]:
    """The last requests of a closed page are over before the tables are emptied."""
    open_requests: set[int] = set()

    def started(**_more: Any) -> None:
        open_requests.add(threading.get_ident())

    def finished(**_more: Any) -> None:
        open_requests.discard(threading.get_ident())

    request_started.connect(started)
    request_finished.connect(finished)
    yield
    quiet_since = time.monotonic()
    until = quiet_since + 5
    while time.monotonic() < min(until, quiet_since + 0.1):
        if open_requests:
            quiet_since = time.monotonic()
        time.sleep(0.01)


@pytest.fixture
def signed_in(
    new_context: Callable[..., BrowserContext],
    live_server: Any,
    complaints: list[str],
    server_at_rest: None,
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own in which somebody is signed in; watched until the test ends."""
    made: list[BrowserContext] = []

    def make(user: User | None = None, **options: Any) -> BrowserContext:
        context = new_context(base_url=live_server.url, **options)
        made.append(context)
        watch(context, complaints)
        if user is not None:
            give_session(context, user, live_server.url)
        return context

    yield make
    for context in made:
        context.close()
    assert complaints == []


def give_session(context: BrowserContext, user: User, url: str) -> None:
    session = sign_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": session, "url": url}])


def watch(context: BrowserContext, complaints: list[str]) -> None:
    def told(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NETWORK):
            complaints.append(message.text)

    def opened(page: Page) -> None:
        page.on("console", told)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    context.add_init_script(WATCH)
    context.on("page", opened)
