"""Tries what a connection to AWS may do, one permission at a time; nothing is left behind."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from registry_bridge.gateways import aws
from registry_bridge.gateways.ports import Rejected, Unreachable

if TYPE_CHECKING:
    from registry_bridge.gateways.connection import ConnectionSettings

PROBE: Final = "overread-probe"
# What would make or change something, as a policy names it.
UNTRIED: Final = (
    "sagemaker:CreateTrainingJob",
    "sagemaker:StopTrainingJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateEndpoint",
    "sagemaker:UpdateEndpoint",
    "sagemaker:DeleteEndpoint",
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:CreateModelPackage",
    "sagemaker:DescribeModelPackage",
    "sagemaker:UpdateModelPackage",
    "sagemaker:AddTags",
    "sagemaker:ListTags",
    "iam:PassRole",
)
CANNOT: Final = "This cannot be tried without doing it: the first job will show it."


@dataclass(frozen=True)
class Finding:
    """`allowed` None: not tried. `action` is what a policy calls it."""

    action: str
    resource: str
    allowed: bool | None
    words: str
    # False: nobody answered, and nobody will a moment later.
    reached: bool = True


def check(connection: ConnectionSettings) -> list[Finding]:
    """Who we are, then every permission; without credentials only the first."""
    who = _tried("sts:GetCallerIdentity", "AWS", lambda: _who(connection))
    if not who.allowed:
        return [who]
    return [
        who,
        *_while_reached(_of_bucket(connection)),
        *_while_reached(_of_sagemaker(connection)),
        *_untried(connection),
    ]


def _while_reached(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A person waits: a service that does not answer is not asked again."""
    for each in findings:
        yield each
        if not each.reached:
            return


def _who(connection: ConnectionSettings) -> str:
    client = aws.client(connection, "sts", patient=False)
    return f"Known as {client.get_caller_identity()['Arn']}."


def _of_bucket(connection: ConnectionSettings) -> Iterator[Finding]:
    """Put, read, list and delete an object of our own."""
    store, at = aws.bucket(connection, patient=False), connection.uri
    key = f"{PROBE}-{uuid.uuid4().hex}"

    def read() -> None:
        with store.open(key) as file:
            file.read()

    yield _tried("s3:PutObject", at, lambda: store.put(key, b"May be deleted."))
    yield _tried("s3:GetObject", at, read)
    yield _tried("s3:ListBucket", at, lambda: store.delete_below(key))
    yield _tried("s3:DeleteObject", at, lambda: store.delete(key))


def _of_sagemaker(connection: ConnectionSettings) -> Iterator[Finding]:
    """Ask about what is not there: who may not ask is told so first."""
    client = aws.client(connection, "sagemaker", patient=False)
    runtime = aws.client(connection, "sagemaker-runtime", patient=False)
    asked: dict[str, Callable[[], Any]] = {
        "DescribeTrainingJob": lambda: client.describe_training_job(
            TrainingJobName=PROBE
        ),
        "DescribeModel": lambda: client.describe_model(ModelName=PROBE),
        "DescribeEndpointConfig": lambda: client.describe_endpoint_config(
            EndpointConfigName=PROBE
        ),
        "DescribeEndpoint": lambda: client.describe_endpoint(EndpointName=PROBE),
        "DescribeModelPackageGroup": lambda: client.describe_model_package_group(
            ModelPackageGroupName=PROBE
        ),
        "ListModelPackages": lambda: client.list_model_packages(
            ModelPackageGroupName=PROBE
        ),
        "InvokeEndpoint": lambda: runtime.invoke_endpoint(
            EndpointName=PROBE, Body=b"{}"
        ),
    }
    for action, call in asked.items():
        yield _tried(f"sagemaker:{action}", PROBE, call)


def _untried(connection: ConnectionSettings) -> Iterator[Finding]:
    role = str(connection.options.get("execution_role") or "no execution_role is named")
    for action in UNTRIED:
        resource = role if action == "iam:PassRole" else "*"
        yield Finding(action, resource, None, CANNOT)


def _tried(action: str, resource: str, call: Callable[[], Any]) -> Finding:
    from botocore.exceptions import ClientError

    try:
        with aws.plain_errors(resource):
            try:
                said = call()
            except ClientError as error:
                if not aws.is_absent(error):
                    raise
                said = None
    except Rejected as error:
        return Finding(action, resource, allowed=False, words=str(error))
    except Unreachable as error:
        return Finding(action, resource, False, str(error), reached=False)
    words = said if isinstance(said, str) and action.startswith("sts:") else "Allowed."
    return Finding(action, resource, allowed=True, words=words)
