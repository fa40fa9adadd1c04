"""Guidelines beside tasks: fetched once, read again when they change, acknowledged once."""

from __future__ import annotations

import pytest

from labeling import guidelines, schemas
from labeling.models import Acknowledgement
from tests import makers
from tests.labeling.pages.makers import Pets, questions


def test_a_guideline_is_sent_once_and_then_known_to_the_browser(pets: Pets) -> None:
    url = pets.of(pets.version, "guideline")
    client = pets.as_reviewer()

    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})

    assert "<em>ears</em>" in first.content.decode()
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in first["Cache-Control"]


def test_what_a_lead_writes_cannot_run_in_a_reviewers_page(pets: Pets) -> None:
    version = pets.change(guideline="<script>alert(1)</script>[x](javascript:alert(1))")

    html = pets.as_reviewer().get(pets.of(version, "guideline")).content.decode()

    assert "<script" not in html
    assert 'href="javascript' not in html


def test_the_guideline_of_another_project_is_not_there(pets: Pets) -> None:
    other = makers.make_schema(name="other", guideline="Secret")

    for part in ("guideline", "changes"):
        assert pets.as_reviewer().get(pets.of(other, part)).status_code == 404
    answer = pets.as_reviewer().post(pets.of(other, "acknowledge"))
    assert answer.status_code == 404


def test_who_begins_reads_the_whole_guideline_once(pets: Pets) -> None:
    client = pets.as_reviewer()

    first = client.get(pets.of(pets.version, "changes"))
    client.post(pets.of(pets.version, "acknowledge"))
    client.post(pets.of(pets.version, "acknowledge"))
    second = client.get(pets.of(pets.version, "changes"))

    assert "Read the guideline first" in first.content.decode()
    assert "<em>ears</em>" in first.content.decode()
    assert second.status_code == 204
    assert Acknowledgement.objects.count() == 1


def test_whoever_read_the_one_before_reads_what_changed(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    newer = pets.change(guideline="# Pets\n\nLook at the *tail*.")

    page = pets.as_reviewer().get(pets.of(newer, "changes")).content.decode()

    assert "The guideline has changed" in page
    assert "<del>ears</del>" in page
    assert "<ins>tail</ins>" in page


def test_other_questions_with_the_same_guideline_need_no_reading(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    newer = pets.change(questions=questions("cat", "dog", "fish"))

    known = guidelines.known_to(pets.project.pk, pets.reviewer)

    assert newer.pk in known


def test_tasks_of_a_version_that_was_read_before_ask_nothing(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    newer = pets.change(guideline="Look at the tail.")
    guidelines.acknowledge(newer, pets.reviewer)

    known = guidelines.known_to(pets.project.pk, pets.reviewer)

    assert known == [pets.version.pk, newer.pk]


def test_a_guideline_that_goes_back_to_old_words_is_read_again(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    newer = pets.change(guideline="Look at the tail.")
    guidelines.acknowledge(newer, pets.reviewer)
    back = pets.change(guideline=pets.version.guideline)

    news = guidelines.news(back, pets.reviewer)

    assert news
    assert news.last == newer


@pytest.mark.parametrize("small", [True, False])
def test_a_small_change_is_read_only_by_who_read_nothing_before(
    pets: Pets, small: bool
) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    edit = schemas.Edit(based_on=1, note="A comma", small=small)
    section = pets.section(guideline="# Pets\n\nLook, at the *ears*.")
    schemas.apply_schema(pets.project, section, pets.lead, edit)

    knows = [
        pets.newest().pk in guidelines.known_to(pets.project.pk, each)
        for each in (pets.reviewer, pets.lead)
    ]

    assert knows == [small, False]


def test_a_schema_without_a_guideline_asks_nobody_to_read(pets: Pets) -> None:
    bare = makers.make_schema(pets.project, name="bare")

    client = pets.as_reviewer()

    assert client.get(pets.of(bare, "changes")).status_code == 204


def test_a_guideline_that_was_taken_away_is_told_to_who_had_read_it(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    without = pets.change(guideline="")

    known = [
        without.pk in guidelines.known_to(pets.project.pk, each)
        for each in (pets.reviewer, pets.lead)
    ]

    assert known == [False, True]


def test_the_workbench_knows_what_its_reader_has_read(pets: Pets) -> None:
    queue = makers.make_queue(pets.project)
    guidelines.acknowledge(pets.version, pets.reviewer)
    pets.change(guideline="Look at the tail.")

    page = pets.as_reviewer().get(f"/p/{pets.project.slug}/queues/{queue.pk}/work/")

    assert page.context["desk"]["known"] == [pets.version.pk]
