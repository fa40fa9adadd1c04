"""Things are marked on pictures: by keyboard alone, by mouse, by finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from labeling import answers
from reviewer.models import Queue
from tests.browser.desks import Desk, all_saved, press, sit_down
from tests.browser.shapes_desks import (
    LABELS,
    data_url,
    drag,
    drawn,
    marked,
    marking_desk,
    on_screen,
    picture_shown,
)
from tests.browser.test_looks import LOOKS, violations
from tests.makers import make_annotation, make_member

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]

BOXES = {"kind": "boxes", "rotated": True}
BODY = {
    "kind": "keypoints",
    "points": [
        {"id": "head", "name": "Head"},
        {"id": "left", "name": "Left hand"},
        {"id": "right", "name": "Right hand"},
    ],
    "skeleton": [["head", "left"], ["head", "right"]],
    "visibility": True,
}
TREE = {"x": 250, "y": 30, "width": 100, "height": 110, "label": "tree"}
CAR = {"x": 40, "y": 200, "width": 80, "height": 50, "label": "car"}


def seated(signed_in: SignedIn, desk: Desk, **look: Any) -> Page:
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)
    picture_shown(page)
    # what hears the pointer follows the first paint
    page.wait_for_load_state("networkidle")
    return page


def rows(page: Page) -> Any:
    return page.locator(".mark-list li")


def saved(page: Page, desk: Desk, question: str) -> Any:
    press(page, "Enter")
    all_saved(page)
    value = marked(desk, question)
    assert (
        answers.check_answer(
            answers.read_questions(desk.schema.questions)[0], {question: value}
        )
        == []
    )
    return value


def test_boxes_are_drawn_moved_sized_and_named_by_keyboard_alone(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES)
    page = seated(signed_in, desk)

    press(page, "b", "2")
    press(page, *["ArrowRight"] * 3, "ArrowUp")
    press(page, *["Shift+ArrowRight"] * 2, "Shift+ArrowUp")
    press(page, "b", "1", *["ArrowDown"] * 20)

    middle = {"x": 166.7, "y": 125, "width": 66.6, "height": 50}
    tree = {"x": 169.7, "y": 124, "width": 68.6, "height": 49, "label": "tree"}
    expect(rows(page)).to_have_count(2)
    assert saved(page, desk, "boxes") == [tree, middle | {"y": 145, "label": "car"}]


def test_boxes_are_turned_and_removed_by_keyboard_alone(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": [TREE, CAR]}})
    page = seated(signed_in, desk)

    press(page, "n", "]", "]", "]", "[", "n", "Backspace")

    expect(rows(page)).to_have_count(1)
    assert saved(page, desk, "boxes") == [TREE | {"rotation": 2}]


def test_the_hint_on_a_button_is_the_key_that_a_person_chose(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BOXES)
    page = signed_in(desk.user).new_page()
    page.add_init_script(
        "localStorage.setItem('overread.keymap', '{\"new\": [\"q\"]}')"
    )
    sit_down(page, desk)
    picture_shown(page)

    expect(page.get_by_role("button", name="New box")).to_have_text("New box Q")
    press(page, "b", "q")

    expect(rows(page)).to_have_count(1)


def test_the_crosshair_says_where_the_next_box_goes(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    page = seated(signed_in, desk)

    press(page, *["Shift+ArrowLeft"] * 5, *["Shift+ArrowDown"] * 2, "b")

    (box,) = saved(page, desk, "boxes")
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert middle == pytest.approx((150, 170), abs=0.2)


def test_a_held_arrow_is_one_change_and_undone_as_one(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": [TREE]}})
    page = seated(signed_in, desk)
    press(page, "n")
    for _ in range(12):
        page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowLeft")
    expect(rows(page).first).not_to_contain_text("250, 30")

    press(page, "z")

    expect(rows(page).first).to_contain_text("250, 30")
    press(page, "y")
    (box,) = saved(page, desk, "boxes")
    # thirteen steps of one pixel would end at 238: a held key goes faster
    assert box["x"] < 235


def test_that_there_is_nothing_must_be_said(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    page = seated(signed_in, desk)
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("has no answer yet")

    press(page, "Space")

    assert saved(page, desk, "boxes") == []


def test_a_polygon_is_drawn_and_mended_by_keyboard_alone(signed_in: SignedIn) -> None:
    desk = marking_desk({"kind": "polygons"})
    page = seated(signed_in, desk)
    press(page, "b", ".", *["Shift+ArrowRight"] * 8, ".", *["Shift+ArrowDown"] * 8, ".")
    expect(page.locator(".mark-hint")).to_contain_text("Point 4, or finish")
    press(page, "Enter")
    expect(page.locator("#done")).to_have_text("0")

    press(page, "e", "n", ".", *["ArrowRight"] * 5, "p", "p", "Shift+ArrowLeft")
    press(page, "Escape", "Escape")

    (shape,) = saved(page, desk, "polygons")
    corners = [[190, 150], [280, 150], [285, 190], [280, 230]]
    assert shape == {"points": corners, "label": "car", "closed": True}


def test_a_point_too_many_is_taken_away_by_keyboard_alone(signed_in: SignedIn) -> None:
    desk = marking_desk({"kind": "polygons", "shape": "line"})
    page = seated(signed_in, desk)

    press(page, "b", ".", *["Shift+ArrowRight"] * 5, ".", "ArrowUp", ".", "Backspace")
    press(page, *["Shift+ArrowDown"] * 5, ".", "Enter")
    press(page, "e", "n", "Backspace", "Escape", "2")

    (line,) = saved(page, desk, "polygons")
    points = [[200, 150], [250, 199]]
    assert line == {"points": points, "label": "tree", "closed": False}


def test_named_points_are_set_one_after_the_other_by_keyboard_alone(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk(BODY)
    page = seated(signed_in, desk)
    press(page, "b")
    expect(page.locator(".mark-hint")).to_contain_text("Next: Head (1 of 3)")

    press(page, ".", *["Shift+ArrowLeft"] * 3, ".")
    expect(page.locator(".mark-hint")).to_contain_text("Right hand")
    press(page, "n", "e", "n", "Space", "ArrowDown", "Escape")

    points = {"head": [200, 150], "left": [170, 151, "hidden"]}
    assert saved(page, desk, "keypoints") == [{"points": points}]


def test_an_unfinished_shape_is_not_submitted_by_accident(signed_in: SignedIn) -> None:
    desk = marking_desk({"kind": "polygons"})
    page = seated(signed_in, desk)
    press(page, "b", ".", "ArrowUp", ".", "Enter")
    expect(page.locator("#done")).to_have_text("0")

    press(page, "Escape", "Space")

    assert saved(page, desk, "polygons") == []


def test_a_box_is_drawn_moved_and_pulled_by_mouse(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    page = seated(signed_in, desk)

    drag(page, (100, 100), (180, 160))
    drag(page, (140, 130), (160, 140))
    drag(page, (200, 170), (240, 200))

    (box,) = saved(page, desk, "boxes")
    sides = [box[key] for key in ("x", "y", "width", "height")]
    assert sides == pytest.approx([120, 110, 120, 90], abs=1.5)


def test_a_handle_goes_where_it_is_put_without_a_drag(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": [CAR]}})
    page = seated(signed_in, desk)

    for place in [(80, 225), (120, 250), (200, 280)]:
        page.mouse.click(*on_screen(page, *place))

    (box,) = saved(page, desk, "boxes")
    assert (box["width"], box["height"]) == pytest.approx((160, 80), abs=1.5)


def test_a_polygon_is_clicked_and_a_point_pulled_out_of_its_side(
    signed_in: SignedIn,
) -> None:
    desk = marking_desk({"kind": "polygons"})
    page = seated(signed_in, desk)
    for place in [(100, 100), (200, 100), (200, 200), (100, 200), (100, 100)]:
        page.mouse.click(*on_screen(page, *place))
    expect(rows(page)).to_contain_text("4 points")

    drag(page, (150, 100), (150, 60))

    (shape,) = saved(page, desk, "polygons")
    flat = [number for place in shape["points"] for number in place]
    wanted = [100, 200, 100, 100, 150, 60, 200, 100, 200, 200]
    assert sorted(flat) == pytest.approx(sorted(wanted), abs=1.5)


def test_one_finger_draws_and_two_zoom(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    size = {"width": 390, "height": 844}
    page = seated(signed_in, desk, viewport=size, has_touch=True)
    hand = page.context.new_cdp_session(page)

    fingers(hand, [on_screen(page, 60, 60)], [on_screen(page, 160, 140)])
    expect(rows(page)).to_have_count(1)
    before = picture_shown(page)["width"]
    left, right = on_screen(page, 150, 150), on_screen(page, 250, 150)
    fingers(hand, [left, right], [on_screen(page, 100, 150), on_screen(page, 300, 150)])

    assert picture_shown(page)["width"] > before * 1.5
    expect(rows(page)).to_have_count(1)
    (box,) = saved(page, desk, "boxes")
    assert (box["x"], box["y"]) == pytest.approx((60, 60), abs=1.5)


def fingers(
    hand: CDPSession,
    start: list[tuple[float, float]],
    end: list[tuple[float, float]],
) -> None:
    """Put down, moved in steps, lifted."""

    def touch(kind: str, share: float) -> None:
        places = [
            {"x": a[0] + (b[0] - a[0]) * share, "y": a[1] + (b[1] - a[1]) * share}
            for a, b in zip(start, end, strict=True)
        ]
        points = [{**place, "id": at} for at, place in enumerate(places)]
        data = {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
        hand.send("Input.dispatchTouchEvent", data)

    touch("touchStart", 0)
    for step in range(1, 6):
        touch("touchMove", step / 5)
    touch("touchEnd", 1)


def test_the_list_selects_and_removes(signed_in: SignedIn) -> None:
    pre_label = {"boxes": {"value": [TREE, CAR], "scores": [0.92, 0.35]}}
    desk = marking_desk(BOXES, pre_label=pre_label)
    page = seated(signed_in, desk)
    expect(rows(page).nth(0)).to_contain_text("Tree250, 30 · 100 × 11092%")

    page.get_by_role("button", name="Remove 1: Tree").click()
    rows(page).first.locator(".mark-row").click()
    press(page, "2")

    assert saved(page, desk, "boxes") == [CAR | {"label": "tree"}]


def test_places_are_pixels_of_the_picture_as_it_is_shown(signed_in: SignedIn) -> None:
    sideways = drawn(300, 400)
    exif = sideways.getexif()
    exif[0x0112] = 6
    image = data_url(sideways, "JPEG", exif=exif)
    desk = marking_desk({"kind": "boxes"}, image=image)
    page = seated(signed_in, desk)
    assert page.evaluate(
        "() => { const p = document.querySelector('.viewer-picture');"
        " return [p.naturalWidth, p.naturalHeight]; }"
    ) == [400, 300]

    drag(page, (350, 200), (399, 299))

    (box,) = saved(page, desk, "boxes")
    assert (box["x"], box["y"]) == pytest.approx((350, 200), abs=1.5)
    assert box["x"] + box["width"] == pytest.approx(399, abs=1.5)


def test_moving_a_picture_with_many_boxes_touches_none_of_them(
    signed_in: SignedIn,
) -> None:
    boxes = [
        {"x": x * 15, "y": y * 15, "width": 12, "height": 12, "label": "car"}
        for x in range(25)
        for y in range(20)
    ]
    desk = marking_desk(BOXES, pre_label={"boxes": {"value": boxes}})
    page = seated(signed_in, desk)
    expect(page.locator(".marks .mark-tag").nth(499)).to_have_text("1")
    page.evaluate(
        "() => { window.touched = 0; new MutationObserver((all) => window.touched += all.length)"
        ".observe(document.querySelector('.marks'), {subtree: true, attributes: true, childList: true}); }"
    )

    x, y = on_screen(page, 200, 150)
    page.mouse.move(x, y)
    page.mouse.down(button="middle")
    page.mouse.move(x + 40, y + 30, steps=8)
    page.mouse.up(button="middle")

    assert on_screen(page, 200, 150) == pytest.approx((x + 40, y + 30), abs=1)
    assert page.evaluate("window.touched") == 0


def test_who_settles_sees_the_marks_of_all_and_takes_them(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES, tasks=1)
    adjudicate(desk, [[TREE, CAR], [TREE]])
    page = seated(signed_in, desk)
    expect(page.locator(".mark-others .mark-tag")).to_have_text(
        ["A1 Tree", "A2 Car", "B1 Tree"]
    )
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("has no answer yet")

    page.get_by_role("button", name="Take A2").press("Enter")
    page.get_by_role("button", name="Take the one of B").press("Enter")
    page.locator("#fields").focus()
    press(page, "z")
    page.get_by_role("button", name="Take B1").press("Enter")
    page.locator("#fields").focus()

    assert saved(page, desk, "boxes") == [TREE, CAR]


def adjudicate(desk: Desk, said: list[list[Any]]) -> None:
    """The desk's one task, on which others differ, for an adjudicator."""
    desk.queue.purpose = Queue.Purpose.ADJUDICATION
    desk.queue.save(update_fields=["purpose"])
    desk.user = make_member(desk.project, "adjudicator")
    task = desk.queue.items.get().task
    for value in said:
        make_annotation(task, make_member(desk.project), answer={"boxes": value})


