"""The model registry: groups of model packages, each version to be approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import Refusal, invalid
from tests.sagemaker.names import arn as arn_of
from tests.sagemaker.paging import is_wanted, only, page

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

STEP = 5.0
PENDING = "PendingManualApproval"
# nobody comes back to PENDING
DECISIONS = {"Approved", "Rejected"}
GROUP_FIELDS = (
    *("ModelPackageGroupName", "ModelPackageGroupArn", "ModelPackageGroupDescription"),
    *("CreationTime", "ModelPackageGroupStatus"),
)
CHANGES = (
    *("ModelApprovalStatus", "ApprovalDescription", "SourceUri", "ModelLifeCycle"),
    *("ModelCard", "InferenceSpecification"),
)
FIELDS = (
    *("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "CreationTime", "ModelPackageStatus"),
    *("ModelApprovalStatus", "ModelLifeCycle"),
)


class Packages:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self.groups: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        # what a ClientToken was used for, and the package that came of it
        self._tokens: dict[str, tuple[dict[str, Any], str]] = {}

    def create_model_package_group(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["ModelPackageGroupName"]
        arn = arn_of("model-package-group", name)
        if name in self.groups:
            raise invalid(f"Model Package Group already exists: {arn}")
        self.groups[name] = {
            **{key: value for key, value in params.items() if key != "Tags"},
            "ModelPackageGroupArn": arn,
            "ModelPackageGroupStatus": "Completed",
            "CreationTime": self._standin.clock.now(),
            "CreatedBy": {},
        }
        self._standin.tag(arn, params.get("Tags", []))
        return {"ModelPackageGroupArn": arn}

    def describe_model_package_group(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._group(params["ModelPackageGroupName"])

    def delete_model_package_group(self, params: dict[str, Any]) -> None:
        name = self._group(params["ModelPackageGroupName"])["ModelPackageGroupName"]
        if any(self._versions(name)):
            raise invalid("A Model Package Group that has packages cannot be deleted.")
        del self.groups[name]

    def list_model_package_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        name = "ModelPackageGroupName"
        rows = [only(each, *GROUP_FIELDS) for each in self.groups.values()]
        found = [row for row in rows if is_wanted(row, params, name)]
        return page(found, params, "ModelPackageGroupSummaryList", name)

    def create_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        if "ModelPackageGroupName" not in params:
            self._standin.problems.append("The stand-in has packages in groups only.")
            raise invalid("ModelPackageGroupName must be given.")
        token = params.get("ClientToken", "")
        if token in self._tokens:
            return self._again(*self._tokens[token], params)
        group = self._group(params["ModelPackageGroupName"])["ModelPackageGroupName"]
        taken = [each["ModelPackageVersion"] for each in self._versions(group)]
        version = max(taken, default=0) + 1
        arn = arn_of("model-package", f"{group}/{version}")
        now = self._standin.clock.now()
        hidden = {"Tags", "ClientToken"}
        package = self.packages[arn] = {
            "ModelApprovalStatus": PENDING,
            **{key: value for key, value in params.items() if key not in hidden},
            "ModelPackageName": group,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "ModelPackageStatus": "Pending",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        if token:
            self._tokens[token] = (params, arn)
        self._standin.tag(arn, params.get("Tags", []))
        self._standin.go(self._complete, package)
        return {"ModelPackageArn": arn}

    def describe_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.package(params["ModelPackageName"])

    def update_model_package(self, params: dict[str, Any]) -> dict[str, Any]:
        package = self.package(params["ModelPackageArn"])
        wanted = params.get("ModelApprovalStatus", package["ModelApprovalStatus"])
        if wanted != package["ModelApprovalStatus"] and wanted not in DECISIONS:
            raise invalid(
                f"ModelApprovalStatus cannot go from {package['ModelApprovalStatus']} to"
                f" {wanted}."
            )
        own = package.setdefault("CustomerMetadataProperties", {})
        own.update(params.get("CustomerMetadataProperties", {}))
        for key in params.get("CustomerMetadataPropertiesToRemove", []):
            own.pop(key, None)
        package.update(only(params, *CHANGES))
        package["LastModifiedTime"] = self._standin.clock.now()
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def delete_model_package(self, params: dict[str, Any]) -> None:
        del self.packages[self.package(params["ModelPackageName"])["ModelPackageArn"]]

    def list_model_packages(self, params: dict[str, Any]) -> dict[str, Any]:
        group = params.get("ModelPackageGroupName", "").rpartition("/")[2]
        approval = params.get("ModelApprovalStatus")
        name = "ModelPackageGroupName"
        found = [
            only(each, *FIELDS)
            for each in self.packages.values()
            if group in {"", each[name]}
            and approval in {None, each["ModelApprovalStatus"]}
            and is_wanted(each, params, name)
        ]
        return page(found, params, "ModelPackageSummaryList", name)

    def package(self, name: str) -> dict[str, Any]:
        if name not in self.packages:
            raise invalid(f"ModelPackage {name} does not exist.")
        return self.packages[name]

    def container(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a container as it is, or as the package that it names says."""
        if "ModelPackageName" not in given:
            return dict(given)
        package = self.package(given["ModelPackageName"])
        if package["ModelApprovalStatus"] != "Approved":
            raise invalid(
                f"The model package {package['ModelPackageArn']} is not approved."
            )
        found = package["InferenceSpecification"]["Containers"][0]
        variables = {**found.get("Environment", {}), **given.get("Environment", {})}
        return {**found, "Environment": variables}

    def _group(self, name: str) -> dict[str, Any]:
        group = self.groups.get(name.rpartition("/")[2])
        if group is None:
            raise invalid(f"Model Package Group {name} does not exist.")
        return group

    def _versions(self, group: str) -> list[dict[str, Any]]:
        found = self.packages.values()
        return [each for each in found if each["ModelPackageGroupName"] == group]

    def _again(
        self, before: dict[str, Any], arn: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        if before != params:
            text = "The ClientToken was used for another request."
            raise Refusal("ConflictException", text)
        return {"ModelPackageArn": arn}

    def _complete(self, package: dict[str, Any]) -> None:
        for status in ("InProgress", "Completed"):
            self._standin.clock.sleep(STEP)
            with self._standin.lock:
                package["ModelPackageStatus"] = status
