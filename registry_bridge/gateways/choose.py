"""Picks the gateway of a connection; tests put fakes in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from django.conf import settings

from projects import storage
from projects.managed_mlflow import ManagedMlflow
from registry_bridge.gateways import aws, ports
from registry_bridge.gateways.connection import EMBEDDED, ConnectionSettings
from registry_bridge.gateways.mlflow_server import MlflowServer

__all__ = [
    "EMBEDDED",
    "ConnectionSettings",
    "compute",
    "deployment",
    "managed_mlflow",
    "messages",
    "objects",
    "packages",
    "registry",
    "shelf",
    "tracking",
    "using",
]

_in_place: dict[str, object] = {}


@contextmanager
def using(**gateways: object) -> Iterator[None]:
    """Put these in the place of the real ones: `using(tracking=fake, registry=fake)`."""
    unknown = set(gateways) - {
        "tracking",
        "registry",
        "compute",
        "deployment",
        "objects",
        "packages",
        "shelf",
        "messages",
    }
    if unknown:
        raise TypeError(f"No such port: {', '.join(sorted(unknown))}.")
    before = dict(_in_place)
    _in_place.update(gateways)
    try:
        yield
    finally:
        _in_place.clear()
        _in_place.update(before)


def tracking(connection: ConnectionSettings = EMBEDDED) -> ports.Tracking:
    if "tracking" in _in_place:
        return cast(ports.Tracking, _in_place["tracking"])
    from registry_bridge.gateways.mlflow_tracking import MlflowTracking

    return MlflowTracking(_mlflow(connection))


def registry(connection: ConnectionSettings = EMBEDDED) -> ports.Registry:
    if "registry" in _in_place:
        return cast(ports.Registry, _in_place["registry"])
    from registry_bridge.gateways.mlflow_registry import MlflowRegistry

    return MlflowRegistry(_mlflow(connection))


def compute(
    connection: ConnectionSettings = EMBEDDED,
    machine: Mapping[str, Any] | None = None,
) -> ports.Compute:
    """`machine`: what the project's file asks of what trains."""
    if "compute" in _in_place:
        return cast(ports.Compute, _in_place["compute"])
    if connection.kind == "aws":
        from registry_bridge.gateways.sagemaker_compute import SageMakerCompute

        return SageMakerCompute(connection, machine or {}, settings.JOBS_DIR)
    _only_embedded(connection, "train")
    from registry_bridge.gateways.local_compute import LocalCompute

    return LocalCompute(settings.JOBS_DIR)


def deployment(
    connection: ConnectionSettings = EMBEDDED,
    machine: Mapping[str, Any] | None = None,
) -> ports.Deployment:
    """`machine`: what the project's file asks of what serves."""
    if "deployment" in _in_place:
        return cast(ports.Deployment, _in_place["deployment"])
    if connection.kind == "aws":
        from registry_bridge.gateways.sagemaker_deployment import SageMakerDeployment

        return SageMakerDeployment(connection, machine or {})
    _only_embedded(connection, "deploy")
    from registry_bridge.gateways.local_deployment import LocalDeployment

    return LocalDeployment(settings.SERVING_DIR, settings.HOSTING_URL)


def packages(
    connection: ConnectionSettings, machine: Mapping[str, Any]
) -> ports.Packages | None:
    """None: the connection knows no second registry."""
    if "packages" in _in_place:
        return cast(ports.Packages, _in_place["packages"])
    if connection.kind != "aws":
        return None
    from registry_bridge.gateways.sagemaker_packages import SageMakerPackages

    return SageMakerPackages(connection, machine)


def objects(connection: ConnectionSettings = EMBEDDED) -> ports.Objects:
    if "objects" in _in_place:
        return cast(ports.Objects, _in_place["objects"])
    if connection.kind == "embedded":
        return storage.objects()
    if connection.kind == "aws":
        return aws.bucket(connection)
    return storage.objects_at(connection.uri)


def shelf(connection: ConnectionSettings, bucket: str) -> ports.Shelf:
    """A bucket that others fill; in its place stands a function of the bucket's name."""
    if "shelf" in _in_place:
        return cast("Callable[[str], ports.Shelf]", _in_place["shelf"])(bucket)
    from registry_bridge.gateways.s3_reader import Reader

    return Reader(aws.client(_as_aws(connection), "s3"), bucket)


def messages(connection: ConnectionSettings, url: str) -> ports.Messages:
    if "messages" in _in_place:
        return cast(ports.Messages, _in_place["messages"])
    from registry_bridge.gateways.sqs import Queue, region_of

    if not connection.options.get("region"):
        options = {**connection.options, "region": region_of(url)}
        connection = replace(connection, options=options)
    return Queue(aws.client(_as_aws(connection), "sqs"), url)


def _as_aws(connection: ConnectionSettings) -> ConnectionSettings:
    """A connection of kind s3 names one address, that of the bucket."""
    address = connection.options.get("endpoint_url")
    if connection.kind == "aws" or not address:
        return connection
    options = {"endpoint_urls": {"s3": address}, **connection.options}
    return replace(connection, options=options)


def managed_mlflow(connection: ConnectionSettings = EMBEDDED) -> ManagedMlflow | None:
    """None for a server that people reach by its address."""
    return _mlflow(connection).managed


def _mlflow(connection: ConnectionSettings) -> MlflowServer:
    options = connection.options
    return MlflowServer(
        uri=connection.uri or settings.MLFLOW_TRACKING_URI,
        username=options.get("username", ""),
        password=options.get("password", ""),
        token=options.get("token", ""),
        public_url=options.get("public_url", "")
        or ("" if connection.uri else settings.MLFLOW_PUBLIC_URL),
        endpoint=settings.MANAGED_MLFLOW_ENDPOINT,
    )


def _only_embedded(connection: ConnectionSettings, act: str) -> None:
    if connection.kind != "embedded":
        raise ports.Rejected(
            f"Overread cannot {act} on a connection of kind {connection.kind!r}."
            " Choose another connection in the project's settings."
        )
