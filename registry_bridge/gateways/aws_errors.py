"""What S3 and SQS refuse, in a sentence that names the permission that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from registry_bridge.gateways import aws
from registry_bridge.gateways.ports import Missing, Rejected

ABSENT: Final = {"404", "NoSuchKey", "NotFound"}
DENIED: Final = aws.FORBIDDEN | {"403", "AllAccessDisabled"}


@contextmanager
def named(permission: str, resource: str) -> Iterator[None]:
    """Around one call; `permission` is what it needs, such as s3:GetObject."""
    from botocore.exceptions import ClientError

    with aws.plain_errors(resource):
        try:
            yield
        except ClientError as error:
            plainer = _plainer(error, permission, resource)
            if plainer is None:
                raise
            raise plainer from error


def _plainer(error: Any, permission: str, resource: str) -> Exception | None:
    """None: there is nothing more to say than what aws.plain says."""
    code = aws.code_of(error)
    if code in ABSENT:
        return Missing(f"{resource} is not there any more.")
    if code in DENIED:
        also = _also(permission)
        return Rejected(f"AWS denies it. Allow {permission} on {resource}{also}.")
    return None


def _also(permission: str) -> str:
    """Who may not list a bucket is told "denied" of objects that are gone, too."""
    return ", and s3:ListBucket on its bucket" if permission == "s3:GetObject" else ""
