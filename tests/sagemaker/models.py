"""Models and endpoint configurations: what could be served, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import exists, invalid, not_found
from tests.sagemaker.names import arn as arn_of
from tests.sagemaker.packages import Packages
from tests.sagemaker.paging import is_wanted, only, page

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin


class Models:
    def __init__(self, standin: Standin, packages: Packages) -> None:
        self._standin, self._packages = standin, packages
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}

    def create_model(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["ModelName"]
        arn = arn_of("model", name)
        if name in self.models:
            raise exists("model", arn)
        if "ExecutionRoleArn" not in params:
            raise invalid("ExecutionRoleArn must be given.")
        if ("PrimaryContainer" in params) == ("Containers" in params):
            raise invalid(
                "Exactly one of PrimaryContainer and Containers must be given."
            )
        for container in _containers(params):
            _check_container(container)
            self._packages.container(container)
        kept = {key: value for key, value in params.items() if key != "Tags"}
        self.models[name] = {
            "EnableNetworkIsolation": False,
            **kept,
            "ModelArn": arn,
            "CreationTime": self._standin.clock.now(),
        }
        self._standin.tag(arn, params.get("Tags", []))
        return {"ModelArn": arn}

    def describe_model(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.model(params["ModelName"])

    def delete_model(self, params: dict[str, Any]) -> None:
        self.model(params["ModelName"])
        del self.models[params["ModelName"]]

    def list_models(self, params: dict[str, Any]) -> dict[str, Any]:
        fields = ("ModelName", "ModelArn", "CreationTime")
        rows = [only(row, *fields) for row in self.models.values()]
        found = [row for row in rows if is_wanted(row, params, "ModelName")]
        return page(found, params, "Models", "ModelName")

    def model(self, name: str) -> dict[str, Any]:
        if name not in self.models:
            raise not_found("model", arn_of("model", name))
        return self.models[name]

    def containers(self, name: str) -> list[dict[str, Any]]:
        """Return what a model runs in, packages looked up."""
        given = _containers(self.model(name))
        return [self._packages.container(each) for each in given]

    def create_endpoint_config(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["EndpointConfigName"]
        arn = arn_of("endpoint-config", name)
        if name in self.configs:
            raise exists("endpoint configuration", arn)
        self._check_config(params)
        kept = {key: value for key, value in params.items() if key != "Tags"}
        now = self._standin.clock.now()
        self.configs[name] = {**kept, "EndpointConfigArn": arn, "CreationTime": now}
        self._standin.tag(arn, params.get("Tags", []))
        return {"EndpointConfigArn": arn}

    def describe_endpoint_config(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.config(params["EndpointConfigName"])

    def delete_endpoint_config(self, params: dict[str, Any]) -> None:
        self.config(params["EndpointConfigName"])
        del self.configs[params["EndpointConfigName"]]

    def list_endpoint_configs(self, params: dict[str, Any]) -> dict[str, Any]:
        fields = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        rows = [only(row, *fields) for row in self.configs.values()]
        found = [row for row in rows if is_wanted(row, params, "EndpointConfigName")]
        return page(found, params, "EndpointConfigs", "EndpointConfigName")

    def config(self, name: str) -> dict[str, Any]:
        if name not in self.configs:
            arn = arn_of("endpoint-config", name)
            raise not_found("endpoint configuration", arn)
        return self.configs[name]

    def _check_config(self, params: Mapping[str, Any]) -> None:
        shadows = params.get("ShadowProductionVariants", [])
        variants = [*params["ProductionVariants"], *shadows]
        names = [each["VariantName"] for each in variants]
        if len(names) != len(set(names)):
            raise invalid("The names of variants must be unique.")
        for variant in variants:
            self._check_variant(variant, params, alone=len(variants) == 1)
        if shadows and len(variants) != 2:
            raise invalid("Shadow testing takes one production and one shadow variant.")

    def _check_variant(
        self, variant: Mapping[str, Any], config: Mapping[str, Any], *, alone: bool
    ) -> None:
        if "ModelName" not in variant:
            raise invalid(
                "ModelName must be given: inference components are not done here."
            )
        containers = self.containers(variant["ModelName"])
        several = any(each.get("Mode") == "MultiModel" for each in containers)
        if "ServerlessConfig" in variant:
            self._check_serverless(variant, config, alone=alone, several=several)
        elif "InstanceType" not in variant or "InitialInstanceCount" not in variant:
            raise invalid(
                f"Variant {variant['VariantName']} must give InstanceType and"
                " InitialInstanceCount, or ServerlessConfig."
            )
        if several and "AsyncInferenceConfig" in config:
            raise invalid("Multi-model endpoints do not support AsyncInferenceConfig.")

    def _check_serverless(
        self,
        variant: Mapping[str, Any],
        config: Mapping[str, Any],
        *,
        alone: bool,
        several: bool,
    ) -> None:
        model = self.model(variant["ModelName"])
        excluded = {
            "InstanceType": "InstanceType" in variant,
            "data capture": "DataCaptureConfig" in config,
            "asynchronous inference": "AsyncInferenceConfig" in config,
            "multiple variants": not alone,
            "multi-model containers": several,
            "inference pipelines": len(_containers(model)) > 1,
            "VpcConfig": "VpcConfig" in model,
            "network isolation": model["EnableNetworkIsolation"],
        }
        for what, is_asked in excluded.items():
            if is_asked:
                raise invalid(f"Serverless endpoints do not support {what}.")


def _containers(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(model.get("Containers") or [model["PrimaryContainer"]])


def _check_container(container: Mapping[str, Any]) -> None:
    if ("Image" in container) == ("ModelPackageName" in container):
        raise invalid(
            "A container must give exactly one of Image and ModelPackageName."
        )
    if container.get("Mode") == "MultiModel":
        if not container.get("ModelDataUrl", "").endswith("/"):
            raise invalid(
                "A multi-model container's ModelDataUrl must end with a slash."
            )
    elif "ModelDataUrl" in container and not container["ModelDataUrl"].endswith(
        ".tar.gz"
    ):
        raise invalid("ModelDataUrl must name an archive that ends with .tar.gz.")
