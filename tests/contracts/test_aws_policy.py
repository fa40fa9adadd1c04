"""The policy in docs/aws.md allows what the gateways call, and little else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from botocore.session import get_session

CHECKOUT = Path(__file__).resolve().parent.parent.parent
GATEWAYS = CHECKOUT / "registry_bridge" / "gateways"
# Of S3, a permission is not always called what the operation is.
S3 = {
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:AbortMultipartUpload",
}
# Called by botocore, asked for by a role's owner, or not an operation at all.
WITHOUT_CALL = {"iam:PassRole", "sts:AssumeRole", "sts:GetCallerIdentity"}
KINDS = ("model", "endpoint_config", "endpoint")


def allowed() -> set[str]:
    text = (CHECKOUT / "docs" / "aws.md").read_text()
    policy = json.loads(text.split("```json\n")[1].split("```")[0])
    found = [statement["Action"] for statement in policy["Statement"]]
    return {
        action
        for each in found
        for action in ([each] if isinstance(each, str) else each)
    }


def called() -> set[str]:
    """Every operation of SageMaker that a gateway names, as a policy calls it."""
    service = get_session().get_service_model
    names = [*service("sagemaker").operation_names, "InvokeEndpoint"]
    known = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): name for name in names}
    text = "".join(
        path.read_text()
        for path in [*GATEWAYS.glob("sagemaker_*.py"), GATEWAYS / "aws_check.py"]
    )
    words = set(re.findall(r"[a-z_]+", text))
    # made and looked up under a name that is put together
    words |= {f"{verb}_{kind}" for verb in ("create", "describe") for kind in KINDS}
    return {f"sagemaker:{known[word]}" for word in words & set(known)}


def test_the_policy_allows_what_the_gateways_call_and_nothing_else_of_sagemaker() -> (
    None
):
    assert called() == allowed() - S3 - WITHOUT_CALL


def test_the_policy_allows_no_more_than_it_says() -> None:
    assert allowed() >= S3 | WITHOUT_CALL
    assert not [action for action in allowed() if "*" in action]
