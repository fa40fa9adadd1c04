"""Endpoints on SageMaker: roll-outs, roll backs, others at work, and what a kill leaves."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_bridge.gateways import sagemaker_hosting as hosting
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import (
    EndpointState,
    EndpointStatus,
    ModelSource,
    Rejected,
    Unreachable,
)
from registry_bridge.gateways.sagemaker_deployment import SageMakerDeployment
from tests.contracts.machines import HOSTING, make_machines, tell_the_echo
from tests.contracts.models import make_model
from tests.sagemaker.faults import drop
from tests.sagemaker.standin import Standin

NAME = "digits"
ROW = {"dataframe_records": [{"x": 1}]}
MOVING = {EndpointStatus.CREATING, EndpointStatus.UPDATING}


@pytest.fixture
def machines(sagemaker: Standin) -> ConnectionSettings:
    return make_machines(sagemaker)


@pytest.fixture
def make(machines: ConnectionSettings) -> Callable[..., SageMakerDeployment]:
    def make(**machine: Any) -> SageMakerDeployment:
        return SageMakerDeployment(machines, {**HOSTING, **machine})

    return make


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., ModelSource]:
    def make(version: str, *, broken: bool = False) -> ModelSource:
        folder = tmp_path / "models" / f"answer-{version}"
        if not folder.exists():
            make_model(folder, folder.name)
            tell_the_echo(folder, broken=broken)
        return ModelSource("digits", version, folder)

    return make


def settle(deployment: SageMakerDeployment, seconds: float = 90) -> EndpointState:
    deadline = time.monotonic() + seconds
    while (state := deployment.describe(NAME)).status in MOVING:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def configured(sagemaker: Standin) -> dict[str, Any]:
    client = sagemaker.client("sagemaker")
    name = client.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    return dict(client.describe_endpoint_config(EndpointConfigName=name))


def test_what_serves_keeps_its_calls_in_s3_under_one_variant_name(
    sagemaker: Standin, make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make(
        instance_type="ml.c5.xlarge", instance_count=2, capture_percent=20
    )

    deployment.deploy(NAME, source("1"))
    settle(deployment)

    config = configured(sagemaker)
    (variant,) = config["ProductionVariants"]
    assert (variant["VariantName"], variant["InstanceType"]) == (
        "AllTraffic",
        "ml.c5.xlarge",
    )
    capture = config["DataCaptureConfig"]
    assert capture["InitialSamplingPercentage"] == 20
    assert capture["DestinationS3Uri"] == "s3://machines/birds/capture"


@pytest.mark.parametrize("size", [{}, {"memory_mb": 1024, "max_concurrency": 3}])
def test_a_serverless_endpoint_captures_nothing_and_serves(
    sagemaker: Standin,
    make: Callable[..., Any],
    source: Callable[..., ModelSource],
    size: dict[str, int],
) -> None:
    deployment = make(serverless=size)
    deployment.deploy(NAME, source("1"))
    settle(deployment)

    deployment.deploy(NAME, source("2"))
    state = settle(deployment)

    assert state.serving_version == "2"
    assert "DataCaptureConfig" not in configured(sagemaker)
    assert deployment.invoke(NAME, ROW).body == {"predictions": ["answer-2"]}


def test_an_alarm_rolls_back_and_that_is_a_failure_although_it_is_in_service(
    sagemaker: Standin, make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make(alarms=["digits-errors"], minutes=60)
    deployment.deploy(NAME, source("1"))
    settle(deployment)
    cloudwatch = sagemaker.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="digits-errors",
        MetricName="Invocation5XXErrors",
        Namespace="AWS/SageMaker",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(
        AlarmName="digits-errors", StateValue="ALARM", StateReason="test"
    )

    deployment.deploy(NAME, source("2"))
    state = settle(deployment)

    assert state.status == EndpointStatus.FAILED
    assert (state.serving_version, state.desired_version) == ("1", "2")
    assert "rolled it back" in state.reason
    assert "digits-errors" in state.reason

    deployment.deploy(NAME, source("1"))
    assert settle(deployment).status == EndpointStatus.IN_SERVICE


def test_an_update_of_somebody_else_is_waited_for(
    sagemaker: Standin, make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make()
    deployment.deploy(NAME, source("1"))
    settle(deployment)
    client, config = sagemaker.client("sagemaker"), configured(sagemaker)
    client.create_endpoint_config(
        EndpointConfigName="by-hand", ProductionVariants=config["ProductionVariants"]
    )
    client.update_endpoint(EndpointName=NAME, EndpointConfigName="by-hand")

    with pytest.raises(Unreachable, match=r"is being changed.*by-hand"):
        deployment.deploy(NAME, source("2"))
    by_hand = settle(deployment)
    deployment.deploy(NAME, source("2"))

    assert (by_hand.status, by_hand.serving_version) == (
        EndpointStatus.IN_SERVICE,
        None,
    )
    assert settle(deployment).serving_version == "2"


@pytest.mark.parametrize(
    "operation",
    [
        "CreateModel",
        "CreateEndpointConfig",
        "CreateEndpoint",
        "UpdateEndpoint",
        "AddTags",
    ],
)
def test_an_answer_that_is_lost_is_found_and_nothing_is_made_twice(
    sagemaker: Standin,
    make: Callable[..., Any],
    source: Callable[..., ModelSource],
    operation: str,
) -> None:
    deployment = make()
    if operation in {"UpdateEndpoint", "AddTags"}:
        deployment.deploy(NAME, source("1"))
        settle(deployment)
    sagemaker.faults.after(operation, 1, drop)

    deployment.deploy(NAME, source("2"))

    assert settle(deployment).serving_version == "2"
    client = sagemaker.client("sagemaker")
    assert len(client.list_endpoints()["Endpoints"]) == 1


def test_a_worker_killed_between_update_and_tag_asks_once_and_is_understood(
    sagemaker: Standin, make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make()
    deployment.deploy(NAME, source("1"))
    settle(deployment)
    sagemaker.faults.refuse("AddTags", "AccessDeniedException", "killed here", calls=1)
    with pytest.raises(Rejected, match="AddTags"):
        deployment.deploy(NAME, source("2"))

    seen = deployment.describe(NAME)
    deployment.deploy(NAME, source("2"))

    assert seen.desired_version == "2"
    assert settle(deployment).serving_version == "2"
    updates = [call for call in sagemaker.calls_of("UpdateEndpoint") if call.answered]
    assert len(updates) == 1


def test_an_endpoint_that_others_made_is_left_alone(
    sagemaker: Standin, make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make()
    deployment.deploy(NAME, source("1"))
    settle(deployment)
    client = sagemaker.client("sagemaker")
    arn = client.describe_endpoint(EndpointName=NAME)["EndpointArn"]
    client.delete_tags(ResourceArn=arn, TagKeys=["overread.key"])

    with pytest.raises(Rejected, match="did not make"):
        deployment.deploy(NAME, source("2"))
    with pytest.raises(Rejected, match="did not make"):
        deployment.delete(NAME)


def test_an_endpoint_that_never_came_up_needs_a_person(
    make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make()
    deployment.deploy(NAME, source("1", broken=True))
    state = settle(deployment)

    assert state.status == EndpointStatus.FAILED
    assert "ping health check" in state.reason
    assert "Delete it on SageMaker" in state.reason
    with pytest.raises(Rejected, match="Delete it on SageMaker"):
        deployment.deploy(NAME, source("2"))


@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (422, Rejected), (500, Unreachable)]
)
def test_an_answer_that_is_an_error_says_whether_to_ask_again(
    sagemaker: Standin,
    make: Callable[..., Any],
    source: Callable[..., ModelSource],
    status: int,
    error: type[Exception],
) -> None:
    deployment, found = make(), source("1")
    answer = f'{{"body": "no such column", "status": {status}}}'
    (found.directory / "answer.json").write_text(answer)
    deployment.deploy(NAME, found)
    settle(deployment)

    with pytest.raises(error, match=rf"\({status}\).*no such column"):
        deployment.invoke(NAME, ROW)

    assert len(sagemaker.calls_of("InvokeEndpoint")) == 1
    assert sagemaker.calls_of("InvokeEndpoint")[0].params["InferenceId"]


def test_no_version_is_tried_beside_another(
    make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    deployment = make()

    assert not deployment.can_share()
    with pytest.raises(Rejected, match=r"hosting\.rollout"):
        deployment.try_beside(NAME, source("2"), 0.1)
    deployment.end_trial(NAME)


@pytest.mark.parametrize(
    ("machine", "kind", "size"),
    [
        ({"instance_count": 1}, "ALL_AT_ONCE", None),
        ({"instance_count": 4, "percent": 0}, "ALL_AT_ONCE", None),
        ({"instance_count": 2, "percent": 10}, "CANARY", 1),
        ({"instance_count": 10, "percent": 30}, "CANARY", 3),
        ({"instance_count": 10, "percent": 5, "rollout": "linear"}, "LINEAR", 1),
        ({"instance_count": 3, "percent": 50, "rollout": "linear"}, "LINEAR", 1),
        ({"instance_count": 8, "rollout": "all_at_once"}, "ALL_AT_ONCE", None),
    ],
)
def test_calls_move_by_whole_machines_at_most_half_of_them_at_first(
    machine: dict[str, Any], kind: str, size: int | None
) -> None:
    found = hosting.rollout({"minutes": 2, **machine})

    assert found is not None
    policy = found["BlueGreenUpdatePolicy"]
    traffic = policy["TrafficRoutingConfiguration"]
    assert (traffic["Type"], traffic["WaitIntervalInSeconds"]) == (kind, 120)
    step = traffic.get("CanarySize") or traffic.get("LinearStepSize")
    assert (step and step["Value"]) == size
    assert 600 <= policy["MaximumExecutionTimeoutInSeconds"] <= 28_800


def test_the_stand_in_refuses_what_could_not_be_named(
    make: Callable[..., Any], source: Callable[..., ModelSource]
) -> None:
    with pytest.raises(Rejected, match="no name for an endpoint"):
        make().deploy("../digits", source("1"))


def test_a_long_name_leaves_room_for_the_digest() -> None:
    found = hosting.named("a" * 63, {"a": 1})

    assert len(found) <= 63
    assert found != hosting.named("a" * 63, {"a": 2})
