"""What was champion when, by whom, on which evidence; what others changed outside."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from registry_bridge import promotion, retraining, rolling_back, watching
from registry_bridge.models import Promotion, Sighting
from tests import makers
from tests.registry_bridge.makers import Loop, make_gate, review, work


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def lived(loop: Loop) -> Loop:
    """Version 1, then 2 by a gate and a lead, then 1 again."""
    make_gate(loop.project, "challenger_better")
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    found = Promotion.objects.get(kind="promote")
    promotion.approve(found, by=loop.other_lead, reason="=Better, see below")
    work()
    found.refresh_from_db()
    rolling_back.by_person(found, by=loop.lead, reason="Complaints.")
    work()
    return loop


def url(loop: Loop, tail: str) -> str:
    return f"/p/{loop.project.slug}/promotions/{tail}"


def look(loop: Loop) -> None:
    watching.ask()
    work()
    loop.model.refresh_from_db()


def delete_version(loop: Loop, version: str) -> None:
    """As MLflow does it: its aliases go with it."""
    registry = loop.world.registry
    del registry.known[loop.model.name][version]
    for key, named in list(registry.aliases.items()):
        if named == version:
            del registry.aliases[key]


def test_the_history_says_who_put_what_in_use_on_which_evidence(lived: Loop) -> None:
    page = read(makers.sign_in(lived.lead).get(url(lived, "history/")))

    rows = re.findall(r"<tr role=\"row\"> <th scope=\"row\".*?</tr>", page)
    versions = [re.sub("<.*?>", "", row).split()[0] for row in rows]
    assert versions == ["1", "2", "1"]
    assert str(lived.other_lead) in rows[1]
    assert "Against version 1: +" in rows[1]
    assert "Complaints." in rows[0]
    assert "no comparison was made" in rows[2]


def test_the_file_has_every_reign_with_the_digest_of_its_snapshot(lived: Loop) -> None:
    response = makers.sign_in(lived.lead).get(url(lived, "history.csv"))

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    snapshot = Promotion.objects.get(kind="promote").training.snapshot  # type: ignore[union-attr]
    assert [row["version"] for row in rows] == ["1", "2", "1"]
    assert rows[0]["from"] == rows[1]["until"]
    assert rows[0]["until"] == ""
    assert rows[1]["snapshot_sha256"] == snapshot.digest  # type: ignore[union-attr]
    assert rows[1]["decided_by"] == str(lived.other_lead)
    assert rows[1]["rule"] == "two_persons"
    assert rows[1]["reason"].startswith("'=")


def test_more_reigns_take_no_more_queries(
    lived: Loop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(lived.lead)

    with django_assert_max_num_queries(12):
        client.get(url(lived, "history/"))


def test_an_alias_moved_by_hand_is_kept_as_one_row_for_each_change(loop: Loop) -> None:
    loop.world.registry.register(loop.model.name, "models:/m-x", None, "other", {})
    loop.world.registry.aliases[loop.model.name, "champion"] = "2"
    look(loop)
    look(loop)
    loop.world.registry.aliases[loop.model.name, "champion"] = "1"
    look(loop)

    page = read(makers.sign_in(loop.lead).get(url(loop, "history/")))
    assert [each.alias for each in Sighting.objects.order_by("pk")] == ["2", "1"]
    assert "The alias champion named version 2; here version 1 was in use" in page
    assert "The registry named version 1 again" in page


def test_a_version_deleted_in_the_registry_is_seen_and_said_what_to_do(
    loop: Loop,
) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    waiting = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    delete_version(loop, "1")

    look(loop)

    client = makers.sign_in(loop.other_lead)
    listed = read(client.get(url(loop, "")))
    one = read(client.get(url(loop, f"{waiting.pk}/")))
    front = read(client.get("/"))
    operations = read(client.get(f"/p/{loop.project.slug}/operations/"))
    assert loop.model.champion_gone
    assert "Version 1 was deleted in the registry." in listed
    assert "Let the alias champion name another one there" in one
    assert ">Approve<" not in one
    assert "was deleted in the registry" in front
    assert "Version in use was deleted" in operations
    with pytest.raises(promotion.OutOfDate, match="was deleted"):
        promotion.approve(waiting, by=loop.other_lead, reason="Anyway.")


def test_another_version_named_there_can_be_put_in_use_here(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    delete_version(loop, "1")
    look(loop)
    loop.world.registry.aliases[loop.model.name, "champion"] = "2"
    look(loop)

    promotion.install(loop.project, "2", by=loop.lead, reason="The first is gone.")
    work()

    loop.model.refresh_from_db()
    assert (loop.model.champion, loop.model.champion_gone) == ("2", False)
    assert loop.world.alias(loop.model) == "2"


def test_a_version_deleted_before_its_approval_is_never_deployed(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    waiting = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    delete_version(loop, "2")

    promotion.approve(waiting, by=loop.other_lead, reason="Agreed.")
    work()

    waiting.refresh_from_db()
    assert waiting.state == Promotion.State.FAILED
    assert "has no version 2" in waiting.failure
    assert loop.world.serving() == ["1"]
