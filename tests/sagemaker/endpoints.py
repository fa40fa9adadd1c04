"""Endpoints: what is asked about them. How they change is in `rollout.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import exists, invalid, not_found
from tests.sagemaker.fleet import Fleet, Turns, Variant
from tests.sagemaker.models import Models
from tests.sagemaker.names import arn
from tests.sagemaker.paging import is_wanted, only, page
from tests.sagemaker.rollout import Rollout, check_deployment

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

BUSY = {"Creating", "Updating", "RollingBack", "Deleting", "SystemUpdating"}


class Endpoint:
    """`fleet` has the traffic; `green` comes beside it during an update."""

    def __init__(self, standin: Standin, name: str, fleet: Fleet) -> None:
        self.standin, self.name, self.fleet = standin, name, fleet
        self.arn = arn("endpoint", name)
        self.status, self.reason = "Creating", ""
        self.created = self.modified = standin.clock.now()
        self.green: Fleet | None = None
        self.green_share = 0.0
        self.pending: str = ""  # what a variant of the green fleet does
        self.pending_since = self.created
        self.deployment: dict[str, Any] | None = None
        self.turns = Turns()

    def move(self, status: str, reason: str = "") -> None:
        self.status, self.reason = status, reason
        self.modified = self.standin.clock.now()

    def prepare(self, pending: str) -> None:
        self.pending, self.pending_since = pending, self.standin.clock.now()

    def serving(self) -> Fleet:
        """Return who has this call, by the share of each."""
        if self.green is None or not self.green_share:
            return self.fleet
        shares = {"green": self.green_share, "blue": 1 - self.green_share}
        with self.standin.lock:
            return self.green if self.turns.next(shares) == "green" else self.fleet

    def description(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.fleet.name,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.status not in {"Creating", "Failed"}:
            found["ProductionVariants"] = [
                _summary(each) for each in self.fleet.variants.values()
            ]
        if self.fleet.shadows and self.status != "Creating":
            found["ShadowProductionVariants"] = [
                _summary(each) for each in self.fleet.shadows.values()
            ]
        if self.reason:
            found["FailureReason"] = self.reason
        if self.deployment:
            found["LastDeploymentConfig"] = self.deployment
        if self.green:
            found["PendingDeploymentSummary"] = self._pending(self.green)
        return {**found, **_capture(self.fleet.config), **_async(self.fleet.config)}

    def _pending(self, green: Fleet) -> dict[str, Any]:
        status = [{"Status": self.pending, "StartTime": self.pending_since}]
        return {
            "EndpointConfigName": green.name,
            "ProductionVariants": [
                {**_summary(each), "VariantStatus": status}
                for each in green.variants.values()
            ],
            "StartTime": self.modified,
        }


class Endpoints:
    def __init__(self, standin: Standin, models: Models) -> None:
        self._standin, self._models = standin, models
        self.endpoints: dict[str, Endpoint] = {}

    def create_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["EndpointName"]
        if name in self.endpoints:
            raise exists("endpoint", self.endpoints[name].arn)
        fleet = self._fleet(params["EndpointConfigName"])
        self._check_limits(fleet)
        endpoint = self.endpoints[name] = Endpoint(self._standin, name, fleet)
        self._standin.tag(endpoint.arn, params.get("Tags", []))
        self._standin.go(Rollout(endpoint).create)
        return {"EndpointArn": endpoint.arn}

    def update_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        endpoint = self._idle(params["EndpointName"])
        if endpoint.status == "Failed":
            raise invalid(f'Endpoint "{endpoint.arn}" failed: it can only be deleted.')
        fleet = self._fleet(params["EndpointConfigName"])
        check_deployment(params.get("DeploymentConfig"), fleet)
        if params.get("RetainAllVariantProperties"):
            _retain(endpoint.fleet, fleet)
        self._check_limits(fleet)
        endpoint.deployment = params.get("DeploymentConfig")
        endpoint.green, endpoint.green_share = fleet, 0.0
        endpoint.prepare("Creating")
        endpoint.move("Updating")
        self._standin.go(Rollout(endpoint).update)
        return {"EndpointArn": endpoint.arn}

    def update_endpoint_weights_and_capacities(
        self, params: dict[str, Any]
    ) -> dict[str, Any]:
        endpoint = self._idle(params["EndpointName"])
        for wanted in params["DesiredWeightsAndCapacities"]:
            if wanted["VariantName"] not in endpoint.fleet.variants:
                raise invalid(f"There is no variant {wanted['VariantName']}.")
        endpoint.move("Updating")
        wishes = params["DesiredWeightsAndCapacities"]
        self._standin.go(Rollout(endpoint).weigh, wishes)
        return {"EndpointArn": endpoint.arn}

    def describe_endpoint(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.endpoint(params["EndpointName"]).description()

    def delete_endpoint(self, params: dict[str, Any]) -> None:
        endpoint = self._idle(params["EndpointName"])
        endpoint.move("Deleting")
        self._standin.go(Rollout(endpoint).delete, self.endpoints)

    def list_endpoints(self, params: dict[str, Any]) -> dict[str, Any]:
        times = ("CreationTime", "LastModifiedTime")
        fields = ("EndpointName", "EndpointArn", *times, "EndpointStatus")
        rows = [only(each.description(), *fields) for each in self.endpoints.values()]
        name, status = "EndpointName", "EndpointStatus"
        found = [row for row in rows if is_wanted(row, params, name, status)]
        return page(found, params, "Endpoints", name)

    def endpoint(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            raise not_found("endpoint", arn("endpoint", name))
        return self.endpoints[name]

    def _idle(self, name: str) -> Endpoint:
        endpoint = self.endpoint(name)
        if endpoint.status in BUSY:
            raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        return endpoint

    def _fleet(self, config: str) -> Fleet:
        found = self._models.config(config)
        variants = [
            *found["ProductionVariants"],
            *found.get("ShadowProductionVariants", []),
        ]
        containers = {
            each["ModelName"]: self._container(each["ModelName"]) for each in variants
        }
        return Fleet(self._standin, found, containers)

    def _container(self, model: str) -> Mapping[str, Any]:
        first, *others = self._models.containers(model)
        if others:
            self._standin.problems.append("The stand-in serves one container a model.")
        return first

    def _check_limits(self, fleet: Fleet) -> None:
        for variant in fleet.all:
            kind = variant.config.get("InstanceType")
            used = sum(
                each.count
                for endpoint in self.endpoints.values()
                for each in endpoint.fleet.all
                if each.config.get("InstanceType") == kind
            )
            name = f"{kind} for endpoint usage"
            self._standin.check_limit(name, variant.count, used)


def _retain(old: Fleet, new: Fleet) -> None:
    """Keep weights and counts as they are now, not as the configuration says."""
    for name, variant in new.variants.items():
        if name in old.variants:
            variant.weight = old.variants[name].weight
            variant.count = old.variants[name].count


def _summary(variant: Variant) -> dict[str, Any]:
    serverless = variant.config.get("ServerlessConfig")
    image = variant.container["Image"]
    found: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        "CurrentInstanceCount": variant.count,
        "DesiredInstanceCount": variant.count,
    }
    if serverless:
        found["CurrentServerlessConfig"] = found["DesiredServerlessConfig"] = serverless
    return found


def _capture(config: Mapping[str, Any]) -> dict[str, Any]:
    wanted = config.get("DataCaptureConfig")
    if not wanted:
        return {}
    return {
        "DataCaptureConfig": {
            "EnableCapture": wanted.get("EnableCapture", False),
            "CaptureStatus": "Started" if wanted.get("EnableCapture") else "Stopped",
            "CurrentSamplingPercentage": wanted["InitialSamplingPercentage"],
            "DestinationS3Uri": wanted["DestinationS3Uri"],
            "KmsKeyId": wanted.get("KmsKeyId", ""),
        }
    }


def _async(config: Mapping[str, Any]) -> dict[str, Any]:
    found = config.get("AsyncInferenceConfig")
    return {"AsyncInferenceConfig": found} if found else {}
