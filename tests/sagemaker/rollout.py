"""How an endpoint comes to serve a configuration: beside the old one, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import invalid
from tests.sagemaker.fleet import Fleet, Unhealthy

if TYPE_CHECKING:
    from tests.sagemaker.endpoints import Endpoint

# seconds of SageMaker's that machines take to come
STEP = 20.0
# how long SageMaker lets an update last, unless told
LONGEST = 28_800


class RolledBack(Exception):
    """The green fleet is not good enough; the reason is its text."""


class Rollout:
    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.standin = endpoint.standin
        self.clock = endpoint.standin.clock
        policy = (endpoint.deployment or {}).get("BlueGreenUpdatePolicy", {})
        self.traffic = policy.get(
            "TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"}
        )
        self.interval = self.traffic.get("WaitIntervalInSeconds", 0)
        self.termination = policy.get("TerminationWaitInSeconds", 0)
        self.longest = policy.get("MaximumExecutionTimeoutInSeconds", LONGEST)
        guards = (endpoint.deployment or {}).get("AutoRollbackConfiguration", {})
        self.alarms = [each["AlarmName"] for each in guards.get("Alarms", [])]
        self.began = self.clock.seconds()

    def create(self) -> None:
        self.clock.sleep(STEP)
        try:
            self.endpoint.fleet.start()
        except Unhealthy as error:
            self.endpoint.fleet.stop()
            self.endpoint.move("Failed", str(error))
            return
        self.endpoint.move("InService")

    def update(self) -> None:
        endpoint, green = self.endpoint, self.endpoint.green
        assert green is not None
        try:
            self.clock.sleep(STEP)
            green.start()
            for share in self._shares(green):
                endpoint.prepare("ActivatingTraffic")
                endpoint.green_share = share
                until = self.clock.seconds() + self.interval
                endpoint.prepare("Baking")
                self._bake(until)
            self._bake(self.clock.seconds() + self.termination)
        except (Unhealthy, RolledBack) as error:
            self._roll_back(green, str(error))
            return
        old = endpoint.fleet
        with self.standin.lock:
            endpoint.fleet, endpoint.green, endpoint.green_share = green, None, 0.0
            endpoint.move("InService")
        old.stop()

    def weigh(self, wishes: Sequence[Mapping[str, Any]]) -> None:
        self.clock.sleep(STEP)
        for wanted in wishes:
            variant = self.endpoint.fleet.variants[wanted["VariantName"]]
            variant.weight = float(wanted.get("DesiredWeight", variant.weight))
            variant.count = wanted.get("DesiredInstanceCount", variant.count)
        self.endpoint.move("InService")

    def delete(self, endpoints: dict[str, Endpoint]) -> None:
        self.clock.sleep(STEP)
        self.endpoint.fleet.stop()
        del endpoints[self.endpoint.name]

    def _roll_back(self, green: Fleet, reason: str) -> None:
        """All traffic to the old one again: its name is what Describe says afterwards."""
        with self.standin.lock:
            self.endpoint.green_share = 0.0
            self.endpoint.move("RollingBack", reason)
        self.clock.sleep(STEP)
        green.stop()
        with self.standin.lock:
            self.endpoint.green = None
            self.endpoint.move("InService", reason)

    def _bake(self, until: float) -> None:
        """Watch the alarms until then; they are read at no other time."""
        if self.clock.sleep_until(until, unless=self._is_bad):
            raise RolledBack(self._why())

    def _is_bad(self) -> bool:
        return bool(self._why())

    def _why(self) -> str:
        ringing = [
            name for name in self.alarms if self.standin.alarm_state(name) == "ALARM"
        ]
        if ringing:
            return (
                "One or more configured alarms have transitioned into ALARM state:"
                f" {', '.join(ringing)}"
            )
        if self.clock.seconds() - self.began > self.longest:
            return "The deployment took longer than MaximumExecutionTimeoutInSeconds."
        return ""

    def _shares(self, green: Fleet) -> Iterator[float]:
        """Yield the share of calls that green has in each step, up to all of them."""
        kind = self.traffic["Type"]
        machines = sum(each.count for each in green.variants.values()) or 1
        if kind == "CANARY":
            yield _share(self.traffic["CanarySize"], machines)
        elif kind == "LINEAR":
            step = _share(self.traffic["LinearStepSize"], machines)
            yield from (n * step for n in range(1, math.ceil(round(1 / step, 6))))
        yield 1.0


def check_deployment(config: Mapping[str, Any] | None, fleet: Fleet) -> None:
    if not config:
        return
    if ("BlueGreenUpdatePolicy" in config) == ("RollingUpdatePolicy" in config):
        raise invalid(
            "Give exactly one of BlueGreenUpdatePolicy and RollingUpdatePolicy."
        )
    if "RollingUpdatePolicy" in config:
        fleet.standin.problems.append("The stand-in does not do RollingUpdatePolicy.")
        raise invalid("RollingUpdatePolicy is not done by the stand-in.")
    traffic = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    kind = traffic["Type"]
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for each, key in sizes.items():
        if (each == kind) != (key in traffic):
            raise invalid(f"{key} must be given if, and only if, Type is {each}.")
    machines = sum(each.count for each in fleet.variants.values()) or 1
    least = 0.1 if kind == "LINEAR" else 0.0
    if kind in sizes and not least <= _share(traffic[sizes[kind]], machines) <= 0.5:
        raise invalid(f"{sizes[kind]} must be at most half of the fleet.")
    if any("ServerlessConfig" in each.config for each in fleet.all) and kind in sizes:
        raise invalid("Serverless endpoints take all traffic at once.")


def _share(size: Mapping[str, Any], machines: int) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"]) / 100
    return float(size["Value"]) / machines
