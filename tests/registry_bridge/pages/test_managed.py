"""A person's way into a managed MLflow: a link for one click, kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from projects.models import AuditEntry, Connection, Role
from projects.models import Event as Emitted
from registry_bridge.gateways import managed_mlflow
from registry_bridge.models import RegisteredModel
from tests import makers
from tests.contracts.managed import (
    ACCESS_KEY,
    LINK,
    REFUSALS,
    SECRET,
    SERVER_ARN,
    Standin,
    standing_in,
)
from tests.registry_bridge.makers import Loop


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    managed_mlflow._session.cache_clear()
    with standing_in() as standin:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", standin.url)
        yield standin
    managed_mlflow._session.cache_clear()


@pytest.fixture
def managed(loop: Loop) -> Loop:
    connection = Connection.objects.create(
        project=loop.project, name="aws", kind=Connection.Kind.MLFLOW, uri=SERVER_ARN
    )
    RegisteredModel.objects.filter(project=loop.project).update(connection=connection)
    return loop


def enter(loop: Loop, role: str = Role.LEAD) -> Any:
    client = makers.sign_in(makers.make_member(loop.project, role))
    return client.post(f"/p/{loop.project.slug}/mlflow/")


def test_a_lead_is_led_in_and_the_link_is_kept_nowhere(
    managed: Loop, standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    response = enter(managed)

    assert response.status_code == 200
    assert response["Refresh"] == f"0; url={LINK}"
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "authToken" not in caplog.text
    entry = AuditEntry.objects.get(action="MLflow entered")
    assert entry.subject == SERVER_ARN
    assert "authToken" not in str(AuditEntry.objects.values_list())
    assert "authToken" not in str(Emitted.objects.values_list())


def test_only_those_who_see_models_get_in(managed: Loop, standin: Standin) -> None:
    response = enter(managed, Role.REVIEWER)

    assert response.status_code == 403
    assert standin.asked == []


def test_a_link_is_made_by_a_post_alone(managed: Loop, standin: Standin) -> None:
    client = makers.sign_in(managed.lead)

    assert client.get(f"/p/{managed.project.slug}/mlflow/").status_code == 405
    assert standin.asked == []


@pytest.mark.parametrize(("refusal", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_aws_refuses_is_told_on_the_page(
    managed: Loop, standin: Standin, refusal: tuple[int, str, str], words: str
) -> None:
    standin.refuses = refusal

    response = enter(managed)

    assert response.status_code in (409, 503)
    assert words in response.content.decode()


def test_pages_offer_the_way_in_only_where_mlflow_is_managed(
    loop: Loop, standin: Standin, request: pytest.FixtureRequest
) -> None:
    client = makers.sign_in(loop.lead)
    page = f"/p/{loop.project.slug}/promotions/"

    before = client.get(page).content.decode()
    request.getfixturevalue("managed")
    after = client.get(page).content.decode()

    assert "Open MLflow" not in before
    assert "Open MLflow" in after
    assert SERVER_ARN not in after


def test_a_project_without_a_managed_mlflow_has_no_way_in(
    loop: Loop, standin: Standin
) -> None:
    assert enter(loop).status_code == 409
    assert standin.asked == []
