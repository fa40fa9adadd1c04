"""From a reference to the address that is really called, for what a project may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings

from labeling import references
from labeling.media.refused import NotOurs
from projects import buckets, outbound, secrets, storage
from projects.outbound import Rules

if TYPE_CHECKING:
    from projects.models import Connection

# A signed address is used at once.
SIGNED_SECONDS: Final = 300
# They hold a whole policy.
LONGEST_SIGNED: Final = 8_000
SIGNING_KEYS: Final = ("access_key_id", "secret_access_key", "session_token")


@dataclass(frozen=True, slots=True)
class Source:
    """What is called, and what people know it as."""

    url: str
    name: str
    # addresses that the host sends on to are followed
    follows: bool = True


def of(ref: str, project_id: int) -> Source:
    """Where a reference leads; NotOurs when this project may not read there."""
    wrong = references.wrong_with({"ref": ref}, private=settings.MEDIA_PRIVATE)
    if wrong:
        raise NotOurs(f"The reference {wrong}.")
    if ref.startswith(references.S3):
        return _object(ref, project_id)
    refuse_host(ref)
    return Source(ref, urlsplit(ref).hostname or "")


def refuse_host(url: str) -> None:
    """NotOurs unless the operator lets things be fetched from this host."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    allowed = settings.MEDIA_HOSTS
    if allowed and not any(_matches(host, each.lower()) for each in allowed):
        raise NotOurs(
            f"Nothing may be fetched from {host}; OVERREAD_MEDIA_HOSTS lists the hosts"
            " that may be."
        )


def _matches(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:])
    return host == allowed


def _object(ref: str, project_id: int) -> Source:
    """The object through the narrowest connection of the project that holds it."""
    bucket, key = references.split(ref)
    holding = [
        each
        for each in buckets.connected(project_id)
        if buckets.below(each.uri.partition("?")[0], ref) is not None
    ]
    if not holding:
        raise NotOurs(
            f"No S3 connection of this project holds {ref[:200]}. An owner adds one in"
            f" the project’s settings: kind S3, address s3://{bucket}."
        )
    connection = max(holding, key=lambda each: len(each.uri))
    return Source(
        _signed(connection, bucket, key), f"the bucket {bucket}", follows=False
    )


def _signed(connection: Connection, bucket: str, key: str) -> str:
    """An address of the object, which names a host that somebody configured."""
    keys = _keys(connection, bucket)
    try:
        lent = storage.lent(buckets.address(connection), keys)
        signed = lent.sign(key, SIGNED_SECONDS)
    except storage.Rejected as error:
        raise NotOurs(f"The connection {connection.name}: {error}") from error
    rules = Rules(settings.MEDIA_PRIVATE, references.SWITCH)
    wrong = outbound.wrong_with(signed, rules, longest=LONGEST_SIGNED)
    if wrong:
        raise NotOurs(f"The address of the connection {connection.name} {wrong}.")
    return signed


def _keys(connection: Connection, bucket: str) -> tuple[tuple[str, str], ...]:
    """The connection's own keys; none, for the service's, where its operator says so.

    Otherwise whoever owns a project could read, through the service, what only the
    service may read; what it keeps itself, above all.
    """
    secret = secrets.open_(bytes(connection.secret))
    keys = tuple((name, secret[name]) for name in SIGNING_KEYS if secret.get(name))
    own = bucket == urlsplit(settings.OBJECT_STORE).netloc
    if not keys and (own or not {bucket, "*"} & set(settings.MEDIA_BUCKETS)):
        raise NotOurs(
            f"The connection {connection.name} holds no keys of its own. An owner stores"
            " access_key_id and secret_access_key as its secret, or the operator lists"
            f" {bucket} in OVERREAD_MEDIA_BUCKETS."
        )
    return keys
