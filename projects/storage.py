"""Where large objects are kept: the port, the local folder, and which one settings name."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from django.conf import settings
from django.core import signing
from django.utils.module_loading import import_string

from projects.refused import NotFound

KEY = re.compile(r"[A-Za-z0-9_=.-]+(/[A-Za-z0-9_=.-]+)*")
CHUNK = 1024 * 1024
SALT = "projects.storage"


class Unreachable(Exception):
    """An outside system did not answer, or not now: the same call may succeed later."""

    # When to ask again; None: as the caller sees fit.
    seconds: float | None = None


class Rejected(Exception):
    """An outside system said no, and will say so again; the message tells a person why."""


class Missing(Rejected):
    """There is no object under that key."""


class Objects(Protocol):
    """Keeps bytes under a key, such as `payloads/3f/3fa9…`; the same key may be put again."""

    def put(self, key: str, data: bytes | BinaryIO, content_type: str = "") -> str:
        """Keep it, whole or not at all; return its address."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open it for reading; the caller closes. Raises `Missing`."""
        ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """Remove it; what is not there is removed already."""
        ...

    def sign(self, key: str, seconds: int) -> str:
        """Return an address that anyone holding it may read from, for that long."""
        ...


class Lent(Protocol):
    """Objects that others keep, read by us under whatever keys they chose."""

    def sign(self, key: str, seconds: int) -> str:
        """Return an address that anyone holding it may read from, for that long."""
        ...


@cache
def objects_at(address: str) -> Objects:
    """Return the store of an address, such as `file:/srv/objects` or `s3://bucket/part`."""
    scheme = address.partition(":")[0]
    if scheme not in settings.OBJECT_STORES:
        known = ", ".join(sorted(settings.OBJECT_STORES))
        raise Rejected(f"No object store of kind {scheme!r}: use one of {known}.")
    store: Objects = import_string(settings.OBJECT_STORES[scheme]).at(address)
    return store


@lru_cache(maxsize=64)
def lent(address: str, keys: tuple[tuple[str, str], ...] = ()) -> Lent:
    """Return the store of others at an address; without keys, the service's own are used."""
    scheme = address.partition(":")[0]
    store: Lent = import_string(settings.LENT_STORES[scheme]).at(address, **dict(keys))
    return store


def objects() -> Objects:
    """Return the store that settings name."""
    return objects_at(settings.OBJECT_STORE)


def checked(key: str) -> str:
    """Return the key; one that could leave the store's folder is refused."""
    if not KEY.fullmatch(key) or {".", ".."} & set(key.split("/")) or len(key) > 500:
        raise Rejected(f"{key[:80]!r} is no key: use letters, digits, - _ = . and /.")
    return key


class Folder:
    """Objects as files of a local folder, read by people through `/objects/<token>`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def at(cls, address: str) -> Folder:
        return cls(Path(address.removeprefix("file:").removeprefix("//")))

    def put(self, key: str, data: bytes | BinaryIO, content_type: str = "") -> str:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _whole_or_not(path) as file:
            _copy(data, file)
        return path.as_uri()

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise Missing(f"There is no object {key}.") from error

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def sign(self, key: str, seconds: int) -> str:
        token = signing.TimestampSigner(salt=SALT).sign_object([checked(key), seconds])
        return f"/objects/{token}"

    def _path(self, key: str) -> Path:
        return self.directory / checked(key)


def key_of(token: str) -> str:
    """Return the key that a signed address of `Folder` names, while it still holds."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        key, seconds = signer.unsign_object(token)
        signer.unsign(token, max_age=seconds)
    except signing.BadSignature as error:
        raise NotFound("This address holds no longer. Load the page again.") from error
    return str(key)


@contextmanager
def _whole_or_not(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the place and move there, so that nobody ever reads a half object."""
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _remember_names_of(path.parent)


def _remember_names_of(folder: Path) -> None:
    # a file's new name survives a power cut only once its folder was written
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(data: bytes | BinaryIO, file: IO[bytes]) -> None:
    if isinstance(data, bytes):
        file.write(data)
        return
    while chunk := data.read(CHUNK):
        file.write(chunk)
