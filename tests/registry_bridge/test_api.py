"""The loop over REST: who may start, read and decide."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from projects.models import Role
from registry_bridge import promotion, retraining
from registry_bridge.models import Promotion, Training
from tests import makers
from tests.registry_bridge.makers import Loop, review, work


@pytest.fixture
def proposed(loop: Loop) -> Promotion:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    return promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def test_a_token_of_a_lead_freezes_gold_once(loop: Loop) -> None:
    review(loop, 2, 2)
    headers = makers.bearer(makers.make_token(loop.project, Role.LEAD))
    path = f"/api/v1/projects/{loop.project.slug}/snapshots"

    first = Client().post(path, {}, content_type="application/json", headers=headers)
    again = Client().post(path, {}, content_type="application/json", headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["rows"] == 4
    assert again.json()["digest"] == first.json()["digest"]


def test_a_training_is_started_and_read(loop: Loop) -> None:
    review(loop)
    client = makers.sign_in(loop.lead)
    path = f"projects/{loop.project.slug}/trainings"

    started = post(client, path, {"hyperparameters": {"depth": 3}})
    work()

    found = client.get(f"/api/v1/{path}/{started.json()['id']}").json()
    assert started.status_code == 201
    assert (found["state"], found["version"]) == ("done", "2")
    assert found["evidence"]["comparison"]["n"] > 10


def test_a_second_training_is_a_conflict(loop: Loop) -> None:
    review(loop)
    client = makers.sign_in(loop.lead)
    path = f"projects/{loop.project.slug}/trainings"
    post(client, path)

    refused = post(client, path)

    assert refused.status_code == 409
    assert refused.json()["code"] == "training_under_way"


def test_a_lead_proposes_and_another_approves(loop: Loop, proposed: Promotion) -> None:
    path = f"promotions/{proposed.pk}/approve"

    own = post(makers.sign_in(loop.lead), path, {"reason": "Mine."})
    other = post(makers.sign_in(loop.other_lead), path, {"reason": "Agreed."})

    assert (own.status_code, own.json()["code"]) == (403, "own_proposal")
    assert (other.status_code, other.json()["state"]) == (200, "approved")
    assert other.json()["decided_by"] == str(loop.other_lead)


def test_a_token_decides_nothing(loop: Loop, proposed: Promotion) -> None:
    secret = makers.make_token(loop.project, Role.LEAD, user=loop.other_lead)

    refused = Client().post(
        f"/api/v1/promotions/{proposed.pk}/approve",
        {"reason": "Automatic."},
        content_type="application/json",
        headers=makers.bearer(secret),
    )

    assert refused.status_code == 403
    assert Promotion.objects.get(pk=proposed.pk).state == "proposed"


@pytest.mark.parametrize("act", ["approve", "refuse", "rollback"])
def test_a_stranger_is_told_that_there_is_nothing(
    loop: Loop, proposed: Promotion, act: str
) -> None:
    stranger = makers.make_member(makers.make_project(), Role.OWNER)

    answer = post(
        makers.sign_in(stranger), f"promotions/{proposed.pk}/{act}", {"reason": "Ha."}
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADJUDICATOR, Role.ENDPOINT])
def test_only_leads_and_owners_decide(
    loop: Loop, proposed: Promotion, role: str
) -> None:
    member = makers.make_member(loop.project, role)

    answer = post(
        makers.sign_in(member), f"promotions/{proposed.pk}/refuse", {"reason": "No."}
    )

    assert answer.status_code == 403


def test_a_decision_without_a_reason_says_what_is_missing(
    loop: Loop, proposed: Promotion
) -> None:
    client = makers.sign_in(loop.other_lead)
    path = f"promotions/{proposed.pk}/refuse"

    missing, empty = post(client, path), post(client, path, {"reason": ""})

    assert (missing.status_code, empty.status_code) == (400, 422)
    assert empty.json()["errors"][0]["field"] == "reason"


def test_promotions_are_read_with_their_evidence(
    loop: Loop, proposed: Promotion
) -> None:
    client = makers.sign_in(loop.lead)

    found = client.get(f"/api/v1/projects/{loop.project.slug}/promotions").json()

    newest, first = found["promotions"]
    assert newest["evidence"]["comparison"]["difference"]["value"] > 0
    assert (first["kind"], first["state"]) == ("install", "done")


def test_a_snapshot_of_another_project_cannot_be_trained_on(loop: Loop) -> None:
    review(loop, 9, 9)
    retraining.start(loop.project, by=loop.lead)
    work()
    foreign = Training.objects.exclude(snapshot=None).get().snapshot
    assert foreign is not None
    other = makers.make_project()
    lead = makers.make_member(other, Role.LEAD)

    answer = post(
        makers.sign_in(lead),
        f"projects/{other.slug}/trainings",
        {"snapshot": foreign.pk},
    )

    assert answer.status_code == 404
