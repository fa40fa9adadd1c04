"""Queues that ask one kind of question each, of a short text."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from labeling.models import Annotation, Task
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

TEXT = [{"name": "text", "type": "text"}]
REASON = "“Unsure”: confidence 0.61 is below 0.90"


def labels(*names: str) -> list[dict[str, str]]:
    return [{"id": name.lower().replace(" ", "_"), "name": name} for name in names]


def question(kind: str, title: str, **settings: Any) -> dict[str, Any]:
    return {"id": "q", "kind": kind, "title": title, **settings}


TOPICS = question(
    "choices",
    "Which topics?",
    labels=labels("Billing", "Delivery", "Returns", "Account", "Praise"),
)
TREE = question(
    "taxonomy",
    "Which product?",
    tree=[
        {
            "id": "garden",
            "name": "Garden",
            "children": [
                {"id": "hose", "name": "Hose"},
                {
                    "id": "seeds",
                    "name": "Seeds",
                    "children": [
                        {"id": "quince", "name": "Quince", "description": "Hardy"},
                        {"id": "pear", "name": "Pear"},
                    ],
                },
            ],
        },
        {
            "id": "kitchen",
            "name": "Kitchen",
            "children": [{"id": "kettle", "name": "Kettle"}],
        },
    ],
)
RATING = question(
    "rating",
    "How polite is it?",
    **{"from": 1, "to": 5, "low": "Rude", "high": "Very polite"},
)
RANKING = question(
    "ranking",
    "Which reply is best?",
    labels=labels("Short reply", "Long reply", "Link only", "Apology"),
    ties=True,
)
PAIR = question(
    "pairwise",
    "Which reply is better?",
    a="reply_a",
    b="reply_b",
    ties=True,
    both_bad=True,
)
PAIR_FIELDS = [
    {"name": "text", "type": "text"},
    {"name": "reply_a", "type": "text"},
    {"name": "reply_b", "type": "text"},
]
NUMBER = question("number", "What is the total?", min=0, max=10_000, unit="€")


def form_desk(
    *questions: dict[str, Any],
    tasks: int = 2,
    says: Any = None,
    fields: Any = None,
    role: str = "reviewer",
    **queue: Any,
) -> Desk:
    """A queue of tasks with these questions; `says` is what the model said of the first."""
    project = make_project(name="Support desk")
    schema = make_schema(project, questions=[*questions], fields=fields or TEXT)
    waiting = make_queue(project, **{"name": "letters", **queue})
    desk = Desk(project, schema, waiting, make_member(project, role))
    for number in range(tasks):
        add_letter(desk, number, {questions[0]["id"]: says} if says else None)
    return desk


def add_letter(desk: Desk, number: int, pre_label: dict[str, Any] | None) -> Task:
    said = f"Letter {number}: the parcel came late, but the driver was kind."
    content = {field["name"]: said for field in desk.schema.fields}
    for name in content.keys() - {"text"}:
        content[name] = f"We are sorry. This is {name.replace('_', ' ')} to {number}."
    context: dict[str, Any] = {"verdict": "review", "reason": REASON}
    context |= {"model": {"name": "letters", "version": "3"}} if pre_label else {}
    task = make_task(
        desk.project,
        schema=desk.schema,
        content=content,
        pre_label=pre_label,
        context=context,
    )
    make_queue_item(desk.queue, task)
    return task


def disputed(asked: dict[str, Any], *said: Any, says: Any = None) -> Desk:
    """One task on which these answers were given, for who settles it."""
    purpose = Queue.Purpose.ADJUDICATION
    fields = PAIR_FIELDS if asked["kind"] == "pairwise" else TEXT
    desk = form_desk(asked, tasks=0, fields=fields, role="adjudicator", purpose=purpose)
    task = add_letter(desk, 1, {asked["id"]: says} if says else None)
    for value in said:
        make_annotation(task, make_member(desk.project), answer={asked["id"]: value})
    return desk


def handed_in(desk: Desk) -> list[Any]:
    """The answers of this person to the question `q`, in the order they arrived."""
    mine = Annotation.objects.filter(author=desk.user).order_by("pk")
    return [each.answer.get("q") for each in mine]


def chosen(page: Page) -> Locator:
    return page.locator(".option:has(input:checked) .option-name")


def no_answer_yet(page: Page) -> None:
    expect(page.locator("#problem")).to_contain_text("has no answer yet")
