"""Which buckets and queues a source may use by the rights of the service itself."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import Rejected

# Whoever owns a connection gave it rights of its own by one of these.
OWN: Final = ("access_key_id", "role_arn")


def _has_own(connection: ConnectionSettings) -> bool:
    return any(connection.options.get(name) for name in OWN)


def require_queue(connection: ConnectionSettings, url: str) -> None:
    """Rejected unless the rights are the connection's, or the operator lists the queue.

    What is received is deleted: another program's queue would be emptied.
    """
    if _has_own(connection) or {url, "*"} & set(settings.CAPTURE_QUEUES):
        return
    raise Rejected(
        f"The service may not receive from {url} for a project by its own rights. An "
        "owner makes a connection with a role or keys for it, or the operator lists it "
        "in OVERREAD_CAPTURE_QUEUES."
    )


def require(connection: ConnectionSettings, bucket: str) -> None:
    """Rejected unless the rights are the connection's, or the operator lists the bucket.

    Otherwise whoever leads a project could read, through the service, what only the
    service may read; what it keeps itself, above all.
    """
    if _has_own(connection):
        return
    own = bucket == urlsplit(settings.OBJECT_STORE).netloc
    if own or not {bucket, "*"} & set(settings.MEDIA_BUCKETS):
        raise Rejected(
            f"The service may not read {bucket} for a project by its own rights. An owner "
            "makes a connection with a role or keys for it, or the operator lists it in "
            "OVERREAD_MEDIA_BUCKETS."
        )