def test_marks_side_by_side_say_which_not_all_have(signed_in: SignedIn) -> None:
    desk = marking_desk(BOXES)
    page = seated(signed_in, desk)
    question = {"labels": LABELS}
    near = CAR | {"x": 44}

    texts = page.evaluate(
        "async ([question, values]) => {"
        " const part = await import('/static/labeling/kinds/boxes/control.js');"
        " return (await part.differences(question, values)).map((each) => each.textContent ?? each); }",
        [question, [[TREE, CAR], [near], []]],
    )

    assert texts == [
        "≠ Tree 250, 30: not marked by all≠ Car 40, 200: not marked by all",
        "≠ Car 44, 200: not marked by all",
        "nothing marked",
    ]
    assert (
        page.evaluate(
            "async ([question, values]) => {"
            " const part = await import('/static/labeling/kinds/boxes/control.js');"
            " return (await part.differences(question, values))[1].textContent; }",
            [question, [[TREE, CAR], [near]]],
        )
        == "Car 44, 200"
    )


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("question", "keys"),
    [
        pytest.param(BOXES, ["b", "Escape", "ArrowUp"], id="boxes"),
        pytest.param(
            {"kind": "polygons"},
            ["b", ".", "ArrowUp", ".", "ArrowLeft", ".", "Enter", "e"],
            id="polygons",
        ),
        pytest.param(BODY, ["b", ".", "ArrowUp", "."], id="keypoints"),
    ],
)
def test_marking_is_accessible(
    signed_in: SignedIn, look: dict[str, Any], question: dict[str, Any], keys: list[str]
) -> None:
    desk = marking_desk(question)
    page = seated(signed_in, desk, **look)

    press(page, *keys)

    assert violations(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_settling_marks_is_accessible(
    signed_in: SignedIn, look: dict[str, Any]
) -> None:
    desk = marking_desk(BOXES, tasks=1)
    adjudicate(desk, [[TREE, CAR], []])

    page = seated(signed_in, desk, **look)
    expect(page.locator(".mark-opinions details")).to_have_count(2)

    assert violations(page) == []
