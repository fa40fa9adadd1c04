"""Makes what tests of SageMaker need: requests, archives, a bucket."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.sagemaker.names import ROLE
from tests.sagemaker.standin import Standin

BUCKET = "overread"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1"


def archive(files: Mapping[str, str]) -> bytes:
    """Return a .tar.gz of these files by name."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as found:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            found.addfile(member, io.BytesIO(text.encode()))
    return memory.getvalue()


def make_bucket(standin: Standin) -> Any:
    client = standin.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def training(name: str = "retrain-1", **others: Any) -> dict[str, Any]:
    """Return a request whose script is `code/sourcedir.tar.gz` of the bucket."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{BUCKET}/code/sourcedir.tar.gz",
        },
        **others,
    }


def put_script(standin: Standin, script: str) -> None:
    data = archive({"train.py": script})
    standin.store.put(f"s3://{BUCKET}/code/sourcedir.tar.gz", data)


def train(standin: Standin, script: str, **others: Any) -> dict[str, Any]:
    """Run a training to its end; return what Describe says then."""
    put_script(standin, script)
    request = training(**others)
    client = standin.client("sagemaker")
    client.create_training_job(**request)
    return wait_for_training(standin, request["TrainingJobName"])


def wait_for_training(standin: Standin, name: str) -> dict[str, Any]:
    client = standin.client("sagemaker")
    client.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000}
    )
    found: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
    return found


def make_model(standin: Standin, name: str, answer: Mapping[str, Any]) -> None:
    """Make a model that answers so (see `echo.py`)."""
    uri = f"s3://{BUCKET}/models/{name}/model.tar.gz"
    standin.store.put(uri, archive({"answer.json": json.dumps(answer)}))
    standin.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": uri},
    )


def variant(model: str, name: str = "all", **others: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **others,
    }


def make_config(standin: Standin, name: str, **others: Any) -> None:
    """Make a configuration of the model of the same name, unless told otherwise."""
    standin.client("sagemaker").create_endpoint_config(
        EndpointConfigName=name,
        **{"ProductionVariants": [variant(name)], **others},
    )


def deploy(standin: Standin, config: str, endpoint: str = "birds") -> None:
    """Make an endpoint and wait until it serves."""
    client = standin.client("sagemaker")
    client.create_endpoint(EndpointName=endpoint, EndpointConfigName=config)
    wait_for_endpoint(standin, endpoint)


def wait_for_endpoint(standin: Standin, endpoint: str = "birds") -> dict[str, Any]:
    client = standin.client("sagemaker")
    client.get_waiter("endpoint_in_service").wait(
        EndpointName=endpoint, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000}
    )
    found: dict[str, Any] = client.describe_endpoint(EndpointName=endpoint)
    return found


def invoke(standin: Standin, endpoint: str = "birds", **others: Any) -> dict[str, Any]:
    """Call an endpoint; `answer` is what its body says."""
    found: dict[str, Any] = standin.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint,
        **{"Body": b'{"x": 1}', "ContentType": "application/json", **others},
    )
    return {**found, "answer": json.loads(found["Body"].read())}
