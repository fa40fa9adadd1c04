"""An owner tries a connection: the page and the command say which permission is missing."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from projects.connections import Wanted, make
from projects.models import Connection, Project, Role
from tests import makers
from tests.contracts.machines import make_machines
from tests.sagemaker.standin import Standin

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return makers.make_project("pets")


@pytest.fixture
def owner(project: Project) -> Client:
    return makers.sign_in(makers.make_member(project, Role.OWNER))


@pytest.fixture
def machines(project: Project, sagemaker: Standin) -> Connection:
    given = make_machines(sagemaker)
    keys = ("access_key_id", "secret_access_key")
    options = {name: each for name, each in given.options.items() if name not in keys}
    secret = {name: str(given.options[name]) for name in keys}
    return make(project, Wanted("machines", "aws", given.uri, options, secret), None)


def test_the_page_says_permission_by_permission_what_is_allowed(
    owner: Client, machines: Connection, sagemaker: Standin
) -> None:
    sagemaker.faults.deny("DescribeModel")
    form = owner.get(f"/p/pets/connections/{machines.pk}/").content.decode()

    page = owner.post(f"/p/pets/connections/{machines.pk}/try/").content.decode()

    assert f"/p/pets/connections/{machines.pk}/try/" in form
    assert "sagemaker:DescribeModel" in page
    assert "must allow it in its policy" in page
    assert page.count("<strong>no</strong>") == 1
    assert "to everybody" not in page


def test_the_command_fails_where_a_permission_is_missing(
    machines: Connection, sagemaker: Standin
) -> None:
    said = io.StringIO()
    call_command("connection", project="pets", name=machines.name, stdout=said)

    sagemaker.faults.deny("DescribeEndpoint")
    with pytest.raises(CommandError, match="Permissions are missing"):
        call_command("connection", project="pets", name="machines", stdout=said)

    assert "yes s3:PutObject on s3://machines/birds" in said.getvalue()
    assert "NO  sagemaker:DescribeEndpoint" in said.getvalue()


def test_only_connections_to_aws_are_tried(owner: Client, project: Project) -> None:
    here = make(project, Wanted("here", "local"), None)

    answer = owner.post(f"/p/pets/connections/{here.pk}/try/")

    assert answer.status_code == 409
    with pytest.raises(CommandError, match="Only connections to AWS"):
        call_command("connection", project="pets", name="here")
