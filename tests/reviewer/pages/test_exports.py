"""The page of exports: what was written, how far the rest is, and having more written."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from projects.storage import Folder
from reviewer.models import Export
from tests import makers
from tests.reviewer.pages.makers import Team


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.OBJECT_STORE = f"file:{tmp_path}"
    return tmp_path


def make_export(team: Team, state: str = "done", **fields: Any) -> Export:
    return Export.objects.create(
        project=team.project,
        **{"format": "csv", "state": state, "until_xid": 7, **fields},
    )


def read(team: Team) -> str:
    response = team.as_("lead").get(team.url("exports/"))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def test_an_export_under_way_shows_how_far_it_is(team: Team) -> None:
    make_export(team, "running", rows=250_000, estimate=1_000_000)

    page = read(team)

    assert "Being written" in page
    assert 'value="0.250"' in page
    assert "250,000" in page
    assert "of about 1,000,000" in page
    assert "data-going" in page


def test_files_are_linked_and_fetched(team: Team, folder: Path) -> None:
    Folder(folder).put("exports/a.csv", b"cursor,gold\n")
    files = [{"key": "exports/a.csv", "rows": 0, "bytes": 12}]
    export = make_export(team, files=files)
    lead = team.as_("lead")

    page = read(team)
    link = team.url(f"exports/{export.pk}/1")
    address = lead.get(link)

    assert link in page
    assert "data-going" not in page
    assert lead.get(address["Location"]).getvalue() == b"cursor,gold\n"


def test_a_lead_has_files_written(team: Team) -> None:
    makers.make_schema(team.project)

    response = team.as_("lead").post(
        team.url("exports/ask/"), {"format": "csv", "gzip": "1"}, follow=True
    )

    export = Export.objects.get()
    assert (export.format, export.gzip, export.state) == ("csv", True, "waiting")
    assert f"{export} is being written" in response.content.decode()


def test_what_cannot_be_written_is_said_on_the_page(team: Team) -> None:
    form = {"format": "csv", "to": "s3://somebody/else"}

    response = team.as_("lead").post(team.url("exports/ask/"), form, follow=True)

    assert "must lie in an S3 connection" in response.content.decode()
    assert not Export.objects.exists()


def test_a_failed_export_says_why_and_goes_on(team: Team) -> None:
    export = make_export(team, "failed", error="The bucket is not yours.")
    shown = read(team)

    team.as_("lead").post(team.url(f"exports/{export.pk}/retry/"))
    again = team.as_("lead").post(team.url(f"exports/{export.pk}/retry/"), follow=True)

    export.refresh_from_db()
    assert "The bucket is not yours." in shown
    assert (export.state, export.error) == ("waiting", "")
    assert "has not stopped" in again.content.decode()


def test_the_page_takes_the_same_statements_however_many_exports_there_are(
    team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lead = team.as_("lead")
    for _ in range(20):
        make_export(team)

    with django_assert_max_num_queries(10):
        lead.get(team.url("exports/"))
