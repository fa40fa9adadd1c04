"""The page and the history of a task show answers as each kind does, differences marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from labeling.media import fetching
from labeling.models import Annotation, Task
from reviewer.models import Queue
from tests.browser.chat_desks import disputed_chat
from tests.browser.conftest import SignedIn
from tests.browser.desks import Desk, press, sit_down
from tests.browser.form_desks import disputed
from tests.browser.reference_desks import IMAGE, referring
from tests.browser.shapes_desks import marking_desk, picture_shown
from tests.browser.test_chat import GOOD
from tests.browser.test_form_looks import SAID
from tests.browser.test_looks import violations
from tests.browser.test_marks import BOXES, CAR, TREE
from tests.browser.test_outages import eventually
from tests.browser.text_desks import ENTITIES, HELLO, disputed_text, span
from tests.labeling.media.host import Host, hosting, png
from tests.makers import make_annotation, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host(settings: Settings) -> Iterator[Host]:
    settings.MEDIA_PRIVATE, settings.MEDIA_SECONDS = True, 3.0
    fetching._turns.cache_clear()
    with hosting() as found:
        yield found


def task_page(signed_in: SignedIn, desk: Desk) -> Page:
    """As a lead of the project sees its one task."""
    page = signed_in(make_member(desk.project, "lead")).new_page()
    task = Task.objects.filter(project=desk.project).latest("pk")
    page.goto(f"/p/{desk.project.slug}/tasks/{task.pk}/")
    return page


def boxes_of_two() -> Desk:
    desk = marking_desk(BOXES, tasks=1, pre_label={"boxes": {"value": [TREE]}})
    task = Task.objects.get(project=desk.project)
    for value in ([TREE], [TREE, CAR]):
        author = make_member(desk.project)
        make_annotation(task, author, answer={"boxes": value})
    return desk


@pytest.mark.parametrize("form", SAID)
def test_forms_stand_side_by_side_on_the_page_of_a_task(
    signed_in: SignedIn, form: str
) -> None:
    asked, says, _, said = SAID[form]

    page = task_page(signed_in, disputed(asked, *said, says=says))

    table = page.locator("#task-said table")
    expect(table).to_contain_text("≠ differ")
    expect(table.locator("td.differs")).to_have_count(len(said) + 1)
    expect(page.locator("#task-story li")).to_have_count(len(said) + 1)


def test_parts_of_texts_stand_side_by_side(signed_in: SignedIn) -> None:
    desk = disputed_text(ENTITIES, HELLO, [span(5, 17)], [span(5, 8)])

    page = task_page(signed_in, desk)

    expect(page.locator("#task-said td.differs")).to_have_count(2)
    expect(page.locator("#task-item .item-text")).to_contain_text("Ada Lovelace")
    assert violations(page) == []


def test_marks_on_pictures_stand_side_by_side(signed_in: SignedIn) -> None:
    page = task_page(signed_in, boxes_of_two())

    expect(page.locator("#task-said td.differs")).to_have_count(3)
    expect(page.locator("#task-item img")).to_be_visible()
    assert violations(page) == []


def test_judged_conversations_stand_side_by_side(signed_in: SignedIn) -> None:
    page = task_page(signed_in, disputed_chat(GOOD, GOOD))

    expect(page.locator("#task-said")).to_contain_text("= agree")
    expect(page.locator("#task-item")).to_contain_text("What does the guarantee cover?")


def test_a_picture_by_reference_is_shown_on_the_page_of_its_task(
    signed_in: SignedIn, host: Host
) -> None:
    desk = referring({"image": {"ref": host.has("/a.png", png(20))}}, fields=(IMAGE,))

    page = task_page(signed_in, desk)

    expect(page.locator("#task-item img")).to_be_visible()
    width = "document.querySelector('#task-item img').naturalWidth"
    assert page.evaluate(width) == 20


def test_a_first_answer_on_a_picture_stands_beside_the_models(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES, tasks=1, pre_label={"boxes": {"value": [TREE]}})
    Queue.objects.filter(pk=desk.queue.pk).update(pre_label=Queue.Shown.AFTER_GUESS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    picture_shown(page)
    expect(page.locator("#aside")).to_be_visible()

    press(page, "b", "1", "v")
    expect(page.locator("#opinions td.differs")).to_have_count(2)
    press(page, "Shift+Digit2", "Enter")

    mine = Annotation.objects.filter(author=desk.user)
    eventually(page, mine.exists)
    given: dict[str, Any] = mine.get().answer
    guess = mine.get().guess or {}
    assert given == {"boxes": [TREE]}
    assert len(guess["boxes"]) == 1
    assert guess != given
