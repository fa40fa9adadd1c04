"""Queues whose tasks refer to what lies on a host of this machine."""

from __future__ import annotations

from typing import Any

from tests.browser.desks import DIGIT, Desk
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

IMAGE = {"name": "image", "type": "image"}
TEXT = {"name": "text", "type": "text"}


def referring(*contents: dict[str, Any], fields: tuple[dict[str, Any], ...]) -> Desk:
    """A queue with one task for each input."""
    project = make_project(name="Archive")
    schema = make_schema(project, questions=DIGIT, fields=list(fields))
    queue = make_queue(project, "archive")
    for content in contents:
        task = make_task(project, schema=schema, content=content)
        make_queue_item(queue, task)
    return Desk(project, schema, queue, make_member(project))
