"""The page of a study with slices and verdicts: whole for everybody, on a phone too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.conftest import SignedIn
from tests.browser.views import faults
from tests.registry_bridge.makers import World, make_loop
from tests.registry_bridge.shadows import make_study

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_study_is_readable_and_stopped_by_keyboard(
    signed_in: SignedIn, tmp_path: Path, settings: Settings
) -> None:
    settings.JOBS_DIR = tmp_path / "jobs"
    with World().around() as world:
        loop = make_loop(world, tmp_path / "base")
        studied = make_study(loop, slices="metadata.shop", fewest=10)
        long = "a-shop-with-quite-a-long-name-" * 3
        studied.send(*["cat"] * 30, *["dog"] * 4, metadata={"shop": "big"})
        studied.send(*["cat"] * 5, *["dog"] * 2, metadata={"shop": long})
        studied.advance()
        for task in studied.drawn():
            studied.settle(task, "cat" if task.pk % 3 == 0 else "dog")
        studied.send("dog")
        studied.advance()
    page = signed_in(loop.lead).new_page()
    page.goto(f"/p/{loop.project.slug}/trainings/{studied.study.training_id}/study/")

    expect(page.locator("#claims")).to_be_visible()
    assert faults(page, "study") == []

    page.get_by_label("Reason").focus()
    page.keyboard.type("The team is away.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The study is stopped.")).to_be_visible()
