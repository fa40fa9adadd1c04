"""What SageMaker's hosting is asked, and what its answers mean: plain values, no calls."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from registry_bridge.gateways.ports import EndpointStatus
from registry_bridge.gateways.sagemaker_models import CONTENT, ENVIRONMENT
from registry_bridge.gateways.sagemaker_requests import (
    INSTANCE,
    execution_role,
    image,
    tags,
)

if TYPE_CHECKING:
    from registry_bridge.gateways.connection import ConnectionSettings
    from registry_bridge.gateways.ports import ModelSource

# One name for good: alarms and scaling rules of others are bound to it.
VARIANT: Final = "AllTraffic"
VERSION: Final = "overread.version"
NAME_LENGTH: Final = 48
DIGEST_LENGTH: Final = 12
# SageMaker's own bounds, in seconds.
LONGEST_WAIT: Final = 3600
SHORTEST_ROLLOUT, LONGEST_ROLLOUT = 600, 28_800
# For a fleet to come up, as long as SageMaker may need for a large model.
START_SECONDS: Final = 1800
CHANGING: Final = {"Updating", "SystemUpdating", "RollingBack"}
# The least step of a linear rollout.
LEAST_STEP: Final = 0.1


def named(endpoint: str, request: Mapping[str, Any]) -> str:
    """The endpoint's name and a digest of the content: the same again is the same."""
    content = json.dumps(request, sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
    return f"{endpoint[:NAME_LENGTH].rstrip('-')}-{digest}"


def model_request(
    endpoint: str,
    data: str,
    connection: ConnectionSettings,
    machine: Mapping[str, Any],
) -> dict[str, Any]:
    request = {
        "ExecutionRoleArn": execution_role(connection),
        "PrimaryContainer": {
            "Image": image(machine, "hosting"),
            "ModelDataUrl": data,
            "Environment": ENVIRONMENT,
        },
    }
    return {"ModelName": named(endpoint, request), **request}


def config_request(
    endpoint: str,
    model: str,
    source: ModelSource,
    connection: ConnectionSettings,
    machine: Mapping[str, Any],
) -> dict[str, Any]:
    """CreateEndpointConfig; its tags say which version it serves."""
    told = {VERSION: source.version, "overread.model": source.model_name}
    request: dict[str, Any] = {
        "ProductionVariants": [_variant(model, machine)],
        "Tags": tags(told),
    }
    percent = machine.get("capture_percent", 100)
    if percent and machine.get("serverless") is None:
        request["DataCaptureConfig"] = _capture(connection, percent)
    return {"EndpointConfigName": named(endpoint, request), **request}


def _variant(model: str, machine: Mapping[str, Any]) -> dict[str, Any]:
    variant = {"VariantName": VARIANT, "ModelName": model, "InitialVariantWeight": 1.0}
    serverless = machine.get("serverless")
    if serverless is not None:
        config = {
            "MemorySizeInMB": serverless.get("memory_mb", 2048),
            "MaxConcurrency": serverless.get("max_concurrency", 5),
        }
        return {**variant, "ServerlessConfig": config}
    return {
        **variant,
        "InstanceType": machine.get("instance_type", INSTANCE),
        "InitialInstanceCount": machine.get("instance_count", 1),
    }


def _capture(connection: ConnectionSettings, percent: int) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percent,
        "DestinationS3Uri": f"{connection.uri.rstrip('/')}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": [CONTENT]},
    }


def rollout(machine: Mapping[str, Any]) -> dict[str, Any] | None:
    """How calls move to the new fleet, and what moves them back; None: SageMaker's way."""
    if machine.get("serverless") is not None:
        return None
    kind, size = _kind(machine), {"Type": "INSTANCE_COUNT", "Value": _step(machine)}
    traffic: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": _wait(machine)}
    if kind == "CANARY":
        traffic["CanarySize"] = size
    elif kind == "LINEAR":
        traffic["LinearStepSize"] = size
    policy = {
        "TrafficRoutingConfiguration": traffic,
        "MaximumExecutionTimeoutInSeconds": _timeout(machine),
    }
    alarms = [{"AlarmName": name} for name in machine.get("alarms") or []]
    if not alarms:
        return {"BlueGreenUpdatePolicy": policy}
    return {
        "BlueGreenUpdatePolicy": policy,
        "AutoRollbackConfiguration": {"Alarms": alarms},
    }


def _kind(machine: Mapping[str, Any]) -> str:
    """All at once where there is one machine only, which cannot be shared out."""
    alone = machine.get("instance_count", 1) < 2 or not machine.get("percent", 10)
    return "ALL_AT_ONCE" if alone else str(machine.get("rollout", "canary")).upper()


def _step(machine: Mapping[str, Any]) -> int:
    """How many machines a step takes: the share asked for, a tenth to a half of them."""
    count = int(machine.get("instance_count", 1))
    share = max(LEAST_STEP, float(machine.get("percent", 10)) / 100)
    return max(1, min(math.ceil(count * share), count // 2))


def _wait(machine: Mapping[str, Any]) -> int:
    return min(LONGEST_WAIT, 60 * int(machine.get("minutes", 5)))


def _timeout(machine: Mapping[str, Any]) -> int:
    count = int(machine.get("instance_count", 1))
    steps = {"LINEAR": count // _step(machine) + 1}
    baking = _wait(machine) * steps.get(_kind(machine), 2)
    return max(SHORTEST_ROLLOUT, min(LONGEST_ROLLOUT, START_SECONDS + baking))


def longest_seconds(machine: Mapping[str, Any]) -> float:
    """After which nobody waits any more; SageMaker itself gives up before."""
    return float(START_SECONDS + _timeout(machine))


def heading_for(told: Mapping[str, Any]) -> str:
    """The configuration that the endpoint has, or will have if all goes well."""
    pending = told.get("PendingDeploymentSummary") or {}
    if told["EndpointStatus"] == "RollingBack":
        pending = {}
    return str(pending.get("EndpointConfigName") or told["EndpointConfigName"])


def status(
    told: Mapping[str, Any], asked: str | None, before: str | None
) -> EndpointStatus:
    """In service again with what it had before: SageMaker calls that well, we do not."""
    found = told["EndpointStatus"]
    if found == "Creating":
        return EndpointStatus.CREATING
    if found in CHANGING:
        return EndpointStatus.UPDATING
    rolled_back = told["EndpointConfigName"] == before != asked
    if found == "InService" and not rolled_back:
        return EndpointStatus.IN_SERVICE
    return EndpointStatus.FAILED


def why(endpoint: str, told: Mapping[str, Any]) -> str:
    """Why it is not what was asked for, and who must do what."""
    found, said = told["EndpointStatus"], told.get("FailureReason", "")
    if found == "InService":
        return f"SageMaker rolled it back. {said}".strip()
    remedy = "Delete it on SageMaker; nothing else can be done with it; then ask again."
    if found != "Failed":
        remedy = "It needs a person: look at it on SageMaker, or ask AWS's support."
    return f"The endpoint {endpoint} is {found}. {said} {remedy}"


def url(endpoint: str, connection: ConnectionSettings) -> str:
    options = connection.options
    addresses = options.get("endpoint_urls") or {}
    usual = f"https://runtime.sagemaker.{options.get('region')}.amazonaws.com"
    base = str(addresses.get("sagemaker-runtime", usual)).rstrip("/")
    return f"{base}/endpoints/{endpoint}/invocations"
