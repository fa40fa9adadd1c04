"""Tokens, connections, settings and the audit log in the browser."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client

from projects import audit, secrets
from projects.models import AuditEntry, Connection, Project, Role, Token
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return makers.make_project("pets")


@pytest.fixture
def owner(project: Project) -> Client:
    return makers.sign_in(makers.make_member(project, Role.OWNER))


def make_token(owner: Client) -> str:
    page = owner.post(
        "/p/pets/tokens/", {"name": "camera", "role": "endpoint", "days": "30"}
    )
    assert page["Cache-Control"] == "no-store"
    found = re.search(r"ovr_[\w-]+", page.content.decode())
    assert found
    return found.group()


def test_a_token_is_shown_once_and_works(owner: Client) -> None:
    secret = make_token(owner)

    assert Client().get("/api/schema", headers=makers.bearer(secret)).status_code == 200
    assert secret not in owner.get("/p/pets/tokens/").content.decode()
    assert not Token.objects.filter(hash=secret).exists()


def test_a_revoked_token_stops_at_once(owner: Client) -> None:
    secret = make_token(owner)

    owner.post(f"/p/pets/tokens/{Token.objects.get().pk}/revoke/")

    answer = Client().get("/api/schema", headers=makers.bearer(secret))
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_token_lives_as_long_as_its_project_knows_its_person(
    project: Project, owner: Client
) -> None:
    """A lead's token does what a reviewer may once the lead is a reviewer."""
    lead = makers.make_member(project, Role.LEAD)
    secret = makers.make_token(project, Role.LEAD, lead)
    url = "/api/v1/projects/pets/quality"
    before = Client().get(url, headers=makers.bearer(secret))

    pk = lead.memberships.get().pk
    owner.post(f"/p/pets/members/{pk}/role/", {"role": "reviewer"})
    after = Client().get(url, headers=makers.bearer(secret))

    assert (before.status_code, after.status_code) == (200, 403)


SECRET = "user = ann\npassword = open sesame"
ARN = "arn:aws:sagemaker:eu-central-1:123456789012:mlflow-tracking-server/gold"


def make_connection(owner: Client, **changed: str) -> str:
    given = {
        "name": "our-mlflow",
        "kind": "mlflow",
        "uri": "https://mlflow.example.org",
        "options": '{"timeout": 5}',
        "secret": SECRET,
    }
    page = owner.post("/p/pets/connections/new/", {**given, **changed}, follow=True)
    return page.content.decode()


def test_the_secret_of_a_connection_is_kept_closed_and_never_shown(
    owner: Client,
) -> None:
    page = make_connection(owner)

    kept = Connection.objects.get()
    assert secrets.open_(bytes(kept.secret)) == {
        "user": "ann",
        "password": "open sesame",
    }
    form = owner.get(f"/p/pets/connections/{kept.pk}/").content.decode()
    log = json.dumps(list(AuditEntry.objects.values_list("before", "after")))
    assert all("sesame" not in each for each in (page, form, log))
    assert b"sesame" not in bytes(kept.secret)


