"""Managed MLflow at SageMaker: where an ARN is served, signed calls, and a way in for people.

Amazon's own plug-in `sagemaker-mlflow` signs for the one tracking address of a process.
A worker serves many projects, so we sign each call for the server that it goes to.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from projects.managed_mlflow import ManagedMlflow
from registry_bridge.gateways import aws
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import Rejected, Unreachable

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials
    from botocore.session import Session

# What a link is good for, in seconds: to be followed once, and then to work with.
LINK_SECONDS, SESSION_SECONDS = 60, 12 * 3600
PERMISSION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
EXPIRED = ("ExpiredToken", "token included in the request is expired")
UNKNOWN = (
    "UnrecognizedClient",
    "InvalidClientTokenId",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "token included in the request is invalid",
    "AccessDenied",
)


def endpoint(managed: ManagedMlflow) -> str:
    """Where Amazon serves it."""
    if managed.server:
        return f"https://{managed.region}.experiments.sagemaker.aws"
    return f"https://mlflow.sagemaker.{managed.region}.app.aws"


def sign(request: Any, managed: ManagedMlflow, url: str) -> None:
    """Send this request of `requests` to `url`, for that ARN, signed (Signature Version 4)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    service = "sagemaker-mlflow" if managed.server else "sagemaker"
    header = (
        "x-mlflow-sm-tracking-server-arn" if managed.server else "x-sm-mlflow-app-arn"
    )
    address, mark, query = url.partition("?")
    # a space is %20 where signatures are checked, and not the + of forms
    request.url = address + mark + query.replace("+", "%20")
    headers = {header: managed.arn, "X-Amz-Content-SHA256": _digest(request.body)}
    signed = AWSRequest(request.method, request.url, headers)
    SigV4Auth(credentials(), service, managed.region).add_auth(signed)
    request.headers.update(dict(signed.headers.items()))


def _digest(body: Any) -> str:
    if hasattr(body, "read"):
        place = body.tell()
        digest = hashlib.file_digest(body, "sha256").hexdigest()
        body.seek(place)
        return digest
    content = body.encode() if isinstance(body, str) else body or b""
    return hashlib.sha256(content).hexdigest()


_looking = threading.Lock()


@cache
def _session() -> Session:
    from botocore.session import get_session

    return get_session()


def credentials() -> ReadOnlyCredentials:
    """By boto3's chain: environment, profile, the role of the machine; renewed by botocore."""
    from botocore.exceptions import BotoCoreError

    try:
        with _looking:
            found = _session().get_credentials()
            frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise Unreachable(f"AWS credentials cannot be read: {error}") from error
    if frozen is None or not frozen.access_key:
        raise Unreachable(
            "There are no AWS credentials: give this machine a role, or set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    return frozen


def refusal(text: str) -> Rejected | Unreachable | None:
    """What AWS means when it says no; None for what is not of AWS."""
    if found := PERMISSION.search(text):
        return Rejected(
            f"AWS refused: the credentials lack the permission {found[1]}. Add it to the "
            "policy of their role (docs/aws.md), then try again."
        )
    if any(word in text for word in EXPIRED):
        return Unreachable(
            "AWS says that the credentials have expired. Renew them, or give this machine "
            "a role whose credentials renew themselves."
        )
    if any(word in text for word in UNKNOWN):
        return Rejected(f"AWS refused the credentials: {' '.join(text.split())[:300]}")
    return None


def link(managed: ManagedMlflow) -> str:
    """An address that lets a browser in once; whoever has it is in: never kept or logged."""
    from botocore.exceptions import ClientError

    credentials()
    # at its finest, botocore logs what is answered: the link too
    logging.getLogger("botocore").setLevel(logging.INFO)
    lasting = {
        "ExpiresInSeconds": LINK_SECONDS,
        "SessionExpirationDurationInSeconds": SESSION_SECONDS,
    }
    here = ConnectionSettings("aws", options={"region": managed.region})
    client = aws.client(here, "sagemaker")
    with aws.plain_errors("the way into MLflow"):
        try:
            if managed.server:
                made = client.create_presigned_mlflow_tracking_server_url(
                    TrackingServerName=managed.server, **lasting
                )
            else:
                made = client.create_presigned_mlflow_app_url(
                    Arn=managed.arn, **lasting
                )
        except ClientError as error:
            if refused := refusal(str(error)):
                raise refused from error
            raise
    return str(made["AuthorizedUrl"])
