"""Forms meet WCAG 2.2 AA in light and dark and on a phone, also for who settles a difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import form_desks as forms
from tests.browser.desks import press, sit_down
from tests.browser.form_desks import disputed, form_desk
from tests.browser.test_looks import LOOKS, violations

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[..., BrowserContext]

BEST = [["apology"], ["long_reply", "short_reply"], ["link_only"]]
SAME = [["short_reply"], ["long_reply"], ["apology"], ["link_only"]]
SAID: dict[str, tuple[dict[str, Any], Any, list[str], list[Any]]] = {
    # the question, what the model says, keys, what two people said
    "choices": (
        forms.TOPICS,
        {
            "value": ["billing", "praise"],
            "confidence": 0.6,
            "probabilities": {"billing": 0.9, "returns": 0.4, "praise": 0.6},
        },
        ["3"],
        [["billing", "praise"], ["billing", "returns"], []],
    ),
    "taxonomy": (
        forms.TREE,
        {"value": "pear", "confidence": 0.55},
        ["ArrowDown"],
        ["pear", "quince", "kettle"],
    ),
    "rating": (forms.RATING, {"value": 4, "confidence": 0.7}, ["5"], [2, 4, 4]),
    "named rating": (
        {**forms.RATING, "to": 3, "names": ["Rude", "Neutral", "Polite"]},
        {"value": 2, "confidence": 0.7},
        ["3"],
        [1, 2, 3],
    ),
    "ranking": (
        forms.RANKING,
        {"value": BEST, "confidence": 0.5},
        ["ArrowDown", "Shift+ArrowDown"],
        [BEST, SAME],
    ),
    "pairwise": (forms.PAIR, {"value": "b", "confidence": 0.7}, ["1"], ["a", "tie"]),
    "number": (forms.NUMBER, {"value": 42, "confidence": 0.7}, ["7"], [42, 40.5]),
}
every_form = pytest.mark.parametrize("form", SAID)
every_look = pytest.mark.parametrize("look", LOOKS)


@every_form
@every_look
def test_a_form_is_accessible(
    signed_in: SignedIn, form: str, look: dict[str, Any]
) -> None:
    asked, says, keys, _ = SAID[form]
    fields = forms.PAIR_FIELDS if form == "pairwise" else None
    desk = form_desk(asked, says=says, fields=fields)
    page = signed_in(desk.user, **look).new_page()
    sit_down(page, desk)

    press(page, *keys)

    assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


@every_form
@every_look
def test_settling_a_form_is_accessible(
    signed_in: SignedIn, form: str, look: dict[str, Any]
) -> None:
    asked, says, _, said = SAID[form]
    desk = disputed(asked, *said, says=says)
    page = signed_in(desk.user, **look).new_page()

    sit_down(page, desk)

    assert violations(page) == []
