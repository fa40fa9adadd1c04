"""S3 as SageMaker uses it: folders down, folders up, archives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class NothingThere(Exception):
    """No object is there, or no bucket."""


def split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class NoArchive(Exception):
    """What lies there is no archive."""


class Store:
    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, uri: str) -> bytes:
        bucket, key = split(uri)
        try:
            found: bytes = self._client.get_object(Bucket=bucket, Key=key)[
                "Body"
            ].read()
        except ClientError as error:
            raise NothingThere(f"{uri}: {error}") from error
        return found

    def put(self, uri: str, data: bytes, content_type: str = "") -> None:
        bucket, key = split(uri)
        extra = {"ContentType": content_type} if content_type else {}
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=data, **extra)
        except ClientError as error:
            raise NothingThere(f"{uri}: {error}") from error

    def keys(self, uri: str) -> Iterator[str]:
        """Yield the keys that begin with this, whatever comes after."""
        bucket, prefix = split(uri)
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                yield from (each["Key"] for each in page.get("Contents", []))
        except ClientError as error:
            raise NothingThere(f"{uri}: {error}") from error

    def download(self, uri: str, folder: Path) -> int:
        """Bring what begins with this; a key's place is what follows its last slash."""
        bucket, prefix = split(uri)
        top = prefix if prefix.endswith("/") else f"{prefix}/"
        count = 0
        for key in self.keys(uri):
            if key.endswith("/"):
                continue
            below = key.removeprefix(top) if key.startswith(top) else Path(key).name
            place = folder / below
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.get(f"s3://{bucket}/{key}"))
            count += 1
        return count

    def upload(self, folder: Path, uri: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                self.put(f"{uri.rstrip('/')}/{name}", path.read_bytes())

    def upload_archive(self, folder: Path, uri: str) -> None:
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w:gz") as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, arcname=path.name)
        self.put(uri, memory.getvalue())

    def unpack(self, uri: str, folder: Path) -> None:
        data = self.get(uri)
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
                archive.extractall(folder, filter="data")
        except tarfile.TarError as error:
            raise NoArchive(f"{uri} cannot be unpacked: {error}") from error
