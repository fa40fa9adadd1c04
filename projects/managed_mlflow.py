"""The name of a managed MLflow at Amazon SageMaker: a tracking server's ARN, or an app's."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The partitions in which Amazon serves it.
_ARN = re.compile(
    r"arn:(?:aws|aws-us-gov):sagemaker:(?P<region>[a-z0-9-]+):[0-9]{12}:"
    r"(?:mlflow-tracking-server/(?P<server>[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,255})"
    r"|mlflow-app/(?P<app>app-[a-zA-Z0-9-]+))"
)


@dataclass(frozen=True)
class ManagedMlflow:
    """One of `server` and `app` is named, the other empty."""

    arn: str
    region: str
    server: str
    app: str


def is_arn(address: str) -> bool:
    return address.startswith("arn:")


def of(address: str) -> ManagedMlflow | None:
    """None for what is no such ARN."""
    found = _ARN.fullmatch(address)
    if found is None:
        return None
    return ManagedMlflow(
        address, found["region"], found["server"] or "", found["app"] or ""
    )
