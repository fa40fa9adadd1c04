"""Training jobs run, and end, as SageMaker's do."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.sagemaker.images import Image
from tests.sagemaker.makers import (
    BUCKET,
    IMAGE,
    make_bucket,
    put_script,
    train,
    training,
    wait_for_training,
)
from tests.sagemaker.names import REGION
from tests.sagemaker.standin import Standin

GOOD = """
import json, os, sys
from pathlib import Path
rows = Path(os.environ["SM_CHANNEL_TRAIN"], "deep", "rows.csv").read_text()
Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(rows)
Path(os.environ["SM_OUTPUT_DATA_DIR"], "metrics.json").write_text(json.dumps(sys.argv[1:]))
print("acc=0.91")
print("acc=0.93")
"""
UNTIL_STOPPED = """
import os, signal, sys, time
from pathlib import Path
checkpoints = Path("/opt/ml/checkpoints")
if "SAGEMAKER_BASE_DIR" in os.environ:
    checkpoints = Path(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
seen = checkpoints / "step"
if seen.is_file():
    Path(os.environ["SM_MODEL_DIR"], "resumed").write_text(seen.read_text())
    sys.exit(0)
def end(*_):
    seen.write_text("7")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    time.sleep(0.01)
"""
CHANNEL = {
    "ChannelName": "train",
    "DataSource": {
        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/train"}
    },
}
CHECKPOINTS = {"S3Uri": f"s3://{BUCKET}/checkpoints/retrain-1"}
SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {
        "MaxRuntimeInSeconds": 86400,
        "MaxWaitTimeInSeconds": 172800,
    },
}


@pytest.fixture(autouse=True)
def _bucket(sagemaker: Standin) -> None:
    make_bucket(sagemaker)


def files(sagemaker: Standin, uri: str) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(sagemaker.store.get(uri))) as found:
        return {
            each.name: found.extractfile(each).read().decode()  # type: ignore[union-attr]
            for each in found
            if each.isfile()
        }


def statuses(job: dict[str, object]) -> list[str]:
    return [each["Status"] for each in job["SecondaryStatusTransitions"]]  # type: ignore[attr-defined]


def start_waiting(sagemaker: Standin, **others: Any) -> None:
    """Start a training that goes on until it is told to end."""
    put_script(sagemaker, UNTIL_STOPPED)
    client = sagemaker.client("sagemaker")
    client.create_training_job(**training(CheckpointConfig=CHECKPOINTS, **others))
    job = sagemaker.parts.trainings.jobs["retrain-1"]
    sagemaker.wait(lambda: job.log.exists() and "ready" in sagemaker.log("retrain-1"))


def test_a_training_reads_its_data_and_leaves_its_model(sagemaker: Standin) -> None:
    sagemaker.store.put(f"s3://{BUCKET}/data/train/deep/rows.csv", b"a,b\n")
    request = training()
    given = {**request["HyperParameters"], "epochs": "3", "name": "plain words"}
    algorithm = {
        **request["AlgorithmSpecification"],
        "MetricDefinitions": [{"Name": "acc", "Regex": r"acc=([0-9.]+)"}],
    }

    job = train(
        sagemaker,
        GOOD,
        InputDataConfig=[CHANNEL],
        HyperParameters=given,
        AlgorithmSpecification=algorithm,
    )

    assert job["TrainingJobStatus"] == "Completed"
    assert statuses(job) == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert model == f"s3://{BUCKET}/out/retrain-1/output/model.tar.gz"
    assert files(sagemaker, model) == {"model.txt": "a,b\n"}
    output = files(sagemaker, f"s3://{BUCKET}/out/retrain-1/output/output.tar.gz")
    arguments = json.loads(output["metrics.json"])
    assert arguments == ["--epochs", "3", "--name", "plain words"]
    assert [each["Value"] for each in job["FinalMetricDataList"]] == [
        pytest.approx(0.93)
    ]


def test_a_training_that_fails_says_why_in_1024_characters(sagemaker: Standin) -> None:
    script = """
import os, sys
from pathlib import Path
Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("no column label " + "x" * 2000)
sys.exit(3)
"""

    with pytest.raises(WaiterError):
        train(sagemaker, script)

    job = wait_failed(sagemaker)
    assert job["FailureReason"].startswith("AlgorithmError: no column label xx")
    assert job["FailureReason"].endswith(", exit code: 1")
    assert len(job["FailureReason"]) == 1024


def wait_failed(sagemaker: Standin, name: str = "retrain-1") -> dict[str, str]:
    client = sagemaker.client("sagemaker")
    job: dict[str, str] = client.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Failed"
    return job


def test_a_channel_without_objects_fails_the_training(sagemaker: Standin) -> None:
    with pytest.raises(WaiterError):
        train(sagemaker, GOOD, InputDataConfig=[CHANNEL])

    reason = wait_failed(sagemaker)["FailureReason"]
    assert reason.startswith("ClientError: Data download failed: No S3 objects found")


def test_no_machine_fails_the_training(sagemaker: Standin) -> None:
    sagemaker.state.images[IMAGE] = Image(is_full=True)

    with pytest.raises(WaiterError):
        train(sagemaker, GOOD)

    assert wait_failed(sagemaker)["FailureReason"].startswith("CapacityError: Unable")


def test_a_stopped_training_keeps_its_checkpoint(sagemaker: Standin) -> None:
    start_waiting(sagemaker)
    client = sagemaker.client("sagemaker")

    client.stop_training_job(TrainingJobName="retrain-1")

    job = wait_for_training(sagemaker, "retrain-1")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert sagemaker.store.get(f"{CHECKPOINTS['S3Uri']}/step") == b"7"
    with pytest.raises(ClientError, match="is in status Stopped"):
        client.stop_training_job(TrainingJobName="retrain-1")


def test_a_training_that_takes_too_long_ends_as_stopped_with_a_model(
    sagemaker: Standin,
) -> None:
    start_waiting(sagemaker)

    sagemaker.clock.advance(86401)

    job = wait_for_training(sagemaker, "retrain-1")
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert files(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"]) == {}


def test_an_interrupted_training_goes_on_from_its_checkpoint(
    sagemaker: Standin,
) -> None:
    start_waiting(sagemaker, **SPOT)

    sagemaker.interrupt("retrain-1")

    job = wait_for_training(sagemaker, "retrain-1")
    assert job["TrainingJobStatus"] == "Completed"
    assert statuses(job).count("Training") == 2
    assert "Interrupted" in statuses(job)
    assert files(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"]) == {
        "resumed": "7"
    }
    assert job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]


def test_a_training_that_waits_too_long_for_a_machine_ends(sagemaker: Standin) -> None:
    start_waiting(sagemaker, **SPOT)
    job = sagemaker.parts.trainings.jobs["retrain-1"]
    sagemaker.clock.stop()
    sagemaker.interrupt("retrain-1")
    sagemaker.wait(lambda: job.secondary == "Interrupted")

    sagemaker.clock.advance(172801)

    found = wait_for_training(sagemaker, "retrain-1")
    assert found["TrainingJobStatus"] == "Stopped"
    assert found["SecondaryStatus"] == "MaxWaitTimeExceeded"


def test_a_machine_without_namespaces_passes_its_folder_on(
    sagemaker: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sagemaker.nursery, "way", None)
    sagemaker.store.put(f"s3://{BUCKET}/data/train/deep/rows.csv", b"a,b\n")

    job = train(sagemaker, GOOD, InputDataConfig=[CHANNEL])

    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert files(sagemaker, model) == {"model.txt": "a,b\n"}


def test_a_name_is_taken_once(sagemaker: Standin) -> None:
    client = sagemaker.client("sagemaker")
    client.create_training_job(**training())

    with pytest.raises(client.exceptions.ResourceInUse):
        client.create_training_job(**training())


def test_a_limit_of_the_account_is_kept(sagemaker: Standin) -> None:
    sagemaker.state.limits["ml.m5.large for training job usage"] = 0
    client = sagemaker.client("sagemaker")

    with pytest.raises(client.exceptions.ResourceLimitExceeded, match="is 0 Instances"):
        client.create_training_job(**training())


def test_trainings_are_listed_the_newest_first(sagemaker: Standin) -> None:
    client = sagemaker.client("sagemaker")
    for name in ("retrain-1", "retrain-2", "other-3"):
        client.create_training_job(**training(name))

    pages = client.get_paginator("list_training_jobs").paginate(
        NameContains="retrain", PaginationConfig={"PageSize": 1}
    )

    found = [row["TrainingJobName"] for row in pages.search("TrainingJobSummaries")]
    assert found == ["retrain-2", "retrain-1"]


def test_a_container_names_its_own_entry_point(sagemaker: Standin) -> None:
    algorithm = {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sh", "-c"],
        "ContainerArguments": [
            f"cat /opt/ml/input/config/resourceconfig.json; test $AWS_DEFAULT_REGION = {REGION}"
            " && echo $TRAINING_JOB_NAME > /opt/ml/model/name"
        ],
    }

    job = train(sagemaker, "", AlgorithmSpecification=algorithm)

    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert files(sagemaker, model) == {"name": "retrain-1\n"}
    assert '"current_host": "algo-1"' in sagemaker.log("retrain-1")
