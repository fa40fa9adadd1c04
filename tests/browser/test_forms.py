"""Each kind of form is answered by keyboard alone, from the first key to the next task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from labeling.models import Annotation
from tests.browser import form_desks as forms
from tests.browser.desks import all_saved, press, sit_down
from tests.browser.form_desks import chosen, form_desk, handed_in, no_answer_yet

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]


def test_number_keys_tick_labels_and_take_the_ticks_away(signed_in: SignedIn) -> None:
    desk = form_desk(forms.TOPICS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "4", "1", "2", "1", "Enter")

    all_saved(page)
    assert handed_in(desk) == [["delivery", "account"]]


def test_that_no_label_fits_is_said_and_never_an_accident(signed_in: SignedIn) -> None:
    desk = form_desk(forms.TOPICS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "Enter")
    no_answer_yet(page)
    press(page, "3", "0")
    expect(chosen(page)).to_have_text(["None of these"])
    press(page, "Enter")

    all_saved(page)
    assert handed_in(desk) == [[]]


def test_arrows_and_space_tick_labels_too(signed_in: SignedIn) -> None:
    desk = form_desk(forms.TOPICS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "ArrowDown", "ArrowDown", "Space", "ArrowUp", "ArrowUp", "ArrowUp")
    expect(page.get_by_role("checkbox", name="Praise")).to_be_focused()
    press(page, "Space", "z", "Enter")

    all_saved(page)
    assert handed_in(desk) == [["delivery"]]


def test_too_few_labels_are_not_handed_in_and_too_many_are_not_ticked(
    signed_in: SignedIn,
) -> None:
    desk = form_desk({**forms.TOPICS, "fewest": 2, "most": 3})
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(page.locator("#questions")).to_contain_text("From 2 to 3 labels.")

    press(page, "1", "Enter")
    expect(page.locator("#problem")).to_contain_text("needs at least 2 labels.")
    press(page, "2", "3", "4", "Enter")

    all_saved(page)
    assert handed_in(desk) == [["billing", "delivery", "returns"]]


def test_the_models_labels_are_ticked_and_each_shows_its_probability(
    signed_in: SignedIn,
) -> None:
    shares = {"billing": 0.91, "returns": 0.4, "praise": 0.55}
    says = {"value": ["billing", "praise"], "probabilities": shares}
    desk = form_desk(forms.TOPICS, says=says)
    page = signed_in(desk.user).new_page()

    sit_down(page, desk)

    expect(chosen(page)).to_have_text(["Billing", "Praise"])
    option = page.locator(".option", has_text="Returns")
    expect(option).to_contain_text("40%")
    press(page, "Enter")
    all_saved(page)
    assert handed_in(desk) == [["billing", "praise"]]


def test_a_node_is_found_by_its_letters(signed_in: SignedIn) -> None:
    desk = form_desk(forms.TREE)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "/")
    page.keyboard.type("seeds qui")
    expect(page.get_by_role("treeitem")).to_have_text(["QuinceGarden › Seeds"])
    press(page, "Enter", "Enter")

    all_saved(page)
    assert handed_in(desk) == ["quince"]


def test_arrows_walk_and_open_the_tree(signed_in: SignedIn) -> None:
    desk = form_desk({**forms.TREE, "many": True})
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(page.get_by_role("treeitem")).to_have_count(2)

    press(page, "ArrowRight", "ArrowRight", "Space")
    press(page, "ArrowDown", "ArrowRight", "ArrowDown", "Space")
    seeds = page.get_by_role("treeitem", name="Seeds")
    expect(seeds).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".tree-chosen li span")).to_have_text(
        ["Garden › Hose", "Garden › Seeds › Quince"]
    )
    press(page, "ArrowLeft", "ArrowLeft")
    expect(seeds).to_have_attribute("aria-expanded", "false")
    press(page, "Enter")

    all_saved(page)
    assert handed_in(desk) == [["hose", "quince"]]


def test_a_tree_of_ten_thousand_nodes_shows_only_the_rows_in_sight(
    signed_in: SignedIn,
) -> None:
    shelves = [
        {
            "id": f"s{shelf}",
            "name": f"Shelf {shelf}",
            "children": [
                {"id": f"s{shelf}b{book}", "name": f"Book {shelf * 100 + book}"}
                for book in range(100)
            ],
        }
        for shelf in range(99)
    ]
    desk = form_desk({**forms.TREE, "tree": shelves})
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "/")
    page.keyboard.type("book")
    expect(page.get_by_role("treeitem").first).to_have_attribute("aria-setsize", "9900")
    assert page.get_by_role("treeitem").count() < 60
    page.keyboard.type(" 9876")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    press(page, "Enter", "Enter")

    all_saved(page)
    assert handed_in(desk) == ["s98b76"]


def test_a_digit_is_a_rating(signed_in: SignedIn) -> None:
    desk = form_desk(forms.RATING, says={"value": 2, "confidence": 0.7})
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    expect(chosen(page)).to_have_text("2")

    press(page, "4", "Enter", "ArrowRight", "Enter")

    all_saved(page)
    assert handed_in(desk) == [4, 3]


def test_a_scale_from_zero_to_ten_keeps_its_own_digits(signed_in: SignedIn) -> None:
    desk = form_desk({**forms.RATING, "from": 0, "to": 10}, tasks=3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "0", "Enter", "9", "Enter", "ArrowLeft", "Enter")

    all_saved(page)
    assert handed_in(desk) == [0, 9, 10]


def test_a_ranking_is_no_answer_until_somebody_moved_or_confirmed_it(
    signed_in: SignedIn,
) -> None:
    desk = form_desk(forms.RANKING)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    press(page, "Enter")
    no_answer_yet(page)
    expect(page.get_by_text("Not ranked yet")).to_be_visible()
    press(page, "Space", "Enter")

    all_saved(page)
    ranks = [["short_reply"], ["long_reply"], ["link_only"], ["apology"]]
    assert handed_in(desk) == [ranks]


def test_items_are_moved_by_keys_and_may_share_a_rank(signed_in: SignedIn) -> None:
    desk = form_desk(forms.RANKING)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    # the second item to the top, then the last one beside the one above it
    press(page, "ArrowDown", "Shift+ArrowUp")
    press(page, "ArrowDown", "ArrowDown", "ArrowDown", "r")
    # the link to the bottom, and back again
    expect(page.locator(".rank-place")).to_have_text(["1", "2", "=3", "=3"])
    press(page, "1", "z", "Enter")

    all_saved(page)
    assert handed_in(desk) == [
        [["long_reply"], ["short_reply"], ["link_only", "apology"]]
    ]


def test_an_item_is_dragged_to_its_place(signed_in: SignedIn) -> None:
    desk = form_desk(forms.RANKING)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    grip = page.locator(".rank", has_text="Apology").locator(".rank-grip")
    top = page.locator(".rank").first.bounding_box()
    assert top

    grip.hover()
    page.mouse.down()
    page.mouse.move(top["x"] + 20, top["y"] + 60, steps=5)
    page.mouse.move(top["x"] + 20, top["y"] + 5, steps=5)
    page.mouse.up()
    expect(page.locator(".rank .option-name").first).to_have_text("Apology")
    press(page, "z")
    no_answer = page.get_by_text("Not ranked yet")
    expect(no_answer).to_be_visible()
    press(page, "y", "Enter")

    all_saved(page)
    assert handed_in(desk)[0][0] == ["apology"]


def test_two_replies_stand_side_by_side_and_a_digit_says_which_is_better(
    signed_in: SignedIn,
) -> None:
    desk = form_desk(forms.PAIR, tasks=3, fields=forms.PAIR_FIELDS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    left, right = (page.locator(".pair-side").nth(at).bounding_box() for at in (0, 1))
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]

    press(page, "2", "Enter", "3", "Enter", "4", "Enter")

    all_saved(page)
    assert handed_in(desk) == ["b", "tie", "both_bad"]


def test_where_replies_change_sides_the_answer_names_the_reply(
    signed_in: SignedIn,
) -> None:
    asked = {**forms.PAIR, "swap": True}
    desk = form_desk(asked, tasks=8, fields=forms.PAIR_FIELDS)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    first = []
    for done in range(8):
        expect(page.locator("#done")).to_have_text(str(done))
        side = page.locator(".pair-side").first.inner_text()
        first.append("a" if "This is reply a" in side else "b")
        press(page, "1", "Enter")

    all_saved(page)
    assert handed_in(desk) == first
    assert set(first) == {"a", "b"}


def test_a_number_is_typed_and_handed_in(signed_in: SignedIn) -> None:
    desk = form_desk(forms.NUMBER, tasks=4)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    for text in ["42", "3,5", "1,234.50"]:
        page.keyboard.type(text)
        press(page, "Enter")

    all_saved(page)
    assert handed_in(desk) == [42, 3.5, 1234.5]


def test_a_number_beyond_its_limits_is_not_handed_in(signed_in: SignedIn) -> None:
    desk = form_desk(forms.NUMBER, says={"value": 99.5, "confidence": 0.8})
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    field = page.get_by_role("textbox", name="What is the total?")
    expect(field).to_have_value("99.5")

    page.keyboard.type("99999")
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("must be at most 10,000 €.")
    press(page, "Control+a")
    page.keyboard.type("1o")
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("is not a number.")
    press(page, "Escape", "z")
    expect(field).to_have_value("99.5")
    press(page, "ArrowUp", "Enter")

    all_saved(page)
    assert handed_in(desk) == [100]


SPAM: dict[str, Any] = {
    "id": "spam",
    "kind": "choice",
    "title": "Is it spam?",
    "labels": [{"id": "yes", "name": "Yes"}, {"id": "no", "name": "No"}],
}


def test_a_question_is_asked_only_where_another_answer_calls_for_it(
    signed_in: SignedIn,
) -> None:
    when = {"question": "spam", "is": ["yes"]}
    kind = {**forms.TOPICS, "title": "Which kind of spam?", "fewest": 1, "when": when}
    desk = form_desk(SPAM, kind, tasks=3)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    asked = page.get_by_role("group", name="Which kind of spam?")
    expect(asked).to_be_hidden()

    press(page, "1")
    expect(asked).to_be_visible()
    press(page, "Enter")
    expect(page.locator("#problem")).to_contain_text("“Which kind of spam?” has no")
    # the second question listens now; then the first one is taken back
    press(page, "2", "3", "Enter")
    expect(page.locator("#done")).to_have_text("1")
    expect(asked).to_be_hidden()
    press(page, "1", "1", "k", "2")
    expect(asked).to_be_hidden()
    press(page, "Enter")

    all_saved(page)
    mine = Annotation.objects.filter(author=desk.user).order_by("pk")
    assert [each.answer for each in mine] == [
        {"spam": "yes", "q": ["delivery", "returns"]},
        {"spam": "no"},
    ]


DIFFERENCES = """async ([kind, question, values]) => {
  const { differences } = await import(`/static/labeling/kinds/${kind}/control.js`);
  return (await differences(question, values, {})).map((cell) => cell.innerHTML);
}"""


@pytest.mark.parametrize(
    ("asked", "said", "shown"),
    [
        (
            forms.TOPICS,
            [["billing", "praise"], ["billing"], ["billing", "account"]],
            [
                "Billing, <mark>Praise</mark>",
                "Billing",
                "Billing, <mark>Account</mark>",
            ],
        ),
        (
            forms.TOPICS,
            [["billing"], []],
            ["<mark>Billing</mark>", "<mark>None of these</mark>"],
        ),
        (
            forms.TREE,
            ["pear", "quince"],
            [
                "<div>Garden › Seeds › <mark>Pear</mark></div>",
                "<div>Garden › Seeds › <mark>Quince</mark></div>",
            ],
        ),
        (
            forms.RANKING,
            [
                [["apology"], ["short_reply", "long_reply"], ["link_only"]],
                [["apology"], ["short_reply"], ["long_reply"], ["link_only"]],
            ],
            [
                "1 Apology › 2 Short reply › <mark>2 Long reply</mark> › <mark>3 Link only</mark>",
                "1 Apology › 2 Short reply › <mark>3 Long reply</mark> › <mark>4 Link only</mark>",
            ],
        ),
    ],
    ids=["labels", "no label", "nodes", "ranks"],
)
def test_who_settles_a_difference_sees_what_differs(
    signed_in: SignedIn, asked: dict[str, Any], said: list[Any], shown: list[str]
) -> None:
    desk = form_desk(asked)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)

    cells = page.evaluate(DIFFERENCES, [asked["kind"], asked, said])

    assert cells == shown


def test_letters_stand_where_each_person_put_them(signed_in: SignedIn) -> None:
    desk = forms.disputed(forms.TREE, "pear", "kettle")
    page = signed_in(desk.user).new_page()

    sit_down(page, desk)

    expect(page.get_by_role("treeitem", name="Pear")).to_contain_text("A")
    expect(page.get_by_role("treeitem", name="Kettle")).to_contain_text("B")
    press(page, "Enter")
    no_answer_yet(page)


READ = """async ([texts, group]) => {
  const { readNumber } = await import("/static/labeling/kinds/number/reading.js");
  return texts.map((text) => readNumber(text, group) ?? null);
}"""


def test_numbers_are_read_as_people_of_many_languages_write_them(
    signed_in: SignedIn,
) -> None:
    desk = form_desk(forms.NUMBER)
    page = signed_in(desk.user).new_page()
    sit_down(page, desk)
    english = ["7", "1,5", "1,500", "1 500,25", "-1,234,567.5", "−3", ".5", "2e3"]
    german = ["1.500", "1,500", "1.234,5", "1.5", "0.500", "1.500,"]
    nothing = ["", "1o", "1,2,3", "--1", "1e999", "1,23,456"]

    assert page.evaluate(READ, [english, ","]) == [
        *(7, 1.5, 1500, 1500.25, -1234567.5, -3, 0.5, 2000)
    ]
    assert page.evaluate(READ, [german, "."]) == [1500, 1.5, 1234.5, 1.5, 0.5, 1500]
    assert page.evaluate(READ, [["٣٫٥", "۱۲"], "٬"]) == [3.5, 12]
    assert page.evaluate(READ, [nothing, ","]) == [None] * len(nothing)


def test_a_tapped_item_is_moved_by_its_buttons(signed_in: SignedIn) -> None:
    desk = form_desk(forms.RANKING)
    size = {"width": 390, "height": 844}
    page = signed_in(desk.user, viewport=size, has_touch=True).new_page()
    sit_down(page, desk)

    page.locator(".rank", has_text="Link only").tap()
    page.get_by_role("button", name="Move up").tap()
    page.get_by_role("button", name="Same rank as above").tap()
    page.get_by_role("button", name="Submit").tap()

    all_saved(page)
    assert handed_in(desk) == [
        [["short_reply", "link_only"], ["long_reply"], ["apology"]]
    ]
