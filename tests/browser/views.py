"""A page as different people see it, and what is wrong with it in any of these views."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, ViewportSize

from tests.browser.test_looks import violations

WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
# 1280 pixels enlarged four times: reflow, WCAG 1.4.10.
ENLARGED: Final[ViewportSize] = {"width": 320, "height": 256}
# Set it to a folder to look at what was tested.
SHOTS: Final = os.environ.get("OVERREAD_SCREENSHOTS")

HEADINGS = (
    """[...document.querySelectorAll("h1")].map((each) => each.innerText.trim())"""
)
MOVING = (
    """document.getAnimations().filter((each) => each.playState === "running").length"""
)
UNFOLD = """document.querySelectorAll("details.more").forEach((each) => { each.open = true; })"""
# How far the page, or a dialog on it, goes sideways, and what sticks out first.
OVER = """() => {
  const root = document.documentElement;
  const sideways = [root, ...document.querySelectorAll("dialog[open]")].filter((each) => {
    const box = each.getBoundingClientRect();
    return each.scrollWidth > each.clientWidth || box.right > root.clientWidth + 1 || box.left < -1;
  });
  if (!sideways.length) return "";
  const out = [...document.body.querySelectorAll("*")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
  });
  const named = [...sideways, ...out.slice(0, 8)].map((each) => `${each.tagName}.${each.className}#${each.id}`);
  return `${root.scrollWidth} px: ${named.join(", ")}`;
}"""


def faults(page: Page, name: str = "") -> list[str]:
    """All that is wrong, each with the view that shows it; with `name`, screenshots too.

    What is folded away is looked at as well. The page is left unfolded, wide and light.
    """
    # colours that are on their way to the other scheme have no contrast
    page.emulate_media(reduced_motion="reduce")
    if SHOTS and name:
        _shoot(page, Path(SHOTS), name)
    page.evaluate(UNFOLD)
    found = list(_of_the_frame(page))
    for view in _views(page):
        found += [f"{view}: {each}" for each in _of_the_view(page, view)]
    _look(page, WIDE, "light")
    return found


def _of_the_frame(page: Page) -> Iterator[str]:
    if not page.title().removesuffix("· Overread").strip():
        yield "has no title"
    headings = page.evaluate(HEADINGS)
    if len(headings) != 1 or not headings[0]:
        yield f"has not one heading: {headings}"
    if page.evaluate(MOVING):
        yield "moves, although the person wants no motion"


def _views(page: Page) -> Iterator[str]:
    _look(page, WIDE, "light")
    yield "light"
    _look(page, WIDE, "dark")
    yield "dark"
    _look(page, PHONE, "light")
    yield "phone"
    _look(page, ENLARGED, "light")
    yield "enlarged"


def _look(page: Page, size: ViewportSize, scheme: str) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def _of_the_view(page: Page, view: str) -> Iterator[str]:
    # what axe finds depends on colours and widths; the two narrow views have the same parts
    if view != "enlarged":
        yield from violations(page)
    over = page.evaluate(OVER)
    if over:
        yield f"scrolls sideways, {over}"


def _shoot(page: Page, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for view in _views(page):
        if view != "enlarged":
            page.screenshot(path=folder / f"{name}-{view}.png", full_page=True)
