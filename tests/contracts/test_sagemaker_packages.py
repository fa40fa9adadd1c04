"""SageMaker's Model Registry: one package a version, whatever is sent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_bridge.gateways.ports import ModelSource
from registry_bridge.gateways.sagemaker_packages import SageMakerPackages
from tests.contracts.machines import HOSTING, make_machines
from tests.contracts.models import make_model
from tests.sagemaker.faults import drop
from tests.sagemaker.standin import Standin

LINEAGE = {"mlflow.version": "2", "overread.training": "digits-1"}


@pytest.fixture
def packages(sagemaker: Standin) -> SageMakerPackages:
    return SageMakerPackages(make_machines(sagemaker), HOSTING)


@pytest.fixture
def source(tmp_path: Path) -> ModelSource:
    return ModelSource("digits", "2", make_model(tmp_path / "model", "seven"))


def test_a_version_waits_for_approval_with_its_lineage(
    sagemaker: Standin, packages: SageMakerPackages, source: ModelSource
) -> None:
    address = packages.announce(source, "version 2", LINEAGE)

    client = sagemaker.client("sagemaker")
    told = client.describe_model_package(ModelPackageName=address)
    assert told["ModelApprovalStatus"] == "PendingManualApproval"
    assert told["CustomerMetadataProperties"] == LINEAGE
    (container,) = told["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"].startswith("s3://machines/birds/models/")


@pytest.mark.parametrize("operation", ["CreateModelPackageGroup", "CreateModelPackage"])
def test_an_answer_that_is_lost_makes_no_second_package(
    sagemaker: Standin, packages: SageMakerPackages, source: ModelSource, operation: str
) -> None:
    sagemaker.faults.after(operation, 1, drop)

    first = packages.announce(source, "version 2", LINEAGE)
    again = packages.announce(source, "version 2", LINEAGE)

    assert again == first
    client = sagemaker.client("sagemaker")
    found = client.list_model_packages(ModelPackageGroupName="digits")
    assert len(found["ModelPackageSummaryList"]) == 1


def test_a_decision_is_told_once_and_may_be_turned_round(
    sagemaker: Standin, packages: SageMakerPackages, source: ModelSource
) -> None:
    address = packages.announce(source, "version 2", LINEAGE)

    packages.decide(address, "Promotion 7.", approved=True)
    packages.decide(address, "Promotion 7.", approved=True)
    packages.decide(address, "Promotion 8.", approved=False)

    client = sagemaker.client("sagemaker")
    told = client.describe_model_package(ModelPackageName=address)
    assert (told["ModelApprovalStatus"], told["ApprovalDescription"]) == (
        "Rejected",
        "Promotion 8.",
    )
    assert len(sagemaker.calls_of("UpdateModelPackage")) == 2
