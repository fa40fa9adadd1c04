"""Model packages are versioned, approved once and for all, and deployed by their ARN."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sagemaker.makers import (
    BUCKET,
    IMAGE,
    archive,
    deploy,
    invoke,
    make_bucket,
    make_config,
)
from tests.sagemaker.names import ROLE
from tests.sagemaker.standin import Standin

ARCHIVE = f"s3://{BUCKET}/model.tar.gz"
TOKEN = "the-same-each-time"


@pytest.fixture(autouse=True)
def _group(sagemaker: Standin) -> None:
    make_bucket(sagemaker)
    client = sagemaker.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="birds")


def create(sagemaker: Standin, **others: Any) -> str:
    found = sagemaker.client("sagemaker").create_model_package(
        ModelPackageGroupName="birds",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": ARCHIVE}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        **others,
    )
    return str(found["ModelPackageArn"])


def describe(sagemaker: Standin, arn: str) -> dict[str, Any]:
    client = sagemaker.client("sagemaker")
    found: dict[str, Any] = client.describe_model_package(ModelPackageName=arn)
    return found


def test_versions_count_up_and_wait_for_approval(sagemaker: Standin) -> None:
    first = create(sagemaker)
    second = create(sagemaker, CustomerMetadataProperties={"mlflow.version": "7"})

    assert first.endswith(":model-package/birds/1")
    assert second.endswith(":model-package/birds/2")
    found = describe(sagemaker, second)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["CustomerMetadataProperties"] == {"mlflow.version": "7"}
    sagemaker.wait(
        lambda: describe(sagemaker, second)["ModelPackageStatus"] == "Completed"
    )


def test_the_same_token_makes_one_package(sagemaker: Standin) -> None:
    first = create(sagemaker, ClientToken=TOKEN)

    again = create(sagemaker, ClientToken=TOKEN)

    assert again == first
    client = sagemaker.client("sagemaker")
    found = client.list_model_packages(ModelPackageGroupName="birds")
    assert len(found["ModelPackageSummaryList"]) == 1
    with pytest.raises(client.exceptions.ConflictException):
        create(sagemaker, ClientToken=TOKEN, SourceUri="models:/birds/8")


def test_a_decision_may_be_turned_and_not_be_taken_back(sagemaker: Standin) -> None:
    arn = create(sagemaker)
    client = sagemaker.client("sagemaker")

    for status in ("Approved", "Rejected", "Approved"):
        client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)

    with pytest.raises(ClientError, match="cannot go from Approved"):
        client.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="PendingManualApproval"
        )
    found = client.list_model_packages(
        ModelPackageGroupName="birds", ModelApprovalStatus="Approved"
    )
    assert [each["ModelPackageArn"] for each in found["ModelPackageSummaryList"]] == [
        arn
    ]


def test_only_an_approved_package_is_deployed(sagemaker: Standin) -> None:
    sagemaker.store.put(ARCHIVE, archive({"answer.json": '{"body": "package"}'}))
    arn = create(sagemaker)
    client = sagemaker.client("sagemaker")

    def make_model() -> None:
        client.create_model(
            ModelName="v1",
            ExecutionRoleArn=ROLE,
            Containers=[{"ModelPackageName": arn}],
        )

    with pytest.raises(ClientError, match="is not approved"):
        make_model()
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    make_model()
    make_config(sagemaker, "v1")
    deploy(sagemaker, "v1")
    assert invoke(sagemaker)["answer"] == "package"


def test_tags_stay_with_their_thing(sagemaker: Standin) -> None:
    arn = create(sagemaker, Tags=[{"Key": "team", "Value": "birds"}])
    client = sagemaker.client("sagemaker")

    client.add_tags(ResourceArn=arn, Tags=[{"Key": "promotion", "Value": "7"}])
    client.delete_tags(ResourceArn=arn, TagKeys=["team"])

    found = client.list_tags(ResourceArn=arn)["Tags"]
    assert found == [{"Key": "promotion", "Value": "7"}]


def test_a_group_with_packages_stays(sagemaker: Standin) -> None:
    arn = create(sagemaker)
    client = sagemaker.client("sagemaker")

    with pytest.raises(ClientError, match="cannot be deleted"):
        client.delete_model_package_group(ModelPackageGroupName="birds")
    client.delete_model_package(ModelPackageName=arn)
    client.delete_model_package_group(ModelPackageGroupName="birds")

    assert client.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
