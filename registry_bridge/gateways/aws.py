"""Reaches Amazon Web Services by a connection, and says what its refusals mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from projects import outbound
from projects.aws import KEYS, rules
from registry_bridge.gateways.ports import QuotaReached, Rejected, Unreachable

if TYPE_CHECKING:
    from registry_bridge.gateways.connection import ConnectionSettings
    from registry_bridge.gateways.s3 import Bucket

# As audit trails name us where a role is taken on.
SESSION: Final = "overread"
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 20
# Where a person waits on a page.
SOON_SECONDS: Final = 4
# A model may think for 60 seconds.
ANSWER_SECONDS: Final = 70

FORBIDDEN: Final = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
}
ENDED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN_KEYS: Final = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
PASSING: Final = {
    "ConflictException",
    "InternalFailure",
    "ModelNotReadyException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def client(
    connection: ConnectionSettings, service: str, *, patient: bool = True
) -> Any:
    """A boto3 client with the rights of the connection, for one service.

    Each has a session of its own: sessions are shared by neither threads nor forks.
    Keep it as long as a job. Rights that come from a role are renewed before they end.
    Not `patient`: somebody waits for the answer.
    """
    addresses: Any = connection.options.get("endpoint_urls") or {}
    _judge(addresses.values())
    try:
        return _session(connection).client(
            service,
            endpoint_url=addresses.get(service),
            config=_config(service, addresses, patient=patient),
        )
    except _ours() as error:
        raise Rejected(f"AWS cannot be reached like this: {error}") from error


def _judge(addresses: Iterable[str]) -> None:
    """Owners name addresses; what only this machine may reach is not called for them."""
    try:
        for each in addresses:
            outbound.judge(each, rules())
    except outbound.Forbidden as forbidden:
        raise Rejected(
            f"An address of the connection is not called: {forbidden}"
        ) from (forbidden)
    except OSError as error:
        raise Unreachable(f"An address of the connection is not known: {error}") from (
            error
        )


def bucket(connection: ConnectionSettings, *, patient: bool = True) -> Bucket:
    """The folder of the connection's bucket, as a store of objects."""
    from registry_bridge.gateways.s3 import Bucket

    connect = partial(client, connection, "s3", patient=patient)
    return Bucket.at(connection.uri, connect=connect)


def _config(service: str, addresses: Mapping[str, str], *, patient: bool = True) -> Any:
    from botocore.config import Config

    invokes = service == "sagemaker-runtime"
    long = ANSWER_SECONDS if invokes else READ_SECONDS
    return Config(
        connect_timeout=CONNECT_SECONDS if patient else SOON_SECONDS,
        read_timeout=long if patient else SOON_SECONDS,
        retries={"mode": "standard", "max_attempts": 5 if patient else 1},
        tcp_keepalive=True,
        s3={"addressing_style": "path" if addresses.get("s3") else "auto"},
    )


def _session(connection: ConnectionSettings) -> Any:
    """The connection's own keys or else boto3's usual chain; then the role, if any."""
    import boto3
    from botocore.session import Session

    options = connection.options
    keys = {f"aws_{name}": options[name] for name in KEYS if options.get(name)}
    session = boto3.session.Session(region_name=options.get("region"), **keys)
    if not options.get("role_arn"):
        return session
    inner = Session()
    inner._credentials = _of_role(session, connection)
    return boto3.session.Session(
        botocore_session=inner, region_name=options.get("region")
    )


def _of_role(session: Any, connection: ConnectionSettings) -> Any:
    """Rights of the role, taken on when first needed and again before they end."""
    from botocore.credentials import (
        AssumeRoleCredentialFetcher,
        DeferredRefreshableCredentials,
    )

    options = connection.options
    addresses: Any = options.get("endpoint_urls") or {}

    def make_client(service: str, **keys: Any) -> Any:
        return session.client(
            service,
            endpoint_url=addresses.get(service),
            config=_config(service, addresses),
            **keys,
        )

    extra = {"RoleSessionName": SESSION}
    if options.get("external_id"):
        extra["ExternalId"] = options["external_id"]
    source = session.get_credentials()
    if source is None:
        raise Rejected(NO_CREDENTIALS)
    fetcher = AssumeRoleCredentialFetcher(
        make_client, source, options["role_arn"], extra_args=extra
    )
    return DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )


NO_CREDENTIALS: Final = (
    "There are no credentials for AWS here. Whoever runs Overread must give its machine"
    " a role, or the connection keys (docs/aws.md)."
)


@contextmanager
def plain_errors(resource: str) -> Iterator[None]:
    """Around calls: what AWS says becomes Unreachable or Rejected, with who must do what.

    `resource`: what is asked for, as a person would name it.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except ClientError as error:
        raise plain(error, resource) from error
    except NoCredentialsError as error:
        raise Rejected(NO_CREDENTIALS) from error
    except BotoCoreError as error:
        if isinstance(error, _ours()):
            raise Rejected(f"{resource}: AWS cannot be asked this: {error}") from error
        raise Unreachable(f"{resource}: AWS does not answer: {error}") from error


def _ours() -> tuple[type[Exception], ...]:
    """Errors that are made on this side: asked again they come again."""
    from botocore.exceptions import (
        InvalidRegionError,
        NoRegionError,
        ParamValidationError,
        PartialCredentialsError,
        ProfileNotFound,
    )

    return (
        InvalidRegionError,
        NoRegionError,
        ParamValidationError,
        PartialCredentialsError,
        ProfileNotFound,
    )


def code_of(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def words_of(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))[:500]


def plain(error: Any, resource: str) -> Exception:
    """What a ClientError means to a job, in words that tell who must do what."""
    code, said, act = code_of(error), words_of(error), error.operation_name
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in ENDED:
        return Unreachable(
            f"{resource}: the credentials have ended ({code}). A role renews them by "
            "itself; keys in the connection's secret must be put in anew."
        )
    if code in UNKNOWN_KEYS:
        return Rejected(
            f"{resource}: AWS does not know the credentials ({code}). Check the role, or "
            "put the keys into the connection's secret anew."
        )
    if code == "ResourceLimitExceeded":
        return QuotaReached(
            f"{resource}: a quota of the AWS account is used up: {said} Wait until "
            "others end, or ask for more at Service Quotas. It is tried again."
        )
    if code in PASSING or status >= 500 or status == 429:
        return Unreachable(f"{resource}: AWS asks to come back later ({code}): {said}")
    if code in FORBIDDEN or status == 403:
        return Rejected(
            f"AWS does not allow {act} on {resource}. Whoever looks after the role must "
            f"allow it in its policy (docs/aws.md has one). AWS says: {said}"
        )
    return Rejected(f"{resource}: AWS refused {act} ({code}): {said}")


def is_absent(error: Any) -> bool:
    """Whether a ClientError says that what was asked about is not there.

    SageMaker says it by a ValidationException most of the time, its runtime by
    a ValidationError.
    """
    code, said = code_of(error), words_of(error).lower()
    if code in {"ResourceNotFound", "ResourceNotFoundException", "404", "NoSuchKey"}:
        return True
    missing = ("could not find", "not found", "does not exist", "cannot find")
    invalid = code in {"ValidationException", "ValidationError"}
    return invalid and any(each in said for each in missing)
