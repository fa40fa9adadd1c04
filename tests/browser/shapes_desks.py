"""Queues of pictures on which things are marked, and the hands that mark them."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from labeling.models import Annotation
from tests.browser.desks import Desk
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

LABELS = [{"id": "car", "name": "Car"}, {"id": "tree", "name": "Tree"}]
WIDE, HIGH = 400, 300


def data_url(picture: Image.Image, kind: str = "PNG", **options: Any) -> str:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    text = base64.b64encode(file.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{text}"


def drawn(width: int = WIDE, height: int = HIGH, number: int = 0) -> Image.Image:
    """A street without cars, another one for each number."""
    picture = Image.new("RGB", (width, height), "#8fb7d9")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, height * 0.6, width, height), fill="#62666d")
    pen.rectangle((40, 60, 120, height * 0.6), fill="#b5543c")
    pen.ellipse((260, 40, 340, 130), fill="#2d7a3f")
    pen.point((number, 0), fill="#fff")
    return picture


def marking_desk(
    *questions: dict[str, Any], tasks: int = 2, image: str | None = None, **task: Any
) -> Desk:
    """Questions that mark the field `photo`; a kind of its own key is enough of one."""
    project = make_project(name="Street views")
    full = [
        {"id": q["kind"], "title": "What is there?", "field": "photo"}
        | ({} if q["kind"] == "keypoints" else {"labels": LABELS})
        | q
        for q in questions
    ]
    schema = make_schema(
        project, questions=full, fields=[{"name": "photo", "type": "image"}]
    )
    desk = Desk(
        project, schema, make_queue(project, name="views"), make_member(project)
    )
    for number in range(1 if image else tasks):
        content = {"photo": image or data_url(drawn(number=number))}
        made = make_task(project, schema=schema, content=content, **task)
        make_queue_item(desk.queue, made)
    return desk


def marked(desk: Desk, question: str) -> Any:
    """What this person handed in to the question, the newest."""
    return Annotation.objects.filter(author=desk.user).latest("pk").answer[question]


def picture_shown(page: Page) -> dict[str, float]:
    """Where the picture's sheet is on the page, once it has its size."""
    expect(page.locator(".viewer-bar")).to_be_visible()
    box = page.locator(".viewer-sheet").bounding_box()
    assert box
    return {"x": box["x"], "y": box["y"], "width": box["width"]}


def on_screen(
    page: Page, x: float, y: float, *, width: int = WIDE
) -> tuple[float, float]:
    """The place on the page of a pixel of the picture."""
    box = picture_shown(page)
    scale = box["width"] / width
    return box["x"] + x * scale, box["y"] + y * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*on_screen(page, *start))
    page.mouse.down()
    page.mouse.move(
        *on_screen(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)])
    )
    page.mouse.move(*on_screen(page, *end))
    page.mouse.up()
