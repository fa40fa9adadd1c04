"""Endpoints change what they serve step by step, and go back when an alarm rings."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sagemaker.makers import (
    deploy,
    invoke,
    make_bucket,
    make_config,
    make_model,
    wait_for_endpoint,
)
from tests.sagemaker.standin import Standin

ALARMS = {"Alarms": [{"AlarmName": "errors"}]}


@pytest.fixture(autouse=True)
def _serving(sagemaker: Standin) -> None:
    """The endpoint `birds` serves v1; v2 could be next, and `broken` cannot."""
    make_bucket(sagemaker)
    make_model(sagemaker, "v1", {"body": "v1"})
    make_model(sagemaker, "v2", {"body": "v2"})
    make_model(sagemaker, "broken", {"exit": 1})
    for name in ("v1", "v2", "broken"):
        make_config(sagemaker, name)
    deploy(sagemaker, "v1")


def policy(kind: str = "ALL_AT_ONCE", **sizes: Any) -> dict[str, Any]:
    traffic = {"Type": kind, "WaitIntervalInSeconds": 600, **sizes}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": traffic,
            "TerminationWaitInSeconds": 60,
        },
        "AutoRollbackConfiguration": ALARMS,
    }


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def update(sagemaker: Standin, config: str, **others: Any) -> None:
    client = sagemaker.client("sagemaker")
    client.update_endpoint(EndpointName="birds", EndpointConfigName=config, **others)


def status(sagemaker: Standin) -> str:
    client = sagemaker.client("sagemaker")
    return str(client.describe_endpoint(EndpointName="birds")["EndpointStatus"])


def wait_for_share(sagemaker: Standin, share: float) -> None:
    endpoint = sagemaker.parts.endpoints.endpoints["birds"]
    sagemaker.wait(
        lambda: endpoint.green_share == share and endpoint.pending == "Baking"
    )


def start_baking(sagemaker: Standin, share: float, **sizes: Any) -> None:
    """Update to v2 and stand still while that share of the calls is tried."""
    kind = "CANARY" if "CanarySize" in sizes else "LINEAR" if sizes else "ALL_AT_ONCE"
    update(sagemaker, "v2", DeploymentConfig=policy(kind, **sizes))
    wait_for_share(sagemaker, share)
    sagemaker.clock.stop()


def test_an_update_without_a_policy_changes_all_at_once(sagemaker: Standin) -> None:
    update(sagemaker, "v2")

    found = wait_for_endpoint(sagemaker)
    assert found["EndpointConfigName"] == "v2"
    assert "PendingDeploymentSummary" not in found
    assert invoke(sagemaker)["answer"] == "v2"


def test_a_canary_has_its_share_of_the_calls(sagemaker: Standin) -> None:
    sagemaker.clock.run(1000)
    start_baking(sagemaker, 0.3, CanarySize=percent(30))

    answers = [invoke(sagemaker)["answer"] for _ in range(20)]

    client = sagemaker.client("sagemaker")
    found = client.describe_endpoint(EndpointName="birds")
    assert answers.count("v2") == 6
    assert found["EndpointStatus"] == "Updating"
    assert found["EndpointConfigName"] == "v1"
    pending = found["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "v2"
    assert pending["ProductionVariants"][0]["VariantStatus"][0]["Status"] == "Baking"
    sagemaker.clock.run(1000)
    assert wait_for_endpoint(sagemaker)["EndpointConfigName"] == "v2"


def test_linear_traffic_moves_a_step_at_a_time(sagemaker: Standin) -> None:
    start_baking(sagemaker, 0.25, LinearStepSize=percent(25))

    for share in (0.5, 0.75, 1.0):
        sagemaker.clock.advance(600)
        wait_for_share(sagemaker, share)

    sagemaker.clock.advance(600)
    sagemaker.clock.advance(60)
    sagemaker.clock.run(1000)
    assert wait_for_endpoint(sagemaker)["EndpointConfigName"] == "v2"


def test_an_alarm_brings_the_old_configuration_back(sagemaker: Standin) -> None:
    start_baking(sagemaker, 0.3, CanarySize=percent(30))

    sagemaker.state.alarms["errors"] = "ALARM"

    sagemaker.wait(lambda: status(sagemaker) == "RollingBack")
    sagemaker.clock.run(200)
    found = wait_for_endpoint(sagemaker)
    # the stock waiter is content: only the name tells
    assert found["EndpointConfigName"] == "v1"
    assert "errors" in found["FailureReason"]
    assert {invoke(sagemaker)["answer"] for _ in range(5)} == {"v1"}


def test_an_alarm_of_cloudwatch_counts(sagemaker: Standin) -> None:
    watch = sagemaker.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="errors",
        MetricName="Invocation5XXErrors",
        Namespace="AWS/SageMaker",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    start_baking(sagemaker, 1.0)

    watch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="x")

    sagemaker.wait(lambda: status(sagemaker) == "RollingBack")
    sagemaker.clock.run(200)
    assert wait_for_endpoint(sagemaker)["EndpointConfigName"] == "v1"


def test_what_does_not_come_up_is_rolled_back(sagemaker: Standin) -> None:
    update(sagemaker, "broken")

    found = wait_for_endpoint(sagemaker)
    assert found["EndpointConfigName"] == "v1"
    assert "ping health check" in found["FailureReason"]


def test_an_endpoint_takes_one_change_at_a_time(sagemaker: Standin) -> None:
    client = sagemaker.client("sagemaker")
    start_baking(sagemaker, 0.5, CanarySize=percent(50))

    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        update(sagemaker, "v1")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        client.delete_endpoint(EndpointName="birds")


def test_a_canary_is_at_most_half_of_the_fleet(sagemaker: Standin) -> None:
    with pytest.raises(ClientError, match="at most half"):
        update(
            sagemaker,
            "v2",
            DeploymentConfig=policy("CANARY", CanarySize=percent(51)),
        )

    assert status(sagemaker) == "InService"
