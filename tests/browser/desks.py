"""Queues to work on in a real browser, and the hands that do it."""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from labeling.models import Annotation, SchemaVersion
from projects.models import Project, User
from reviewer.models import Queue
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

DIGITS = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
]
DIGIT = [
    {
        "id": "digit",
        "kind": "choice",
        "title": "Which digit?",
        "labels": [{"id": str(i), "name": name} for i, name in enumerate(DIGITS)],
    }
]
GUIDELINE = """# What counts
Choose the digit **as written**.

- A seven may have a bar.
- Two digits are possible: press `X`.
"""


@dataclass
class Desk:
    """A queue of pictures of digits and somebody who may answer them."""

    project: Project
    schema: SchemaVersion
    queue: Queue
    user: User

    @property
    def url(self) -> str:
        return f"/p/{self.project.slug}/queues/{self.queue.pk}/work/"

    def answers(self) -> list[Any]:
        """What this person handed in, in the order it arrived."""
        mine = Annotation.objects.filter(author=self.user).order_by("pk")
        return [each.answer["digit"] for each in mine]


def open_desk(
    tasks: int = 12, *, role: str = "reviewer", guideline: str = "", **queue: Any
) -> Desk:
    """Without a guideline nothing has to be read before the first task."""
    project = make_project(name="Support desk")
    schema = make_schema(
        project,
        questions=DIGIT,
        fields=[{"name": "image", "type": "image"}],
        guideline=guideline,
    )
    waiting = make_queue(project, **{"name": "unsure-digits", **queue})
    desk = Desk(project, schema, waiting, make_member(project, role))
    for number in range(tasks):
        add_digit(desk, number)
    return desk


def add_digit(desk: Desk, number: int, *, blind: bool = False) -> None:
    """A picture whose model answer is its number's last digit, at 61 %."""
    says = str(number % 10)
    other = str((number + 1) % 10)
    pre_label = {
        "value": says,
        "confidence": 0.61,
        "probabilities": {says: 0.61, other: 0.39},
    }
    task = make_task(
        desk.project,
        schema=desk.schema,
        content={"image": picture(number)},
        pre_label={"digit": pre_label},
        blind=blind,
        context={
            "verdict": "review",
            "reason": "“Unsure”: confidence 0.61 is below 0.90",
            "model": {"name": "digits", "version": "3"},
        },
    )
    make_queue_item(desk.queue, task)


def picture(number: int) -> str:
    """An 8 × 8 grey PNG, another one for each number."""
    rows = b"".join(
        b"\0" + bytes((number * 37 + x * y * 29) % 256 for x in range(8))
        for y in range(8)
    )
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = b"".join(
        struct.pack(">I", len(data))
        + tag
        + data
        + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in parts
    )
    return (
        "data:image/png;base64,"
        + base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()
    )


def sit_down(page: Page, desk: Desk) -> None:
    """Open the queue and wait for the first task."""
    page.goto(desk.url)
    expect(page.locator("#item")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# The page paints what it says of an answer a moment behind the frame with the next task.
SAID = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))"


def all_saved(page: Page) -> None:
    page.evaluate(SAID)
    expect(page.locator("#done")).not_to_have_text("0")
    expect(page.locator("#saved")).to_have_text("Saved")
    done = int(page.locator("#done").inner_text())
    expect(page.locator("#given .mark.is-saved")).to_have_count(min(done, 50))
