"""Records are put right in a form; tables, trees, chats and pages of strangers are read safely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Request, expect

from labeling.models import Annotation
from tests.browser.desks import Desk, all_saved, press
from tests.browser.test_looks import LOOKS, violations
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]
INVOICE = {
    "id": "invoice",
    "kind": "record",
    "title": "What does the invoice say?",
    "schema": {
        "type": "object",
        "properties": {
            "number": {"type": "string", "title": "Number"},
            "total": {"type": "number", "title": "Total", "minimum": 0},
            "paid": {"type": "boolean", "title": "Paid"},
            "lines": {
                "type": "array",
                "title": "Lines",
                "items": {
                    "type": "object",
                    "properties": {
                        "what": {"type": "string", "title": "What"},
                        "count": {"type": "integer", "title": "Count"},
                    },
                    "required": ["what"],
                },
            },
        },
        "required": ["number", "total"],
    },
}
OK = {
    "id": "ok",
    "kind": "choice",
    "title": "Is it right?",
    "labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}],
}
READ = {
    "number": "A-17",
    "total": 12.5,
    "lines": [{"what": "Lamp", "count": 2}, {"what": "Shade", "count": 1}],
}


def desk_of(
    question: dict[str, Any],
    fields: dict[str, str],
    content: dict[str, Any],
    pre_label: Any = None,
) -> Desk:
    project = make_project(name="Support desk")
    shown = [{"name": name, "type": type_} for name, type_ in fields.items()]
    schema = make_schema(project, questions=[question], fields=shown)
    desk = Desk(project, schema, make_queue(project), make_member(project))
    said = {question["id"]: {"value": pre_label, "confidence": 0.7}}
    task = make_task(
        project,
        schema=schema,
        content=content,
        pre_label=None if pre_label is None else said,
    )
    make_queue_item(desk.queue, task)
    return desk


def invoice() -> Desk:
    return desk_of(
        INVOICE, {"text": "text"}, {"text": "Invoice A-17: 2 lamps, 1 shade"}, READ
    )


def test_a_record_is_put_right_by_keyboard_alone(signed_in: SignedIn) -> None:
    desk = invoice()
    page = signed_in(desk.user).new_page()
    page.goto(desk.url)
    total = page.get_by_label("Total").first
    expect(total).to_have_value("12.5")

    total.focus()
    press(page, "Control+a")
    page.keyboard.type("13,75")
    press(page, "Tab", "Escape", "Enter")

    all_saved(page)
    answer = Annotation.objects.get().answer["invoice"]
    assert answer == {**READ, "total": 13.75}


def test_what_does_not_fit_is_said_beside_the_input_and_not_handed_in(
    signed_in: SignedIn,
) -> None:
    desk = invoice()
    page = signed_in(desk.user).new_page()
    page.goto(desk.url)

    page.get_by_label("Total").first.fill("minus one")
    press(page, "Tab", "Escape", "Enter")

    expect(page.locator("#problem")).to_contain_text("Total")
    assert Annotation.objects.count() == 0


@pytest.mark.parametrize("look", LOOKS)
def test_a_form_is_accessible(signed_in: SignedIn, look: dict[str, Any]) -> None:
    desk = invoice()
    page = signed_in(desk.user, **look).new_page()
    page.goto(desk.url)

    expect(page.get_by_label("Total").first).to_be_visible()

    assert violations(page) == []


VIEWED = {
    "markdown": ("# Offer\n\nTwo *nights*", "Offer"),
    "html": ("<h2>Offer</h2><p>Two nights", "Two nights"),
    "table": ([{"item": "Lamp", "price": 12.5}, {"item": "Shade"}], "Shade"),
    "json": ({"order": {"id": 17, "items": ["lamp"]}}, "lamp"),
    "chat": (
        [
            {"role": "user", "content": "Where is it?"},
            {"role": "assistant", "content": "On its way."},
        ],
        "On its way.",
    ),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("type_", VIEWED)
def test_each_type_of_field_is_shown_and_accessible(
    signed_in: SignedIn, type_: str, look: dict[str, Any]
) -> None:
    value, words = VIEWED[type_]
    desk = desk_of(OK, {"thing": type_}, {"thing": value})
    page = signed_in(desk.user, **look).new_page()

    page.goto(desk.url)

    framed = type_ in ("markdown", "html")
    where = (
        page.frame_locator(".item-frame").locator("body")
        if framed
        else page.locator("#fields")
    )
    expect(where).to_contain_text(words)
    assert violations(page) == []


HOSTILE = """<h1>Hello</h1><script>parent.hurt = 1</script><img src=x onerror="parent.hurt = 1">
<a href="javascript:parent.hurt = 1">link</a><svg onload="parent.hurt = 1"></svg><base href="//elsewhere.example">
<meta http-equiv=refresh content="0;url=//elsewhere.example"><iframe src="//elsewhere.example"></iframe>
<form action="//elsewhere.example"><input></form><div style="background: url(//elsewhere.example/x.png)">words</div>
<img src="http://elsewhere.example/pixel.png" alt="pixel"> [x](javascript:parent.hurt=1) ![p](//elsewhere.example/p.png)"""


@pytest.mark.parametrize("type_", ["markdown", "html"])
def test_nothing_runs_or_is_asked_for_in_what_a_stranger_wrote(
    signed_in: SignedIn, type_: str, live_server: Any
) -> None:
    desk = desk_of(OK, {"thing": type_}, {"thing": HOSTILE})
    page = signed_in(desk.user).new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(desk.url)

    expect(page.frame_locator(".item-frame").locator("body")).to_contain_text("words")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hurt") is None
    ours = (live_server.url, "data:", "about:")
    assert [url for url in asked if not url.startswith(ours)] == []
