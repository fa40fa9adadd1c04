"""Charts of evidence in every view: a study's over its labels, slices of both, a drift to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from projects.models import Role
from registry_bridge import study_step
from registry_bridge.models import Study
from reviewer.stats.disagreements import Evidence, Items
from tests import makers
from tests.browser.conftest import SignedIn
from tests.browser.views import faults
from tests.registry_bridge.makers import World, make_loop
from tests.registry_bridge.shadows import make_study
from tests.registry_bridge.test_sliced import make_proposed, url
from tests.reviewer.pages.makers import make_team
from tests.reviewer.test_drift_news import LARGE, period

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "a-shop-with-quite-a-long-name-" * 3


def gather(study: Study, n: int = 4_000) -> None:
    """Evidence as of a challenger that is better, but not in the shop with the long name."""
    chance = np.random.default_rng(3)
    shop = chance.choice([0, 1, 2], n, p=[0.5, 0.4, 0.1])
    tie = chance.random(n) < 0.8
    better = chance.choice([-1.0, 0.0, 1.0], n, p=[0.3, 0.2, 0.5])
    d = np.where(tie, 0.0, np.where(shop == 2, -better, better))
    items = Items(d=d, pi=np.ones(n), tie=tie, overdue=np.zeros(n, dtype=bool))
    names = [("big", "small", LONG)[at] for at in shop]
    found = Evidence().after(items, names, study_step.terms_of(study))
    study.evidence = found.as_json()
    study.save(update_fields=["evidence"])


def test_a_study_draws_its_evidence_and_its_slices(
    signed_in: SignedIn, tmp_path: Path, settings: Settings
) -> None:
    settings.JOBS_DIR = tmp_path / "jobs"
    with World().around() as world:
        loop = make_loop(world, tmp_path / "base")
        studied = make_study(loop, slices="metadata.shop", fewest=10)
    gather(studied.study)
    page = signed_in(loop.lead).new_page()
    page.goto(f"/p/{loop.project.slug}/trainings/{studied.study.training_id}/study/")

    expect(page.locator("svg.plot .chart-limit")).to_have_count(1)
    expect(page.locator("svg.forest .chart-point")).to_have_count(4)
    assert faults(page, "study-drawn") == []


def test_a_promotion_shows_the_slices_that_somebody_chose(signed_in: SignedIn) -> None:
    promotion, _client = make_proposed()
    lead = makers.make_member(promotion.project, Role.LEAD)
    page = signed_in(lead).new_page()
    page.goto(url(promotion))
    page.get_by_label("Slices by").select_option("metadata.shop")
    page.get_by_role("button", name="Show slices").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Pointwise", exact=True)).to_be_visible()
    assert page.url.endswith("?slice=metadata.shop#slices")
    assert faults(page, "promotion-slices") == []


def test_a_drift_leads_from_the_overview_to_its_chart(signed_in: SignedIn) -> None:
    team = make_team()
    lead = makers.make_member(team.project, Role.LEAD)
    period(team.endpoint, labels=LARGE, confidence=LARGE)
    page = signed_in(lead).new_page()
    page.goto(f"/p/{team.project.slug}/")
    assert faults(page, "overview-drift") == []

    page.get_by_role("link", name="What texts 3 says has changed").click()

    expect(page.get_by_role("heading", name="Quality over time")).to_be_visible()
    expect(page.locator("[aria-current=page]", has_text="Day")).to_be_visible()
