"""Pages read few rows of what happened, however much happened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewer import figures, tallies
from reviewer.models import Figures
from tests import makers
from tests.reviewer.pages.makers import Team, make_drawn, make_team
from tests.reviewer.rollups.counting import count_all
from tests.speed.crowd import make_crowd

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 16_000
# Much less than any of these tables holds.
MOST_READ = 2_500
BIG = frozenset(
    {
        "reviewer_prediction",
        "reviewer_queueitem",
        "reviewer_assignment",
        "labeling_annotation",
        "labeling_task",
        "labeling_gold",
        "labeling_payload",
    }
)


@pytest.fixture
def team() -> Team:
    team = make_team()
    task = make_drawn(team)
    make_crowd(team, task.prediction, ROWS)
    count_all()
    count_all()
    return team


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def read_by(sql: str) -> int:
    """Rows of big tables that a statement looks at, those it throws away too."""
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {sql}")
        (found,) = cursor.fetchone()
    (whole,) = json.loads(found) if isinstance(found, str) else found
    return sum(
        int(
            (
                node["Actual Rows"]
                + node.get("Rows Removed by Filter", 0)
                + node.get("Rows Removed by Index Recheck", 0)
            )
            * node["Actual Loops"]
        )
        for node in nodes(whole["Plan"])
        if node.get("Relation Name") in BIG
    )


def cost(team: Team, role: str, path: str) -> tuple[dict[str, int], str]:
    """What each statement of a page reads, and the page."""
    client = team.as_(role)
    url = path.format(p=team.project.slug, q=team.queue.pk)
    with CaptureQueriesContext(connection) as context:
        response = client.get(url)
    assert response.status_code == 200, response.content
    asked = [each["sql"] for each in context.captured_queries]
    selects = [
        sql for sql in asked if re.match(r"\s*(select|with)\b", sql, re.IGNORECASE)
    ]
    page = re.sub(r"\s+", " ", response.content.decode())
    return {sql: read_by(sql) for sql in selects}, page


PAGES = {
    "lead": (
        "/",
        "/p/{p}/",
        "/p/{p}/queues/",
        "/p/{p}/queues/{q}/",
        "/p/{p}/endpoints/",
        "/p/{p}/endpoints/endpoint/",
        "/p/{p}/quality/",
        "/p/{p}/quality/?days=all",
        "/p/{p}/quality/time/",
        "/p/{p}/quality/time/?unit=day",
        "/p/{p}/snapshots/",
        "/p/{p}/trainings/",
        "/p/{p}/promotions/",
        "/p/{p}/operations/",
        "/p/{p}/members/",
        "/p/{p}/policy/",
        "/api/v1/projects/{p}/queues",
        "/api/v1/projects/{p}/quality",
    ),
    "reviewer": ("/", "/p/{p}/", "/p/{p}/queues/"),
}


def test_pages_read_few_rows_however_many_there_are(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MOST_OWN", 50)
    for days in (0, 30):
        figures_of(team, days)

    read = {
        f"{role} {path}: {sql}": rows
        for role, paths in PAGES.items()
        for path in paths
        for sql, rows in cost(team, role, path)[0].items()
    }

    worst = max(read, key=lambda sql: read[sql])
    assert read[worst] <= MOST_READ, worst


def figures_of(team: Team, days: int) -> None:
    client = team.as_("lead")
    client.get(team.url(f"quality/?days={days or 'all'}"))
    for kept in Figures.objects.filter(project=team.project):
        figures.make(kept.pk)


def test_figures_of_much_are_shown_with_the_time_they_are_of(team: Team) -> None:
    client = team.as_("lead")

    first = client.get(team.url("quality/")).content.decode()
    api = client.get(f"/api/v1/projects/{team.project.slug}/quality")
    overview = client.get(team.url()).content.decode()
    figures_of(team, 30)
    then = client.get(team.url("quality/")).content.decode()

    assert "are being computed" in first
    assert "are being computed" in overview
    assert (api.status_code, api["Retry-After"]) == (503, "10")
    assert "As of" in then
    assert "are being computed" not in then
    assert "16,001" in then


def test_pages_of_queues_count_what_is_there(team: Team) -> None:
    makers.make_queue_item(team.queue, state=3)

    _, page = cost(team, "lead", team.url(f"queues/{team.queue.pk}/"))

    assert "4,001" in page
    assert "1,000+ late" in page
