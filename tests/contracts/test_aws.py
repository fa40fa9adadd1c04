"""How AWS is reached by a connection, and what its refusals say to people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
import requests
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings
from time_machine import travel

from registry_bridge.gateways import aws, choose
from registry_bridge.gateways.choose import ConnectionSettings
from registry_bridge.gateways.ports import Missing, QuotaReached, Rejected, Unreachable

ROLE = "arn:aws:iam::123456789012:role/overread"
ADDRESSES = ("s3", "sts", "sagemaker")


@pytest.fixture(scope="module")
def cloud() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # All stand-ins of a process share what they keep.
    requests.post(f"{url}/moto-api/reset", timeout=10)
    yield url
    server.stop()


def connection(cloud: str, **options: Any) -> ConnectionSettings:
    given = {
        "region": "eu-central-1",
        "endpoint_urls": dict.fromkeys(ADDRESSES, cloud),
        **options,
    }
    return ConnectionSettings("aws", "s3://machines/birds", given)


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials as boto3 finds them on a machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "known")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "to everybody")


def who(found: ConnectionSettings) -> str:
    return str(aws.client(found, "sts").get_caller_identity()["Arn"])


@pytest.mark.usefixtures("chain")
def test_the_usual_chain_is_used_where_nothing_else_is_said(cloud: str) -> None:
    client = aws.client(connection(cloud), "sagemaker")

    assert client.meta.region_name == "eu-central-1"
    assert client.meta.endpoint_url == cloud
    assert client.meta.config.retries["mode"] == "standard"
    assert client._request_signer._credentials.access_key == "known"


@pytest.mark.usefixtures("chain")
def test_a_role_is_taken_on_with_its_external_id(cloud: str) -> None:
    found = connection(cloud, role_arn=ROLE, external_id="birds-7")

    assert "assumed-role/overread/overread" in who(found)


@pytest.mark.usefixtures("chain")
def test_rights_of_a_role_are_renewed_by_themselves(cloud: str) -> None:
    client = aws.client(connection(cloud, role_arn=ROLE), "sts")
    with travel("2026-11-23T12:00:00Z", tick=False) as clock:
        client.get_caller_identity()
        credentials = client._request_signer._credentials
        before = credentials.get_frozen_credentials()

        clock.shift(timedelta(minutes=59))

        assert credentials.get_frozen_credentials().token != before.token


def test_a_name_that_leads_to_this_machine_is_not_called(
    cloud: str, settings: Settings
) -> None:
    settings.AWS_PRIVATE = False
    port = cloud.rpartition(":")[2]
    found = connection(f"http://localhost.localdomain:{port}")
    with patch("socket.getaddrinfo", return_value=[(2, 1, 6, "", ("127.0.0.1", 80))]):
        with pytest.raises(Rejected, match="OVERREAD_AWS_PRIVATE"):
            aws.client(found, "s3")
        with pytest.raises(Rejected, match="OVERREAD_AWS_PRIVATE"):
            aws.bucket(found).exists("a")


def test_keys_of_the_connection_come_before_the_chain(cloud: str) -> None:
    found = connection(cloud, access_key_id="own", secret_access_key="key")

    client = aws.client(found, "s3")

    assert client._request_signer._credentials.access_key == "own"


@pytest.mark.usefixtures("chain")
def test_its_folder_of_a_bucket_is_an_object_store(cloud: str) -> None:
    found = connection(cloud, role_arn=ROLE)
    aws.client(found, "s3").create_bucket(
        Bucket="machines",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    store = choose.objects(found)

    address = store.put("jobs/1/data.jsonl", b"{}")

    assert address == "s3://machines/birds/jobs/1/data.jsonl"
    with store.open("jobs/1/data.jsonl") as file:
        assert file.read() == b"{}"
    with pytest.raises(Missing):
        store.open("jobs/2/data.jsonl")


def test_without_credentials_a_person_is_told_where_to_put_them(
    cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3.session.Session, "get_credentials", lambda _self: None)

    with pytest.raises(Rejected, match="give its machine a role"):
        aws.client(connection(cloud, role_arn=ROLE), "s3")


def refusal(code: str, status: int = 400, said: str = "So it is.") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": said},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "CreateTrainingJob",
    )


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (
            refusal("AccessDeniedException", 400, "no statement allows it"),
            Rejected,
            "does not allow CreateTrainingJob on the training digits-1.*policy",
        ),
        (refusal("ExpiredTokenException", 403), Unreachable, "have ended.*role"),
        (refusal("InvalidClientTokenId", 403), Rejected, "does not know the cred"),
        (refusal("ThrottlingException"), Unreachable, "come back later"),
        (refusal("InternalServerError", 500), Unreachable, "come back later"),
        (
            refusal("ResourceLimitExceeded", 400, "ml.p4d.24xlarge: 0 Instances."),
            QuotaReached,
            r"quota.*ml\.p4d\.24xlarge.*Service Quotas",
        ),
        (refusal("ValidationException", 400, "bad name"), Rejected, "bad name"),
        (EndpointConnectionError(endpoint_url="x"), Unreachable, "does not answer"),
        (ParamValidationError(report="no such member"), Rejected, "no such member"),
        (NoCredentialsError(), Rejected, "no credentials"),
    ],
)
def test_a_refusal_says_what_it_means_and_who_must_do_what(
    error: Exception, kind: type[Exception], says: str
) -> None:
    with (
        pytest.raises(kind, match=says) as found,
        aws.plain_errors("the training digits-1"),
    ):
        raise error

    assert type(found.value) is kind


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (refusal("ResourceNotFound"), True),
        (refusal("ValidationException", said="Could not find endpoint x."), True),
        (refusal("ValidationException", said="Requested resource not found."), True),
        (refusal("ValidationError", said="Endpoint x of account 1 not found."), True),
        (refusal("ValidationException", said="1 validation error"), False),
        (refusal("AccessDenied", 403, "not found"), False),
    ],
)
def test_what_is_not_there_is_told_from_what_is_wrong(
    error: ClientError, *, absent: bool
) -> None:
    assert aws.is_absent(error) is absent
