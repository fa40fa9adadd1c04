"""Queues of conversations whose turns are judged in a real browser."""

from __future__ import annotations

from typing import Any

from labeling.models import Annotation
from reviewer.models import Queue
from tests.browser.desks import Desk
from tests.makers import (
    make_annotation,
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

RUBRIC: dict[str, Any] = {
    "id": "replies",
    "kind": "chat",
    "field": "conversation",
    "title": "How good are the replies?",
    "criteria": [
        {
            "value": "helpful",
            "title": "Helpful",
            "description": "Does it answer what was asked?",
            "from": 1,
            "to": 5,
            "low": "Not at all",
            "high": "Very",
            "note": "lowest",
        },
        {
            "value": "true",
            "title": "True",
            "scope": "both",
            "options": [
                {"value": "no", "title": "Something is wrong"},
                {"value": "yes", "title": "All of it is true"},
            ],
        },
    ],
    "correct": True,
}
TURNS: list[dict[str, Any]] = [
    {"role": "user", "content": "What does the guarantee cover?"},
    {"role": "assistant", "content": "Faults of material, for one year."},
    {"role": "user", "content": "האם הסוללה כלולה?"},
    {"role": "assistant", "content": "לא, הסוללה אינה כלולה."},
]


def open_chats(
    *questions: dict[str, Any],
    turns: list[dict[str, Any]] = TURNS,
    tasks: int = 2,
    says: Any = None,
    role: str = "reviewer",
    **queue: Any,
) -> Desk:
    """A desk on which each task is a conversation; the model says `says` of it."""
    project = make_project(name="Support desk")
    asked = [*(questions or (RUBRIC,))]
    fields = [{"name": "conversation", "type": "chat"}]
    schema = make_schema(project, questions=asked, fields=fields)
    waiting = make_queue(project, **{"name": "chats", **queue})
    desk = Desk(project, schema, waiting, make_member(project, role))
    pre_label = says and {asked[0]["id"]: {"value": says, "confidence": 0.7}}
    for number in range(tasks):
        task = make_task(
            project,
            schema=schema,
            content={"conversation": turns, "ticket": str(number)},
            pre_label=pre_label,
            context={"verdict": "review", "reason": "Unsure", "model": None},
        )
        make_queue_item(waiting, task)
    return desk


def disputed_chat(*said: Any) -> Desk:
    """One conversation which several people judged, for an adjudicator."""
    purpose = Queue.Purpose.ADJUDICATION
    desk = open_chats(tasks=0, role="adjudicator", purpose=purpose)
    task = make_task(desk.project, schema=desk.schema, content={"conversation": TURNS})
    make_queue_item(desk.queue, task)
    for value in said:
        author = make_member(desk.project)
        make_annotation(task, author, answer={RUBRIC["id"]: value})
    return desk


def judged(desk: Desk) -> list[Any]:
    """What this person handed in, in the order it arrived."""
    mine = Annotation.objects.filter(author=desk.user).order_by("pk")
    return [each.answer[RUBRIC["id"]] for each in mine]
