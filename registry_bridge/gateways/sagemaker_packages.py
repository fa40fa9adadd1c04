"""Versions in SageMaker's Model Registry, where others wait for a person's approval."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from registry_bridge.gateways import aws, sagemaker_models
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import ModelSource
from registry_bridge.gateways.sagemaker_requests import image

NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9]+")
TOKENS: Final = uuid.UUID("6c3f2f0e-5f0b-4c8e-9a53-0f6f0c1b7a11")
PENDING: Final = "PendingManualApproval"


class SageMakerPackages:
    def __init__(
        self, connection: ConnectionSettings, machine: Mapping[str, Any]
    ) -> None:
        self.connection, self.machine = connection, machine

    def announce(
        self, source: ModelSource, key: str, properties: Mapping[str, str]
    ) -> str:
        group = NOT_IN_NAMES.sub("-", source.model_name).strip("-")[:63]
        with aws.plain_errors(f"the model package group {group}"):
            self._make_group(group)
            found = self._find(group, _described(key))
            return found or self._make(group, source, key, properties)

    def decide(self, address: str, words: str, *, approved: bool) -> None:
        wanted = "Approved" if approved else "Rejected"
        with aws.plain_errors(f"the model package {address}"):
            told = self._sagemaker.describe_model_package(ModelPackageName=address)
            if told.get("ModelApprovalStatus") == wanted:
                return
            self._sagemaker.update_model_package(
                ModelPackageArn=address,
                ModelApprovalStatus=wanted,
                ApprovalDescription=words[:1024],
            )

    def _make_group(self, group: str) -> None:
        from botocore.exceptions import ClientError

        known = {"ModelPackageGroupName": group}
        try:
            self._sagemaker.describe_model_package_group(**known)
        except ClientError as error:
            if not aws.is_absent(error):
                raise
            self._make_absent(known)

    def _make_absent(self, known: Mapping[str, str]) -> None:
        from botocore.exceptions import ClientError

        try:
            self._sagemaker.create_model_package_group(**known)
        except ClientError as error:
            # another worker was first
            if "already exist" not in aws.words_of(error).lower():
                raise

    def _find(self, group: str, described: str) -> str | None:
        """What an earlier try left: AWS forgets its tokens after a while, we do not."""
        pages = self._sagemaker.get_paginator("list_model_packages")
        for page in pages.paginate(ModelPackageGroupName=group):
            for each in page["ModelPackageSummaryList"]:
                if each.get("ModelPackageDescription") == described:
                    return str(each["ModelPackageArn"])
        return None

    def _make(
        self,
        group: str,
        source: ModelSource,
        key: str,
        properties: Mapping[str, str],
    ) -> str:
        container = {
            "Image": image(self.machine, "hosting"),
            "ModelDataUrl": sagemaker_models.put(self.connection, source.directory),
            "Environment": sagemaker_models.ENVIRONMENT,
        }
        made = self._sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelPackageDescription=_described(key),
            ModelApprovalStatus=PENDING,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": [sagemaker_models.CONTENT],
                "SupportedResponseMIMETypes": [sagemaker_models.CONTENT],
            },
            CustomerMetadataProperties={k: v[:256] for k, v in properties.items()},
            # ours, or a call sent again would make a second one
            ClientToken=str(uuid.uuid5(TOKENS, f"{group}/{key}")),
        )
        return str(made["ModelPackageArn"])

    @cached_property
    def _sagemaker(self) -> Any:
        return aws.client(self.connection, "sagemaker")


def _described(key: str) -> str:
    return f"Overread: {key}"
