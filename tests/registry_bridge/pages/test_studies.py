"""The page of a study: what was counted, what it means, and what a lead may do."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from projects.models import AuditEntry, Role
from registry_bridge.models import Study
from tests import makers
from tests.registry_bridge.makers import Loop, make_gate
from tests.registry_bridge.shadows import Studied, make_challenger, make_study

pytestmark = pytest.mark.django_db


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def url(studied: Studied, act: str = "") -> str:
    training = studied.study.training
    return f"/p/{training.project.slug}/trainings/{training.pk}/study/{act}"


@pytest.fixture
def studied(loop: Loop) -> Studied:
    studied = make_study(loop, slices="metadata.shop")
    studied.send(*["cat"] * 40, *["dog"] * 3, metadata={"shop": "big"})
    studied.advance()
    studied.settle_all()
    studied.advance()
    return studied


def test_it_shows_counts_evidence_and_how_many_labels_were_saved(
    studied: Studied,
) -> None:
    studied.send("dog")
    studied.advance()

    page = read(makers.sign_in(studied.loop.lead).get(url(studied)))

    assert "version 2 with version 1 behind" in page
    assert 'Only the challenger</th><td class="num">3<' in page
    assert 'Both say the same, not labelled</th><td class="num">40<' in page
    assert "Not proven yet that the challenger is better." in page
    assert re.search(r"Needed no label.{20,60}>40<", page)
    assert "the oldest since" in page
    assert "big" in page
    assert "nothing else: no costs of mistakes" in page


def test_its_evidence_is_drawn_with_the_line_to_cross(studied: Studied) -> None:
    page = read(makers.sign_in(studied.loop.lead).get(url(studied)))

    assert 'id="evidence-chart-title"' in page
    assert page.count('class="chart-limit"') == 1
    assert page.count('class="chart-line"') == 2
    assert "It begins later than the study" not in page


def test_all_its_numbers_come_as_csv(studied: Studied) -> None:
    client = makers.sign_in(studied.loop.lead)

    answer = client.get(url(studied, "?format=csv"))

    found = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    told = {(r["part"], r["name"], r["of"]): r["value"] for r in found}
    assert told["count", "only_challenger", "predictions"] == "3"
    assert told["claim", "better", "holds"] == "0"
    assert told["slice", "big", "harmed"] == "0"
    path = [r["name"] for r in found if (r["part"], r["of"]) == ("path", "better ln_e")]
    assert path == ["0", "1", "2", "3"]
    assert float(told["path", "3", "better ln_e"]) == pytest.approx(
        float(told["claim", "better", "ln_e"])
    )


def test_a_lead_begins_one_with_a_reason(loop: Loop) -> None:
    training = make_challenger(loop)
    client = makers.sign_in(loop.lead)
    path = f"/p/{loop.project.slug}/trainings/{training.pk}/study/"
    assert "Begin a study" in read(client.get(path))

    refused = read(client.post(f"{path}begin/", {"reason": " "}, follow=True))
    assert "Say why" in refused
    assert not Study.objects.exists()
    begun = read(client.post(f"{path}begin/", {"reason": "Try it."}, follow=True))

    assert "The study has begun" in begun
    assert AuditEntry.objects.get(action="study begun").reason == "Try it."


def test_a_lead_stops_it_and_lets_it_go_on(studied: Studied) -> None:
    client = makers.sign_in(studied.loop.lead)

    stopped = read(client.post(url(studied, "stop/"), {"reason": "Away."}, follow=True))
    assert "The study is stopped." in stopped
    assert Study.objects.get().state == Study.State.STOPPED
    gone_on = read(
        client.post(url(studied, "go-on/"), {"reason": "Back."}, follow=True)
    )

    assert "The study goes on" in gone_on
    assert Study.objects.get().state == Study.State.RUNNING
    again = read(client.post(url(studied, "go-on/"), {"reason": "Back."}, follow=True))
    assert "Only one that was stopped can go on." in again


def test_a_reviewer_sees_no_study(studied: Studied) -> None:
    reviewer = makers.make_member(studied.loop.project, Role.REVIEWER)

    assert makers.sign_in(reviewer).get(url(studied)).status_code == 403


def test_a_training_of_another_project_is_not_found(studied: Studied) -> None:
    other = makers.make_project()
    lead = makers.make_member(other, Role.LEAD)
    path = f"/p/{other.slug}/trainings/{studied.study.training_id}/study/"

    assert makers.sign_in(lead).get(path).status_code == 404


def test_a_page_costs_as_many_queries_with_ten_times_the_predictions(
    studied: Studied, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = makers.sign_in(studied.loop.lead)
    client.get(url(studied))
    studied.send(*["cat"] * 80, *["dog"] * 40, metadata={"shop": "small"})
    studied.advance()

    with django_assert_max_num_queries(24):
        client.get(url(studied))


def test_its_gates_are_listed_with_their_last_look(studied: Studied) -> None:
    make_gate(studied.loop.project, "challenger_not_worse")
    studied.send("cat")
    studied.advance()
    client = makers.sign_in(studied.loop.lead)

    page = read(client.get(f"/p/{studied.loop.project.slug}/trainings/"))

    assert "Challenger not worse than champion" in page
    assert "Not proven yet that the challenger is better." in page


def test_the_promotion_that_it_proposed_tells_of_it(studied: Studied) -> None:
    studied.send(*["dog"] * 6)
    studied.advance()
    studied.settle_all()
    study = studied.advance()
    assert study.promotion is not None
    path = f"/p/{studied.loop.project.slug}/promotions/{study.promotion.pk}/"

    page = read(makers.sign_in(studied.loop.lead).get(path))

    assert "study of disagreements</a> opened the gate: 9 labels, 40" in page
    assert "The challenger is better." in page
    of_study = read(makers.sign_in(studied.loop.lead).get(url(studied)))
    assert path in of_study
