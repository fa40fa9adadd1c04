"""Queues of texts to mark or to put right in a real browser."""

from __future__ import annotations

from collections.abc import Sequence
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

ENTITIES: dict[str, Any] = {
    "id": "entities",
    "kind": "spans",
    "field": "text",
    "title": "Who, where, when?",
    "labels": [
        {"id": "person", "name": "Person"},
        {"id": "place", "name": "Place"},
        {"id": "date", "name": "Date"},
    ],
}
RELATIONS = [{"id": "lives-in", "name": "lives in"}, {"id": "knows", "name": "knows"}]
WAVE = "\U0001f44b\U0001f3fd"
"""One emoji of two code points, four UTF-16 units."""
HELLO = f"{WAVE} Ada Lovelace met Charles in London.\r\nמירי גרה בתל אביב מאז 2019.\r\nE\u0301mile aussi."
"""Emoji, Windows line breaks, a line from right to left, a letter with a mark of its own."""


class TextDesk(Desk):
    """A queue of texts with one question."""

    def values(self) -> list[Any]:
        """The values this person handed in, in the order they arrived."""
        mine = Annotation.objects.filter(author=self.user).order_by("pk")
        question = self.schema.questions[0]["id"]
        return [each.answer.get(question) for each in mine]


def open_texts(
    question: dict[str, Any],
    texts: Sequence[str],
    *,
    says: Any = None,
    scores: Sequence[float] | None = None,
    field: dict[str, Any] | None = None,
    role: str = "reviewer",
    **queue: Any,
) -> TextDesk:
    """A desk on which each text is a task; the model says `says` of each."""
    project = make_project(name="Reading room")
    schema = make_schema(
        project,
        questions=[question],
        fields=[{"name": "text", "type": "text", **(field or {})}],
    )
    waiting = make_queue(project, **{"name": "texts", **queue})
    desk = TextDesk(project, schema, waiting, make_member(project, role))
    for text in texts:
        add_text(desk, text, says=says, scores=scores)
    return desk


def add_text(
    desk: TextDesk,
    text: str,
    *,
    says: Any = None,
    scores: Sequence[float] | None = None,
    blind: bool = False,
) -> Any:
    question = desk.schema.questions[0]["id"]
    pre_label = {"value": says, **({"scores": list(scores)} if scores else {})}
    task = make_task(
        desk.project,
        schema=desk.schema,
        content={"text": text},
        pre_label=None if says is None else {question: pre_label},
        blind=blind,
        context={"verdict": "review", "reason": "Unsure", "model": None},
    )
    make_queue_item(desk.queue, task)
    return task


def disputed_text(question: dict[str, Any], text: str, *said: Any) -> TextDesk:
    """One text of which each of several people said something else, for an adjudicator."""
    purpose = Queue.Purpose.ADJUDICATION
    desk = open_texts(question, [], role="adjudicator", purpose=purpose)
    task = add_text(desk, text)
    for value in said:
        author = make_member(desk.project)
        make_annotation(task, author, answer={question["id"]: value})
    return desk


def span(start: int, end: int, label: str = "person") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}
