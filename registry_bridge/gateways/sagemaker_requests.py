"""What SageMaker is asked, in its own words: plain values in, a request out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from registry_bridge.gateways import script_mode
from registry_bridge.gateways.ports import KEY_TAG, Rejected

if TYPE_CHECKING:
    from registry_bridge.gateways.connection import ConnectionSettings
    from registry_bridge.gateways.ports import TrainingSpec

INSTANCE: Final = "ml.m5.large"
VOLUME_GB: Final = 30
# A spot machine may be waited for as long again as the training takes.
PATIENCE: Final = 2


def training_request(
    spec: TrainingSpec,
    connection: ConnectionSettings,
    machine: Mapping[str, Any],
    *,
    code: str,
    channels: Mapping[str, str],
) -> dict[str, Any]:
    """CreateTrainingJob; `code` and `channels` are folders in S3 by now."""
    home = f"{connection.uri.rstrip('/')}/jobs"
    driver = f"/opt/ml/input/data/{script_mode.CODE}/script_mode.py"
    request: dict[str, Any] = {
        "TrainingJobName": spec.name,
        "RoleArn": execution_role(connection),
        "AlgorithmSpecification": {
            "TrainingImage": image(machine, "training"),
            "TrainingInputMode": "File",
            "ContainerEntrypoint": [machine.get("python", "python3"), driver],
        },
        "HyperParameters": dict(spec.hyperparameters),
        "Environment": {**spec.environment, **_told(spec, machine)},
        "InputDataConfig": [
            _channel(name, place)
            for name, place in {**channels, script_mode.CODE: code}.items()
        ],
        "OutputDataConfig": {"S3OutputPath": home},
        "ResourceConfig": {
            "InstanceType": machine.get("instance_type", INSTANCE),
            "InstanceCount": machine.get("instance_count", 1),
            "VolumeSizeInGB": machine.get("volume_gb", VOLUME_GB),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.max_seconds},
        "Tags": tags({**spec.tags, KEY_TAG: spec.name}),
    }
    if machine.get("spot"):
        _on_spot(request, spec, machine)
    if machine.get("spot") or machine.get("checkpoints"):
        request["CheckpointConfig"] = {"S3Uri": f"{home}/{spec.name}/checkpoints"}
    return request


def execution_role(connection: ConnectionSettings) -> str:
    role = connection.options.get("execution_role")
    if not role:
        raise Rejected(
            "The connection names no execution_role, the role that jobs and endpoints"
            " on SageMaker have. An owner must put its ARN into the connection's options."
        )
    return str(role)


def image(machine: Mapping[str, Any], section: str) -> str:
    if not machine.get("image"):
        raise Rejected(
            f"The project's file names no image for SageMaker. Put its address in ECR"
            f" under model.{section}.image (docs/aws.md says what it must hold)."
        )
    return str(machine["image"])


def tags(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value[:256]} for key, value in values.items()]


def _told(spec: TrainingSpec, machine: Mapping[str, Any]) -> dict[str, str]:
    found = {script_mode.SCRIPT: spec.script.name}
    if machine.get("launcher"):
        found[script_mode.LAUNCHER] = machine["launcher"]
        found[script_mode.PROCESSES] = str(machine.get("processes", 1))
    return found


def _channel(name: str, place: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": place,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _on_spot(
    request: dict[str, Any], spec: TrainingSpec, machine: Mapping[str, Any]
) -> None:
    request["EnableManagedSpotTraining"] = True
    wait = machine.get("max_wait_seconds", PATIENCE * spec.max_seconds)
    request["StoppingCondition"]["MaxWaitTimeInSeconds"] = max(wait, spec.max_seconds)
