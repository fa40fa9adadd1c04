"""A pipeline waits for the answer to its callback; a monitor's results lie in S3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sagemaker.makers import (
    BUCKET,
    IMAGE,
    make_bucket,
    put_script,
    training,
)
from tests.sagemaker.names import ROLE
from tests.sagemaker.standin import Standin

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def queue(sagemaker: Standin) -> str:
    return str(sagemaker.client("sqs").create_queue(QueueName="gate")["QueueUrl"])


def start(sagemaker: Standin, *steps: dict[str, Any], **others: Any) -> str:
    """Make a pipeline of these steps and start it once."""
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Project", "Type": "String", "DefaultValue": "birds"}],
        "Steps": list(steps),
    }
    client = sagemaker.client("sagemaker")
    client.create_pipeline(
        PipelineName="retrain",
        PipelineDefinition=json.dumps(definition),
        RoleArn=ROLE,
        ClientRequestToken=TOKEN,
    )
    found = client.start_pipeline_execution(PipelineName="retrain", **others)
    return str(found["PipelineExecutionArn"])


def gate(queue: str) -> dict[str, Any]:
    return {
        "Name": "Review",
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "Arguments": {"project": {"Get": "Parameters.Project"}},
        "OutputParameters": [{"OutputName": "verdict", "OutputType": "String"}],
    }


FAIL = {
    "Name": "Fail",
    "Type": "Fail",
    "Arguments": {"ErrorMessage": {"Get": "Steps.Review.OutputParameters['verdict']"}},
}


def heard(sagemaker: Standin, queue: str) -> dict[str, Any]:
    """Wait for a message, and take it."""
    found: list[dict[str, Any]] = []
    sqs = sagemaker.client("sqs")

    def is_there() -> bool:
        found.extend(sqs.receive_message(QueueUrl=queue).get("Messages", []))
        return bool(found)

    sagemaker.wait(is_there)
    handle = found[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    message: dict[str, Any] = json.loads(found[0]["Body"])
    return message


def wait_for(sagemaker: Standin, execution: str, status: str) -> dict[str, Any]:
    client = sagemaker.client("sagemaker")

    def seen() -> dict[str, Any]:
        found: dict[str, Any]
        found = client.describe_pipeline_execution(PipelineExecutionArn=execution)
        return found

    sagemaker.wait(lambda: seen()["PipelineExecutionStatus"] == status)
    return seen()


def steps(sagemaker: Standin, execution: str) -> dict[str, str]:
    found = sagemaker.client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=execution
    )["PipelineExecutionSteps"]
    return {each["StepName"]: each["StepStatus"] for each in found}


def test_a_callback_waits_and_hands_its_answer_on(
    sagemaker: Standin, queue: str
) -> None:
    execution = start(sagemaker, gate(queue), FAIL)
    message = heard(sagemaker, queue)
    client = sagemaker.client("sagemaker")

    client.send_pipeline_execution_step_success(
        CallbackToken=message["token"],
        OutputParameters=[{"Name": "verdict", "Value": "not good enough"}],
    )

    assert message["pipelineExecutionArn"] == execution
    assert message["arguments"] == {"project": "birds"}
    found = wait_for(sagemaker, execution, "Failed")
    assert "not good enough" in found["FailureReason"]
    assert steps(sagemaker, execution) == {"Review": "Succeeded", "Fail": "Failed"}


def test_a_refusal_fails_the_execution(sagemaker: Standin, queue: str) -> None:
    execution = start(sagemaker, gate(queue))
    token = heard(sagemaker, queue)["token"]

    sagemaker.client("sagemaker").send_pipeline_execution_step_failure(
        CallbackToken=token, FailureReason="The lead said no."
    )

    assert (
        "The lead said no." in wait_for(sagemaker, execution, "Failed")["FailureReason"]
    )


def test_an_answer_counts_once_however_often_it_is_sent(
    sagemaker: Standin, queue: str
) -> None:
    execution = start(sagemaker, gate(queue))
    answer = {"CallbackToken": heard(sagemaker, queue)["token"]}
    client = sagemaker.client("sagemaker")

    for _ in range(2):
        client.send_pipeline_execution_step_success(
            **answer, ClientRequestToken=TOKEN[::-1]
        )

    wait_for(sagemaker, execution, "Succeeded")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.send_pipeline_execution_step_success(**answer)


def test_the_same_token_starts_one_execution(sagemaker: Standin, queue: str) -> None:
    token = TOKEN[::-1]
    first = start(sagemaker, gate(queue), ClientRequestToken=token)
    client = sagemaker.client("sagemaker")

    again = client.start_pipeline_execution(
        PipelineName="retrain", ClientRequestToken=token
    )

    assert again["PipelineExecutionArn"] == first
    found = client.list_pipeline_executions(PipelineName="retrain")
    assert len(found["PipelineExecutionSummaries"]) == 1


def test_a_stopped_pipeline_tells_its_callback_and_waits(
    sagemaker: Standin, queue: str
) -> None:
    execution = start(sagemaker, gate(queue))
    token = heard(sagemaker, queue)["token"]
    client = sagemaker.client("sagemaker")

    client.stop_pipeline_execution(PipelineExecutionArn=execution)

    again = heard(sagemaker, queue)
    assert (again["token"], again["status"]) == (token, "Stopping")
    wait_for(sagemaker, execution, "Stopping")
    client.send_pipeline_execution_step_success(CallbackToken=token)
    wait_for(sagemaker, execution, "Stopped")


def test_a_pipeline_trains(sagemaker: Standin) -> None:
    make_bucket(sagemaker)
    put_script(sagemaker, "print('trained')")
    asked = {k: v for k, v in training().items() if k != "TrainingJobName"}

    execution = start(
        sagemaker, {"Name": "Train", "Type": "Training", "Arguments": asked}
    )

    wait_for(sagemaker, execution, "Succeeded")
    jobs = sagemaker.client("sagemaker").list_training_jobs()
    [job] = jobs["TrainingJobSummaries"]
    assert job["TrainingJobStatus"] == "Completed"


def make_schedule(sagemaker: Standin) -> None:
    output = {"S3Uri": f"s3://{BUCKET}/monitor", "LocalPath": "/opt/ml/processing/out"}
    machine = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
    sagemaker.client("sagemaker").create_monitoring_schedule(
        MonitoringScheduleName="daily",
        MonitoringScheduleConfig={
            "MonitoringJobDefinition": {
                "MonitoringInputs": [
                    {"EndpointInput": {"EndpointName": "birds", "LocalPath": "/in"}}
                ],
                "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
                "MonitoringResources": {"ClusterConfig": machine},
                "MonitoringAppSpecification": {"ImageUri": IMAGE},
                "RoleArn": ROLE,
            }
        },
    )


def test_a_monitor_leaves_its_results_in_s3(sagemaker: Standin) -> None:
    make_bucket(sagemaker)
    make_schedule(sagemaker)
    broken = {
        "feature_name": "length",
        "constraint_check_type": "baseline_drift_check",
        "description": "too far",
    }

    place = sagemaker.monitor(
        "daily",
        statistics={"version": 0},
        constraint_violations={"violations": [broken]},
    )

    client = sagemaker.client("sagemaker")
    [row] = client.list_monitoring_executions(EndpointName="birds")[
        "MonitoringExecutionSummaries"
    ]
    assert row["MonitoringExecutionStatus"] == "CompletedWithViolations"
    name = row["ProcessingJobArn"].rpartition("/")[2]
    job = client.describe_processing_job(ProcessingJobName=name)
    [output] = job["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == place
    found = sagemaker.store.get(f"{place}/constraint_violations.json")
    assert json.loads(found)["violations"] == [broken]
    listed = client.list_monitoring_schedules(EndpointName="birds")
    assert len(listed["MonitoringScheduleSummaries"]) == 1