def test_a_changed_connection_keeps_its_secret_until_it_is_replaced_or_forgotten(
    owner: Client,
) -> None:
    make_connection(owner)
    kept = Connection.objects.get()
    url = f"/p/pets/connections/{kept.pk}/"
    new = {"uri": "https://other.example.org", "options": "{}", "secret": ""}

    owner.post(url, new)
    kept.refresh_from_db()
    stayed = secrets.open_(bytes(kept.secret))
    owner.post(url, {**new, "secret": "password = other"})
    kept.refresh_from_db()
    replaced = secrets.open_(bytes(kept.secret))
    owner.post(url, {**new, "forget": "on"})
    kept.refresh_from_db()

    assert kept.uri == "https://other.example.org"
    assert stayed["password"] == "open sesame"
    assert replaced == {"password": "other"}
    assert bytes(kept.secret) == b""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"uri": "ftp://x"}, "must start with http:// or https://"),
        ({"uri": "https://ann:secret@x.org"}, "must not hold a password"),
        ({"options": "[1]"}, "must be a JSON object"),
        ({"options": "{"}, "Enter a valid JSON"),
        ({"secret": "no sign"}, "Each line must be"),
        ({"kind": "local"}, "stays empty"),
        ({"name": "two words"}, "valid “slug”"),
        ({"uri": "arn:aws:s3:::gold"}, "is no ARN of a managed MLflow"),
        ({"uri": f"{ARN}/and/more"}, "is no ARN of a managed MLflow"),
        ({"uri": ARN}, "calls are signed with the AWS credentials"),
        ({"uri": ARN, "kind": "s3"}, "must start with s3://"),
    ],
)
def test_a_connection_that_cannot_work_is_refused_beside_its_field(
    owner: Client, changed: dict[str, str], said: str
) -> None:
    assert said in make_connection(owner, **changed)
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "arn",
    [ARN, "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:mlflow-app/app-A1"],
)
def test_a_managed_mlflow_is_named_by_its_arn(owner: Client, arn: str) -> None:
    make_connection(owner, uri=arn, secret="")

    assert Connection.objects.get().uri == arn


def test_a_connection_name_is_taken_once(owner: Client) -> None:
    make_connection(owner)

    assert "Choose another name" in make_connection(owner)
    assert Connection.objects.count() == 1


def test_a_lead_reads_the_settings_and_an_owner_changes_them(
    project: Project, owner: Client
) -> None:
    lead = makers.sign_in(makers.make_member(project, Role.LEAD))
    new = {"name": "House pets", "description": "Small ones"}

    refused = lead.post("/p/pets/settings/", new)
    owner.post("/p/pets/settings/", new)

    assert refused.status_code == 403
    assert "House pets" in lead.get("/p/pets/settings/").content.decode()


def test_the_audit_log_shows_who_did_what_from_what_to_what(
    project: Project, owner: Client
) -> None:
    owner.post("/p/pets/settings/", {"name": "House pets"})

    page = owner.get("/p/pets/audit/").content.decode()

    assert "project described" in page
    assert "<del>Pets</del>" in page
    assert "<ins>House pets</ins>" in page


def test_the_audit_log_goes_back_page_by_page_without_a_gap(
    project: Project, owner: Client
) -> None:
    for number in range(120):
        audit.record("counted", project, f"number {number:03}", by=None)

    seen: list[str] = []
    url = "/p/pets/audit/"
    while url:
        page = owner.get(url).content.decode()
        seen += re.findall(r"number (\d+)", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        url = older.group(1) if older else ""

    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_other_projects_stay_out_of_the_audit_log(owner: Client) -> None:
    audit.record("counted", makers.make_project(), "a secret plan", by=None)

    assert "a secret plan" not in owner.get("/p/pets/audit/").content.decode()
    export = owner.get("/p/pets/audit/export.jsonl").getvalue().decode()
    assert "a secret plan" not in export


def test_the_audit_log_is_exported_as_one_object_a_line(owner: Client) -> None:
    owner.post("/p/pets/settings/", {"name": "House pets"})

    lines = owner.get("/p/pets/audit/export.jsonl").getvalue().decode().splitlines()

    last = json.loads(lines[-1])
    assert last["action"] == "project described"
    assert last["after"]["name"] == "House pets"


@pytest.mark.django_db(transaction=True)
def test_verifying_finds_an_entry_that_was_changed_in_the_database(
    project: Project, owner: Client
) -> None:
    owner.post("/p/pets/settings/", {"name": "House pets"})
    makers.seal(1)
    whole = owner.post("/p/pets/audit/verify/", follow=True).content.decode()

    with connection.cursor() as cursor:
        cursor.execute("update projects_auditentry set subject = 'other'")
    broken = owner.post("/p/pets/audit/verify/", follow=True).content.decode()

    assert "The chain is unbroken: 1 entry checked" in whole
    assert "The chain is broken at entry 1" in broken


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "١"])
def test_a_page_of_the_log_that_cannot_be_is_refused(
    owner: Client, before: str
) -> None:
    assert owner.get("/p/pets/audit/", {"before": before}).status_code == 400
