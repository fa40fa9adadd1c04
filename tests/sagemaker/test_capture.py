"""What endpoints answered lies in S3; shadows are asked too; answers may come later."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sagemaker.makers import (
    BUCKET,
    IMAGE,
    archive,
    deploy,
    invoke,
    make_bucket,
    make_config,
    make_model,
    variant,
)
from tests.sagemaker.names import ROLE
from tests.sagemaker.standin import Standin

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.fixture(autouse=True)
def _model(sagemaker: Standin) -> None:
    make_bucket(sagemaker)
    make_model(sagemaker, "v1", {"body": {"label": "owl"}})


def captured(sagemaker: Standin) -> dict[str, list[dict[str, Any]]]:
    """Return the records by the key of their file."""
    sagemaker.flush_capture()
    keys = sorted(sagemaker.store.keys(f"s3://{BUCKET}/captured/"))
    return {
        key: [
            json.loads(line)
            for line in sagemaker.store.get(f"s3://{BUCKET}/{key}").splitlines()
        ]
        for key in keys
    }


def test_a_captured_call_has_aws_form_and_place(sagemaker: Standin) -> None:
    make_config(sagemaker, "v1", DataCaptureConfig=CAPTURE)
    deploy(sagemaker, "v1")
    # an hour is 18 s of ours: it may end in between
    sagemaker.clock.stop()

    invoke(sagemaker, InferenceId="p-1", CustomAttributes="trace=1")

    [(key, [record])] = captured(sagemaker).items()
    now = sagemaker.clock.now()
    assert key.startswith(f"captured/birds/all/{now:%Y/%m/%d/%H}/")
    assert key.endswith(".jsonl")
    assert record["captureData"] == {
        "endpointInput": {
            "observedContentType": "application/json",
            "mode": "INPUT",
            "data": '{"x": 1}',
            "encoding": "JSON",
        },
        "endpointOutput": {
            "observedContentType": "application/json",
            "mode": "OUTPUT",
            "data": '{"label": "owl"}',
            "encoding": "JSON",
        },
    }
    assert record["eventVersion"] == "0"
    assert record["eventMetadata"]["inferenceId"] == "p-1"
    assert record["eventMetadata"]["customAttributes"] == ["trace=1"]
    assert record["eventMetadata"]["inferenceTime"].endswith("Z")


def test_other_types_are_captured_in_base64(sagemaker: Standin) -> None:
    make_config(sagemaker, "v1", DataCaptureConfig=CAPTURE)
    deploy(sagemaker, "v1")

    invoke(sagemaker, Body=b"\x89PNG", ContentType="image/png")

    [[record]] = captured(sagemaker).values()
    found = record["captureData"]["endpointInput"]
    assert found["encoding"] == "BASE64"
    assert base64.b64decode(found["data"]) == b"\x89PNG"


def test_a_share_of_the_calls_is_captured(sagemaker: Standin) -> None:
    make_config(
        sagemaker, "v1", DataCaptureConfig={**CAPTURE, "InitialSamplingPercentage": 25}
    )
    deploy(sagemaker, "v1")

    for _ in range(8):
        invoke(sagemaker)

    assert sum(len(records) for records in captured(sagemaker).values()) == 2


def test_a_capture_is_written_by_itself_after_a_while(sagemaker: Standin) -> None:
    make_config(sagemaker, "v1", DataCaptureConfig=CAPTURE)
    deploy(sagemaker, "v1")
    sagemaker.clock.stop()
    invoke(sagemaker)
    assert list(sagemaker.store.keys(f"s3://{BUCKET}/captured/")) == []

    sagemaker.clock.run(1000)

    sagemaker.wait(
        lambda: len(list(sagemaker.store.keys(f"s3://{BUCKET}/captured/"))) == 1
    )


def test_a_shadow_is_asked_the_same_and_not_heard(sagemaker: Standin) -> None:
    make_model(sagemaker, "v2", {"body": {"label": "hawk"}})
    make_config(
        sagemaker,
        "both",
        ProductionVariants=[variant("v1")],
        ShadowProductionVariants=[variant("v2", "shadow")],
        DataCaptureConfig=CAPTURE,
    )
    deploy(sagemaker, "both")

    answers = [invoke(sagemaker, InferenceId=f"p-{n}")["answer"] for n in range(3)]

    assert answers == [{"label": "owl"}] * 3
    seen: dict[str, set[str]] = {}

    def is_all_there() -> bool:
        for key, records in captured(sagemaker).items():
            ids = {each["eventMetadata"]["inferenceId"] for each in records}
            seen.setdefault(key.split("/")[2], set()).update(ids)
        return len(seen.get("shadow", ())) == 3

    sagemaker.wait(is_all_there)
    assert seen == {"all": {"p-0", "p-1", "p-2"}, "shadow": {"p-0", "p-1", "p-2"}}


def make_async(sagemaker: Standin, topic: str, model: str = "v1") -> None:
    output = {
        "S3OutputPath": f"s3://{BUCKET}/answers",
        "S3FailurePath": f"s3://{BUCKET}/failures",
        "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
    }
    make_config(sagemaker, model, AsyncInferenceConfig={"OutputConfig": output})
    deploy(sagemaker, model)
    sagemaker.store.put(f"s3://{BUCKET}/asked/1.json", b'{"x": 1}')


def subscribe(sagemaker: Standin) -> tuple[str, str]:
    """Return a topic and the queue that hears it."""
    sns, sqs = sagemaker.client("sns"), sagemaker.client("sqs")
    topic = sns.create_topic(Name="answers")["TopicArn"]
    queue = sqs.create_queue(QueueName="answers")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue


def heard(sagemaker: Standin, queue: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        answer = sagemaker.client("sqs").receive_message(QueueUrl=queue)
        found.extend(answer.get("Messages", []))
        return bool(found)

    sagemaker.wait(is_there)
    message: dict[str, Any] = json.loads(json.loads(found[0]["Body"])["Message"])
    return message


def ask_later(sagemaker: Standin) -> dict[str, Any]:
    found: dict[str, Any] = sagemaker.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName="birds",
        InputLocation=f"s3://{BUCKET}/asked/1.json",
        ContentType="application/json",
        InferenceId="p-1",
    )
    return found


def test_an_answer_may_come_later_and_is_told_of(sagemaker: Standin) -> None:
    topic, queue = subscribe(sagemaker)
    make_async(sagemaker, topic)

    asked = ask_later(sagemaker)

    assert asked["ResponseMetadata"]["HTTPStatusCode"] == 202
    message = heard(sagemaker, queue)
    assert message["invocationStatus"] == "Completed"
    assert message["inferenceId"] == asked["InferenceId"] == "p-1"
    place = message["responseParameters"]["outputLocation"]
    assert place == asked["OutputLocation"]
    assert json.loads(sagemaker.store.get(place)) == {"label": "owl"}
    with pytest.raises(ClientError, match="InvokeEndpointAsync only"):
        invoke(sagemaker)


def test_a_failure_that_comes_later_is_told_of(sagemaker: Standin) -> None:
    topic, queue = subscribe(sagemaker)
    make_model(sagemaker, "bad", {"status": 500, "body": "broken"})
    make_async(sagemaker, topic, "bad")

    asked = ask_later(sagemaker)

    assert heard(sagemaker, queue)["invocationStatus"] == "Failed"
    assert b"broken" in sagemaker.store.get(asked["FailureLocation"])


@pytest.mark.parametrize(
    ("others", "what"),
    [
        ({"DataCaptureConfig": CAPTURE}, "data capture"),
        (
            {
                "AsyncInferenceConfig": {
                    "OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/a"}
                }
            },
            "asynchronous",
        ),
    ],
)
def test_serverless_endpoints_exclude_some_things(
    sagemaker: Standin, others: dict[str, Any], what: str
) -> None:
    one = {"VariantName": "all", "ModelName": "v1", "ServerlessConfig": SERVERLESS}

    with pytest.raises(ClientError, match=f"do not support {what}"):
        make_config(sagemaker, "v1", ProductionVariants=[one], **others)

    make_config(sagemaker, "v1", ProductionVariants=[one])
    deploy(sagemaker, "v1")
    assert invoke(sagemaker)["answer"] == {"label": "owl"}


def test_one_endpoint_serves_many_models(sagemaker: Standin) -> None:
    for name in ("a", "b"):
        data = archive({"answer.json": json.dumps({"body": name})})
        sagemaker.store.put(f"s3://{BUCKET}/many/{name}.tar.gz", data)
    container = {"Image": IMAGE, "Mode": "MultiModel"}
    sagemaker.client("sagemaker").create_model(
        ModelName="many",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={**container, "ModelDataUrl": f"s3://{BUCKET}/many/"},
    )
    make_config(sagemaker, "many")
    deploy(sagemaker, "many")

    asked = ["a.tar.gz", "b.tar.gz", "a.tar.gz"]
    answers = [invoke(sagemaker, TargetModel=each)["answer"] for each in asked]

    assert answers == ["a", "b", "a"]
    with pytest.raises(ClientError, match="which need it"):
        invoke(sagemaker)
    with pytest.raises(ClientError, match="Failed to download model data"):
        invoke(sagemaker, TargetModel="c.tar.gz")
