"""What keys and pointer need follows the first paint; nothing that is pressed before is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from labeling.models import Annotation
from tests.browser.desks import Desk, all_saved, open_desk, press, sit_down
from tests.browser.shapes_desks import LABELS, data_url, drawn, marking_desk
from tests.browser.test_marks import BODY, BOXES, CAR
from tests.browser.text_desks import ENTITIES, HELLO, open_texts
from tests.makers import make_queue_item, make_schema, make_task

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]

SAID_WHEN_LATE = "One moment: your keys are kept."


class SlowHands:
    """The scripts with hands wait until they are let go."""

    def __init__(self, page: Page) -> None:
        self.held: list[Route] = []
        self.free = False
        page.route("**/hands*.js", self._asked)

    def _asked(self, route: Route) -> None:
        if self.free:
            route.continue_()
        else:
            self.held.append(route)

    def let_go(self) -> None:
        self.free = True
        for each in self.held:
            each.continue_()


def answers(desk: Any) -> list[Any]:
    mine = Annotation.objects.filter(author=desk.user).order_by("pk")
    return [each.answer for each in mine]


def test_keys_that_are_too_early_for_boxes_take_effect_in_order(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES, tasks=3)
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)

    # a tree, moved by one; then nothing; then a car
    press(page, "b", "ArrowRight", "2", "Enter", " ", "Enter", "b", "1", "Enter")
    expect(page.locator("#problem")).to_have_text(SAID_WHEN_LATE)
    assert answers(desk) == []
    hands.let_go()

    expect(page.locator("#done")).to_have_text("3")
    all_saved(page)
    [[tree], nothing, [car]] = [each["boxes"] for each in answers(desk)]
    assert (tree["label"], nothing, car["label"]) == ("tree", [], "car")
    assert tree["x"] > car["x"]
    expect(page.locator("#problem")).to_have_text("")


def test_keys_that_are_too_early_for_spans_take_effect_in_order(
    signed_in: SignedIn,
) -> None:
    desk = open_texts(ENTITIES, [HELLO, f"{HELLO}!"])
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)

    press(page, "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1", "Enter")
    press(page, "ArrowRight", "ArrowRight", "2", "1", "Enter")
    hands.let_go()

    expect(page.locator("#done")).to_have_text("2")
    all_saved(page)
    labels = [[span["label"] for span in each] for each in desk.values()]
    words = [
        [HELLO[span["start"] : span["end"]] for span in each] for each in desk.values()
    ]
    assert labels == [["person"], ["person"]]
    assert words == [["Ada Lovelace"], ["Ada"]]


def test_keys_that_are_too_early_find_a_label_and_leave_what_it_marked(
    signed_in: SignedIn,
) -> None:
    """Escape comes right behind Enter and ends the choice, not the mark."""
    labels = [{"id": f"l{n}", "name": f"Plant {n}"} for n in range(20)]
    desk = open_texts({**ENTITIES, "labels": labels}, [HELLO])
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)
    expect(page.get_by_role("searchbox")).to_be_visible()

    press(page, "ArrowRight", "/")
    page.keyboard.type("nt 17")
    press(page, "Enter", "Escape")
    hands.let_go()

    expect(page.locator(".span-label").first).to_have_text("Plant 17")


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ({"kind": "polygons"}, (".", "ArrowRight", ".", "Shift+ArrowDown", ".")),
        (BODY, ("b", ".", "ArrowRight", ".", "n")),
    ],
)
def test_keys_that_are_too_early_set_points(
    signed_in: SignedIn, question: dict[str, Any], keys: tuple[str, ...]
) -> None:
    desk = marking_desk(question)
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)

    press(page, *keys, "Enter", "Enter")
    hands.let_go()

    all_saved(page)
    expect(page.locator("#done")).to_have_text("1")
    [[mark]] = [each[question["kind"]] for each in answers(desk)]
    assert len(mark["points"]) == keys.count(".")


def test_enter_accepts_what_the_model_marked_without_waiting_for_hands(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES, tasks=2, pre_label={"boxes": {"value": [CAR]}})
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)
    expect(page.locator(".mark-list li")).to_have_count(1)

    press(page, "Enter")

    expect(page.locator("#done")).to_have_text("1")
    all_saved(page)
    assert answers(desk) == [{"boxes": [CAR]}]
    assert hands.held


def test_a_click_does_not_overtake_keys_that_wait(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": [CAR]}})
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)
    press(page, "n", "2")

    page.get_by_role("button", name="Submit").click()
    hands.let_go()

    expect(page.locator(".mark-name")).to_have_text("Tree")
    press(page, "Enter")
    all_saved(page)
    assert answers(desk) == [{"boxes": [CAR | {"label": "tree"}]}]


def test_an_arrow_that_was_let_go_before_there_were_hands_has_moved_the_box(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": [CAR]}})
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)

    press(page, "n", "ArrowRight")
    hands.let_go()

    said = page.locator("#questions [role=status]")
    expect(said).to_have_text("Car: 41, 200 · 80 × 50")


def test_a_button_that_is_pressed_too_early_does_it_later(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    page = signed_in(desk.user).new_page()
    hands = SlowHands(page)
    sit_down(page, desk)

    page.get_by_role("button", name="New box").click()
    page.get_by_role("button", name="Tree").click()
    hands.let_go()

    expect(page.locator(".mark-name")).to_have_text("Tree")


def test_hands_that_cannot_be_had_are_tried_again_and_keys_wait(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES)
    page = signed_in(desk.user).new_page()
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    page.route("**/hands*.js", lose)
    sit_down(page, desk)
    press(page, "b", "2", "Enter")
    expect(page.locator("#problem")).to_have_text(SAID_WHEN_LATE)
    page.unroute("**/hands*.js")

    expect(page.locator("#done")).to_have_text("1", timeout=15_000)
    all_saved(page)
    assert lost
    assert [each["label"] for each in answers(desk)[0]["boxes"]] == ["tree"]


def with_a_picture(desk: Desk) -> Desk:
    """Behind its digits there is a task of another kind."""
    schema = make_schema(
        desk.project,
        name="views",
        questions=[
            {"id": "boxes", "title": "What?", "field": "photo", "labels": LABELS}
            | BOXES
        ],
        fields=[{"name": "photo", "type": "image"}],
    )
    content = {"photo": data_url(drawn())}
    task = make_task(desk.project, schema=schema, content=content)
    make_queue_item(desk.queue, task)
    return desk


def test_without_a_line_a_task_of_another_kind_has_its_hands(
    signed_in: SignedIn,
) -> None:
    desk = with_a_picture(open_desk(1))
    context = signed_in(desk.user)
    page = context.new_page()
    with page.expect_response("**/shapes/hands*.js"):
        sit_down(page, desk)
    expect(page.locator("#waiting")).to_have_text("2")
    page.wait_for_timeout(500)

    context.set_offline(True)
    press(page, "3", "Enter", "b", "2", "Enter")
    expect(page.locator("#saved")).to_have_text("Offline · 2 kept")
    context.set_offline(False)

    all_saved(page)
    digit, views = answers(desk)
    assert digit == {"digit": "3"}
    assert [each["label"] for each in views["boxes"]] == ["tree"]
