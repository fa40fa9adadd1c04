"""A reviewer's browser: Chromium at a queue, with a clock that stops when a task is painted."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.service import Service, command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Faster than anybody's fingers; the frame of one key does not delay the next one's.
BETWEEN_KEYS_MS = 80
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# From the key to the frame that shows another item: two frames later it is painted.
WATCH = """
window.took = [];
window.shown = 0;
window.violations = 0;
window.longest = 0;
addEventListener("securitypolicyviolation", () => (window.violations += 1));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
}).observe({type: "longtask", buffered: true});
addEventListener("DOMContentLoaded", () => {
  let began = 0;
  const item = document.getElementById("fields");
  if (!item) return;
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") began = performance.now();
  }, true);
  new MutationObserver(() => {
    window.shown ||= performance.now();
    if (!began) return;
    const since = began;
    began = 0;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.took.push(performance.now() - since);
      channel.port2.postMessage(0);
    });
  }).observe(item, {childList: true});
});
"""
# Bytes of the scripts that were there when the first task was shown; of those behind it that keys
# and pointer need; and of all.
SCRIPTS = r"""
() => {
  const scripts = performance.getEntriesByType("resource").filter(({name}) => new URL(name).pathname.endsWith(".js"));
  const bytes = (some) => some.reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0);
  const first = scripts.filter(({responseEnd}) => responseEnd <= window.shown);
  const hands = scripts.filter((one) => !first.includes(one) && /\/(hands|paths|gestures)\./.test(one.name));
  return [first, hands, scripts].map(bytes);
}
"""
# Frames in a second in which the picture is dragged about.
FRAMES = """
(seconds) => new Promise((resolve) => {
  const began = performance.now();
  let frames = 0;
  const count = () => {
    frames += 1;
    const took = performance.now() - began;
    if (took < 1000 * seconds) requestAnimationFrame(count);
    else resolve(1000 * frames / took);
  };
  requestAnimationFrame(count);
})
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise RuntimeError("no Chromium here")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would refuse its queries there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Desk:
    """A page on which a queue is worked."""

    page: Page

    def script_kb(self) -> tuple[float, float, float]:
        """What the first task needed, what keys and pointer need behind it, and the whole."""
        first, hands, whole = (each / 1024 for each in self.page.evaluate(SCRIPTS))
        return first, hands, whole

    def answer(self, tasks: int, keys: Sequence[str]) -> list[float]:
        """Work one task after the other by keyboard; milliseconds until the next is painted."""
        done = int(self.page.evaluate("window.took.length"))
        for count in range(done + 1, done + tasks + 1):
            for place, key in enumerate(keys):
                if place:
                    self.page.wait_for_timeout(BETWEEN_KEYS_MS)
                self.page.keyboard.press(key)
            # the page's policy forbids the waiting that evaluates text
            while self.page.evaluate("window.took.length") < count:
                self.page.wait_for_timeout(10)
        return list(self.page.evaluate(f"window.took.slice({done})"))

    def slowed(self, times: int) -> None:
        """From now on the browser's processor is so many times slower."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def violations(self) -> int:
        return int(self.page.evaluate("window.violations"))

    def longest_task_ms(self) -> float:
        return float(self.page.evaluate("window.longest"))


@contextmanager
def desk(
    browser: Browser, service: Service, project: str, queue: int
) -> Iterator[Desk]:
    """The first task of a queue before somebody who just came: nothing is cached."""
    # a home that was measured before has owners already
    name = f"bench-{time.time_ns()}"
    said = command("account", username=name, owner_of=project)
    password = said.split("password:")[1].strip()
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, service, name, password)
    found = Desk(page)
    page.add_init_script(WATCH)
    page.goto(f"{service.url}/p/{project}/queues/{queue}/work/")
    page.wait_for_selector("#item:not([hidden])")
    try:
        yield found
    finally:
        context.close()


def sign_in(page: Page, service: Service, name: str, password: str) -> None:
    page.goto(f"{service.url}/accounts/login/")
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("domcontentloaded")


def median_and_p95(took: Sequence[float]) -> tuple[float, float]:
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]
