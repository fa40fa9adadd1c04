"""One MLflow server: how its client is made, and what its errors mean to us."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from projects import managed_mlflow
from registry_bridge.gateways import managed_mlflow as sagemaker_mlflow
from registry_bridge.gateways.ports import Rejected, Unreachable

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from projects.managed_mlflow import ManagedMlflow

# A server that is gone must be known within seconds: the job is tried again later.
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_TRACKING_AUTH": "overread",
    "GIT_PYTHON_REFRESH": "quiet",
}
PASSING = {
    "INTERNAL_ERROR",
    "TEMPORARILY_UNAVAILABLE",
    "REQUEST_LIMIT_EXCEEDED",
    "DEADLINE_EXCEEDED",
    "ABORTED",
}
# MLflow calls what two writers do to each other a bad request; it is a passing fault.
PASSING_WORDS = ("UniqueViolation", "DeadlockDetected", "SerializationFailure")
ABSENT = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}


@dataclass(frozen=True)
class MlflowServer:
    uri: str
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    public_url: str = ""  # where people's browsers find it, if elsewhere
    endpoint: str = ""  # where an ARN is served, if not where Amazon says

    @property
    def page(self) -> str:
        return (self.public_url or self.uri).rstrip("/")

    @property
    def managed(self) -> ManagedMlflow | None:
        """What an ARN as `uri` names."""
        return managed_mlflow.of(self.uri)

    @property
    def address(self) -> str:
        """What MLflow's client is told. Of an ARN: its host, and the ARN as a folder.

        Many ARNs share a host; the folder tells which one a request is for, and is taken
        away when the request is signed.
        """
        if self.managed is None:
            return self.uri
        return f"{self._host(self.managed)}/{self.uri}"

    def bare(self, url: str) -> str:
        """The URL without that folder."""
        host = self.address.removesuffix(f"/{self.uri}")
        return host + url.removeprefix(self.address)

    def _host(self, managed: ManagedMlflow) -> str:
        return (self.endpoint or sagemaker_mlflow.endpoint(managed)).rstrip("/")

    def client(self) -> MlflowClient:
        """Return MLflow's own client; the first call in a process imports MLflow."""
        if not self.uri:
            raise Rejected("No MLflow server is configured: set MLFLOW_TRACKING_URI.")
        if managed_mlflow.is_arn(self.uri):
            self._refuse_unsigned()
        _make_ready()
        _ACCESS.know(self)
        from mlflow import MlflowClient

        return MlflowClient(self.address, self.address)

    def _refuse_unsigned(self) -> None:
        """Said here in words of ours: MLflow would take it for a fault of the network."""
        if self.managed is None:
            raise Rejected(f"{self.uri} is no ARN of a managed MLflow.")
        sagemaker_mlflow.credentials()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what MLflow raises into `Unreachable` (try again) or `Rejected` (never will)."""
    _make_ready()
    import requests
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error) as error:
        # artifacts of a managed MLflow go straight to S3
        raise sagemaker_mlflow.refusal(str(error)) or Unreachable(
            _short(error)
        ) from error
    except MlflowException as error:
        if refused := sagemaker_mlflow.refusal(str(error)):
            raise refused from error
        if is_passing(error):
            raise Unreachable(f"MLflow did not answer: {_short(error)}") from error
        raise Rejected(f"MLflow refused: {_short(error)}") from error
    except requests.RequestException as error:
        if _is_final(error):
            raise Rejected(f"MLflow refused: {_short(error)}") from error
        raise Unreachable(f"MLflow did not answer: {_short(error)}") from error


def is_passing(error: Any) -> bool:
    """Tell whether the same call may succeed later."""
    text = str(error)
    return error.error_code in PASSING or any(word in text for word in PASSING_WORDS)


def is_absent(error: Any) -> bool:
    return error.error_code in ABSENT


def quoted(value: str) -> str:
    """Quote a value for MLflow's search, which knows no escape."""
    if "'" in value:
        raise Rejected(f"{value!r} must not hold a quotation mark.")
    return f"'{value}'"


def _is_final(error: Any) -> bool:
    # files go another way than calls: what was refused there has only a status
    status = error.response.status_code if error.response is not None else 500
    return 400 <= status < 500 and status not in {408, 425, 429}


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


_ready = threading.Lock()


def _make_ready() -> None:
    with _ready:
        if _ACCESS.registered:
            return
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        # sagemaker-mlflow warns at every call whose address is no ARN
        noisy = logging.getLogger("mlflow.tracking.request_header.registry")
        noisy.setLevel(logging.ERROR)
        _ACCESS.register()


class _Access:
    """Adds a server's credentials to the requests that go to that server, to no other.

    MLflow reads credentials from the environment, of which a process has one; its
    plug-in for authentication sees each request, whichever thread sends it.
    """

    def __init__(self) -> None:
        self.servers: dict[str, MlflowServer] = {}
        self.registered = False

    def know(self, server: MlflowServer) -> None:
        self.servers[server.address.rstrip("/")] = server

    def register(self) -> None:
        from mlflow.tracking.request_auth import registry

        known = registry._request_auth_provider_registry
        known.register(lambda: self)  # type: ignore[no-untyped-call]
        self.registered = True

    def get_name(self) -> str:
        return "overread"

    def get_auth(self) -> _Access:
        return self

    def __call__(self, request: Any) -> Any:
        server = self._server_of(request.url)
        if server and server.managed:
            sagemaker_mlflow.sign(request, server.managed, server.bare(request.url))
        elif server and server.token:
            request.headers["Authorization"] = f"Bearer {server.token}"
        elif server and server.username:
            from requests.auth import HTTPBasicAuth

            return HTTPBasicAuth(server.username, server.password)(request)
        return request

    def _server_of(self, url: str) -> MlflowServer | None:
        fitting = [uri for uri in self.servers if url.startswith(f"{uri}/")]
        return self.servers[max(fitting, key=len)] if fitting else None


_ACCESS = _Access()
