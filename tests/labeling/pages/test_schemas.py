"""Pages of schemas: versions, what changed, how many tasks each has, who has read it."""

from __future__ import annotations

import re
from typing import Any

from labeling import guidelines
from projects.models import AuditEntry
from tests import makers
from tests.labeling.pages.makers import Pets, questions


def read(response: Any) -> str:
    assert response.status_code == 200
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def test_tasks_are_counted_by_the_version_they_follow(pets: Pets) -> None:
    makers.make_gold(makers.make_task(pets.project, schema=pets.version))
    for _ in range(2):
        makers.make_task(pets.project, schema=pets.version)
    newer = pets.change(guideline="Look at the tail.")
    makers.make_task(pets.project, schema=newer)

    response = pets.as_lead().get(f"/p/{pets.project.slug}/schemas/")

    (row,) = response.context["rows"]
    counted = [(v.number, t.open, t.settled) for v, t in row["versions"]]
    assert counted == [(2, 1, 0), (1, 2, 1)]
    assert "2 open tasks are on older versions" in read(response)


def test_a_project_without_a_schema_says_how_to_make_one(pets: Pets) -> None:
    project = makers.make_project()
    lead = makers.sign_in(makers.make_member(project, "lead"))

    assert "No schema yet" in read(lead.get(f"/p/{project.slug}/schemas/"))


def test_any_two_versions_are_compared(pets: Pets) -> None:
    pets.change(questions=questions("cat", "dog", "fish"))
    pets.change(guideline="Look at the tail.")

    last = read(pets.as_lead().get(pets.url))
    both = read(pets.as_lead().get(f"{pets.url}?from=1&to=3"))
    back = read(pets.as_lead().get(f"{pets.url}?from=2&to=1"))

    assert "Label Fish of label" not in last
    assert "Added Label Fish of label" in both
    assert "Removed Label Fish of label" in back


def test_a_version_that_does_not_exist_is_not_found(pets: Pets) -> None:
    assert pets.as_lead().get(f"{pets.url}?from=9").status_code == 404


def test_leads_see_who_has_read_the_guideline_and_who_has_not(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)

    response = pets.as_lead().get(pets.url)

    readers = response.context["readers"]
    assert readers.read == [str(pets.reviewer)]
    assert readers.missing == [str(pets.lead)]


def test_a_small_change_is_read_by_whoever_read_the_one_before(pets: Pets) -> None:
    guidelines.acknowledge(pets.version, pets.reviewer)
    newer = pets.change(guideline="Look at the *ear*.")
    client = pets.as_lead()

    client.post(f"{pets.url}versions/2/small/", {"small": "1"})
    small = client.get(pets.url).context["readers"].read
    client.post(f"{pets.url}versions/2/small/", {"small": "0"})
    again = client.get(pets.url).context["readers"].read

    newer.refresh_from_db()
    assert (small, again) == ([str(pets.reviewer)], [])
    acts = AuditEntry.objects.filter(subject="pets 2", actor=pets.lead)
    assert [each.action for each in acts.order_by("pk")] == [
        "guideline changed little",
        "guideline to be read again",
    ]


def test_the_guideline_stands_on_the_page_as_it_is_shown_to_reviewers(
    pets: Pets,
) -> None:
    page = pets.as_lead().get(pets.url).content.decode()

    assert "<em>ears</em>" in page
