"""What goes wrong on purpose goes wrong as at AWS."""

from __future__ import annotations

import time
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from tests.sagemaker import wire
from tests.sagemaker.contract import python_pattern
from tests.sagemaker.errors import Killed
from tests.sagemaker.faults import drop, kill
from tests.sagemaker.hook import CHECKER
from tests.sagemaker.makers import training
from tests.sagemaker.standin import Standin


def code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_throttled_calls_are_tried_again_by_boto3(sagemaker: Standin) -> None:
    sagemaker.faults.throttle("ListModels", calls=2)

    found = sagemaker.client("sagemaker").list_models()

    assert found["ResponseMetadata"]["RetryAttempts"] == 2
    errors = [each.error for each in sagemaker.calls_of("ListModels")]
    assert errors == ["ThrottlingException", "ThrottlingException", ""]


def test_a_denied_action_is_named(sagemaker: Standin) -> None:
    sagemaker.faults.deny("CreateTrainingJob")
    client = sagemaker.client("sagemaker")

    with pytest.raises(
        ClientError, match="not authorized to perform: sagemaker:CreateTrainingJob"
    ):
        client.create_training_job(**training())
    sagemaker.faults.clear()
    client.create_training_job(**training())


def test_an_expired_token_is_not_tried_again(sagemaker: Standin) -> None:
    sagemaker.faults.expire_token()

    found = code(sagemaker.client("sagemaker").list_models)

    assert found == "ExpiredTokenException"
    assert len(sagemaker.calls) == 1


def test_a_lost_answer_leaves_the_work_done(sagemaker: Standin) -> None:
    sagemaker.faults.after("CreateTrainingJob", 1, drop)
    client = sagemaker.client("sagemaker")

    found = code(lambda: client.create_training_job(**training()))

    # boto3 sent it again by itself, and the name was taken by then
    assert found == "ResourceInUse"
    assert len(sagemaker.calls_of("CreateTrainingJob")) == 2
    assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 1


def test_a_caller_can_be_killed_between_two_steps(sagemaker: Standin) -> None:
    sagemaker.faults.after("CreateTrainingJob", 1, kill)
    client = sagemaker.client("sagemaker")

    with pytest.raises(Killed):
        client.create_training_job(**training())

    assert len(sagemaker.calls) == 1
    assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 1


def test_a_late_answer_comes(sagemaker: Standin) -> None:
    sagemaker.faults.delay("ListModels", 0.1)
    client = sagemaker.client("sagemaker")
    began = time.monotonic()

    client.list_models()

    assert time.monotonic() - began >= 0.1


def test_the_environment_leads_boto3_here(sagemaker: Standin) -> None:
    boto3.client("sagemaker").list_models()
    boto3.client("s3").create_bucket(Bucket="anywhere")

    assert len(sagemaker.calls_of("ListModels")) == 1
    names = [each["Name"] for each in sagemaker.client("s3").list_buckets()["Buckets"]]
    assert names == ["anywhere"]


def test_something_can_be_done_between_two_steps(sagemaker: Standin) -> None:
    seen: list[int] = []
    sagemaker.faults.after("ListModels", 2, lambda: seen.append(len(sagemaker.calls)))
    client = sagemaker.client("sagemaker")

    for _ in range(3):
        client.list_models()

    assert seen == [2]


def test_errors_of_the_server_end_after_their_number(sagemaker: Standin) -> None:
    sagemaker.faults.fail("ListModels", calls=1)

    found = sagemaker.client("sagemaker").list_models()

    assert found["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"TrainingJobName": "retrain_1"}, "pattern"),
        ({"TrainingJobName": "a" * 64}, "length less than or equal to 63"),
        ({"HyperParameters": {"note": "a\nb"}}, "pattern"),
        ({"HyperParameters": {"note": "a" * 2501}}, "length less than or equal to"),
        (
            {"ResourceConfig": {"InstanceType": "ml.none", "VolumeSizeInGB": 1}},
            "enum value set",
        ),
        ({"Tags": [{"Key": "#", "Value": "x"}]}, "pattern"),
    ],
)
def test_what_breaks_the_contract_is_refused(
    sagemaker: Standin, change: dict[str, object], rule: str
) -> None:
    client = sagemaker.client("sagemaker")

    with (
        CHECKER.expecting() as found,
        pytest.raises(ClientError, match="ValidationException") as error,
    ):
        client.create_training_job(**{**training(), **change})

    assert rule in str(error.value)
    assert rule in found[0]


def test_a_call_that_breaks_the_contract_does_not_leave_the_test(
    sagemaker: Standin,
) -> None:
    client = sagemaker.client("sagemaker")

    with pytest.raises(AssertionError, match="AWS would refuse"):
        client.create_training_job(**training("retrain_1"))

    assert CHECKER.take() != []
    assert sagemaker.calls == []


def test_what_is_not_done_is_said_and_fails_the_test(sagemaker: Standin) -> None:
    found = code(lambda: sagemaker.client("sagemaker").list_labeling_jobs())

    assert found == "UnknownOperationException"
    assert sagemaker.problems == ["The stand-in does not do ListLabelingJobs."]
    # else this test would fail
    sagemaker.problems.clear()


def test_nothing_is_left_for_the_next_test(sagemaker: Standin) -> None:
    client = sagemaker.client("sagemaker")
    client.create_training_job(**training())
    sagemaker.faults.expire_token()

    sagemaker.reset()

    assert client.list_training_jobs()["TrainingJobSummaries"] == []
    assert len(sagemaker.calls) == 1


@pytest.mark.parametrize(
    "service",
    [
        *("sagemaker", "sagemaker-runtime", "sagemaker-a2i-runtime", "s3", "sqs"),
        *("sns", "events", "cloudwatch", "sts"),
    ],
)
def test_all_patterns_of_aws_can_be_read(service: str) -> None:
    model: ServiceModel = wire.service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    patterns = {each.metadata.get("pattern") for each in shapes} - {None}

    for pattern in patterns:
        python_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"\p{ASCII}*", "text/csv", True),
        (r"\p{ASCII}*", "naïve", False),
        (r"\A\S[\p{Print}]*\z", "retrain 1", True),
        (r"\A\S[\p{Print}]*\z", "naïve", False),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 1/2", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "a#b", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "🦉", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a\x00", False),
    ],
)
def test_patterns_mean_what_they_mean_in_java(
    pattern: str, text: str, fits: bool
) -> None:
    assert bool(python_pattern(pattern).fullmatch(text)) is fits
