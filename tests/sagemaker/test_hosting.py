"""Endpoints come up, answer and fail as SageMaker's do."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.sagemaker.makers import (
    deploy,
    invoke,
    make_bucket,
    make_config,
    make_model,
    variant,
)
from tests.sagemaker.standin import Standin


@pytest.fixture(autouse=True)
def _bucket(sagemaker: Standin) -> None:
    make_bucket(sagemaker)


def make(sagemaker: Standin, name: str, **answer: object) -> None:
    make_model(sagemaker, name, answer)
    make_config(sagemaker, name)


def test_an_endpoint_answers_with_its_model(sagemaker: Standin) -> None:
    make(sagemaker, "v1", body={"label": "owl"})
    client = sagemaker.client("sagemaker")

    client.create_endpoint(EndpointName="birds", EndpointConfigName="v1")

    creating = client.describe_endpoint(EndpointName="birds")
    assert creating["EndpointStatus"] == "Creating"
    client.get_waiter("endpoint_in_service").wait(
        EndpointName="birds", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
    )
    answer = invoke(sagemaker, CustomAttributes="trace=1")
    assert answer["answer"] == {"label": "owl"}
    assert answer["InvokedProductionVariant"] == "all"
    assert answer["CustomAttributes"] == "trace=1"


def test_two_variants_share_the_calls_by_weight(sagemaker: Standin) -> None:
    make_model(sagemaker, "a", {"body": "a"})
    make_model(sagemaker, "b", {"body": "b"})
    variants = [
        variant("a", "one", InitialVariantWeight=3.0),
        variant("b", "two", InitialVariantWeight=1.0),
    ]
    make_config(sagemaker, "both", ProductionVariants=variants)
    deploy(sagemaker, "both")

    answers = [invoke(sagemaker)["answer"] for _ in range(8)]

    assert (answers.count("a"), answers.count("b")) == (6, 2)
    assert invoke(sagemaker, TargetVariant="two")["answer"] == "b"


def test_an_error_of_the_model_comes_with_its_status(sagemaker: Standin) -> None:
    make(sagemaker, "v1", status=422, body="no such column")
    deploy(sagemaker, "v1")

    with pytest.raises(ClientError) as error:
        invoke(sagemaker)

    assert error.value.response["Error"]["Code"] == "ModelError"
    assert error.value.response["OriginalStatusCode"] == 422
    assert error.value.response["OriginalMessage"] == '"no such column"'
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424


def test_a_model_that_does_not_come_up_fails_its_endpoint(sagemaker: Standin) -> None:
    make(sagemaker, "v1", exit=1)

    with pytest.raises(WaiterError):
        deploy(sagemaker, "v1")

    client = sagemaker.client("sagemaker")
    found = client.describe_endpoint(EndpointName="birds")
    assert found["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in found["FailureReason"]


def test_an_archive_that_is_missing_fails_its_endpoint(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    key = "models/v1/model.tar.gz"
    sagemaker.client("s3").delete_object(Bucket="overread", Key=key)

    with pytest.raises(WaiterError):
        deploy(sagemaker, "v1")

    client = sagemaker.client("sagemaker")
    found = client.describe_endpoint(EndpointName="birds")
    assert found["FailureReason"].startswith("Failed to download model data")


def test_what_is_no_archive_fails_its_endpoint(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    sagemaker.store.put("s3://overread/models/v1/model.tar.gz", b"no archive")

    with pytest.raises(WaiterError):
        deploy(sagemaker, "v1")

    client = sagemaker.client("sagemaker")
    found = client.describe_endpoint(EndpointName="birds")
    assert "cannot be unpacked" in found["FailureReason"]


def test_names_are_taken_once_and_missing_things_are_not_valid(
    sagemaker: Standin,
) -> None:
    make(sagemaker, "v1")
    client = sagemaker.client("sagemaker")

    for call in (
        lambda: make_model(sagemaker, "v1", {}),
        lambda: make_config(sagemaker, "v1"),
        lambda: make_config(sagemaker, "without-a-model"),
        lambda: client.create_endpoint(EndpointName="e", EndpointConfigName="no"),
        lambda: client.describe_endpoint(EndpointName="no"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "ValidationException"


def test_a_deleted_endpoint_is_gone_with_its_process(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    deploy(sagemaker, "v1")
    client = sagemaker.client("sagemaker")
    process = sagemaker.parts.endpoints.endpoints["birds"].fleet.variants["all"].process

    client.delete_endpoint(EndpointName="birds")

    client.get_waiter("endpoint_deleted").wait(
        EndpointName="birds", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
    )
    assert process is not None
    assert process.poll() is not None
    with pytest.raises(ClientError, match="not found"):
        invoke(sagemaker)


def test_an_endpoint_beyond_the_limit_is_refused(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    sagemaker.state.limits["ml.m5.large for endpoint usage"] = 1
    deploy(sagemaker, "v1")
    client = sagemaker.client("sagemaker")

    with pytest.raises(client.exceptions.ResourceLimitExceeded):
        client.create_endpoint(EndpointName="second", EndpointConfigName="v1")


def test_weights_change_without_a_new_configuration(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    deploy(sagemaker, "v1")
    client = sagemaker.client("sagemaker")

    client.update_endpoint_weights_and_capacities(
        EndpointName="birds",
        DesiredWeightsAndCapacities=[{"VariantName": "all", "DesiredWeight": 0.5}],
    )

    client.get_waiter("endpoint_in_service").wait(
        EndpointName="birds", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
    )
    found = client.describe_endpoint(EndpointName="birds")
    assert found["ProductionVariants"][0]["CurrentWeight"] == 0.5
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_a_failed_endpoint_can_only_be_deleted(sagemaker: Standin) -> None:
    make(sagemaker, "bad", exit=1)
    with pytest.raises(WaiterError):
        deploy(sagemaker, "bad")
    client = sagemaker.client("sagemaker")

    with pytest.raises(ClientError, match="can only be deleted"):
        client.update_endpoint(EndpointName="birds", EndpointConfigName="bad")

    client.delete_endpoint(EndpointName="birds")


def test_no_process_outlives_a_test(sagemaker: Standin) -> None:
    make(sagemaker, "v1")
    deploy(sagemaker, "v1")
    process = sagemaker.parts.endpoints.endpoints["birds"].fleet.variants["all"].process

    sagemaker.reset()

    assert process is not None
    assert process.poll() is not None


def test_what_an_archive_does_not_have_is_no_model(sagemaker: Standin) -> None:
    make_model(sagemaker, "v1", {})
    make_config(sagemaker, "v1")
    deploy(sagemaker, "v1")

    assert invoke(sagemaker, Body=b'{"said": "again"}')["answer"] == {"said": "again"}
