"""How long a reviewer waits between a key and the next task on the screen, in Chromium."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found
from benchmarks.goals import TWO_FRAMES_MS
from benchmarks.service import Service, command

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ANSWERS = 60
WAITING = 1_000
# From the key to the frame that shows another item: two frames later it is painted.
WATCH = """
window.took = [];
addEventListener("DOMContentLoaded", () => {
  let began = 0;
  const item = document.getElementById("fields");
  if (!item) return;
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") began = performance.now();
  }, true);
  new MutationObserver(() => {
    if (!began) return;
    const since = began;
    began = 0;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.took.push(performance.now() - since);
      channel.port2.postMessage(0);
    });
  }).observe(item, {childList: true, subtree: true, characterData: true});
});
"""


def paint(bench: Bench) -> Iterator[Figure]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise RuntimeError("no Chromium here")
    from playwright.sync_api import sync_playwright

    bench.wait_for(WAITING)
    # a home that was measured before has owners already
    name = f"bench-{time.time_ns()}"
    said = command("account", username=name, owner_of="bench")
    password = said.split("password:")[1].strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = browser.new_page()
            sign_in(page, bench.service, name, password)
            sent = scripts(page)
            page.add_init_script(WATCH)
            page.goto(f"{bench.service.url}/p/bench/queues/{bench.queue}/work/")
            took = answer(page)
        finally:
            browser.close()
    yield from figures(took, sum(sent) / 1024)


def sign_in(page: Page, service: Service, name: str, password: str) -> None:
    page.goto(f"{service.url}/accounts/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("domcontentloaded")


def scripts(page: Page) -> list[int]:
    """Bytes of every script as they are sent, filled while the page loads."""
    sent: list[int] = []

    def ended(request: Any) -> None:
        if request.url.split("?")[0].endswith(".js"):
            sent.append(request.sizes()["responseBodySize"])

    page.on("requestfinished", ended)
    return sent


def answer(page: Page) -> list[float]:
    """Answer one task after the other by keyboard; milliseconds of each."""
    page.wait_for_selector("#item:not([hidden])")
    for count in range(1, ANSWERS + 1):
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        # the page's policy forbids the waiting that evaluates text
        while page.evaluate("window.took.length") < count:
            page.wait_for_timeout(10)
    return list(page.evaluate("window.took"))


def figures(took: list[float], kilobytes: float) -> Iterator[Figure]:
    median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    late = [f"p95 {p95:.1f} ms is above {TWO_FRAMES_MS}"] if p95 > TWO_FRAMES_MS else []
    yield found("key_to_paint_text_ms", median, also=late, note=f"p95 {p95:.1f}")
    yield found("script_text_gzip_kb", kilobytes)


TOPICS = (Topic(("key_to_paint_text_ms", "script_text_gzip_kb"), paint),)
