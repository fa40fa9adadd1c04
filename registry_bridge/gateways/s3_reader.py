"""Reads buckets that others fill: lists their keys in order, opens their objects."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from projects.storage import Missing
from registry_bridge.gateways import aws_errors
from registry_bridge.gateways.shelves import Found

CHUNK = 1024 * 1024
OVERWRITTEN = ("412", "PreconditionFailed")


class Reader:
    """A bucket of S3, by a client that gateways/aws made."""

    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket = client, bucket

    def folders(self, prefix: str) -> list[str]:
        return [
            each["Prefix"]
            for page in self._pages(Prefix=prefix, Delimiter="/")
            for each in page.get("CommonPrefixes", ())
        ]

    def found(self, prefix: str, after: str = "") -> Iterator[Found]:
        since = {"StartAfter": after} if after else {}
        for page in self._pages(Prefix=prefix, **since):
            for each in page.get("Contents", ()):
                yield Found(each["Key"], each["ETag"].strip('"'), each["Size"])

    def open(self, key: str, etag: str = "") -> BinaryIO:
        only = {"IfMatch": f'"{etag}"'} if etag else {}
        with self._errors("s3:GetObject", f"{self.bucket}/{key}"):
            answer = self.client.get_object(Bucket=self.bucket, Key=key, **only)
        stream = _Stream(self, answer["Body"], key)
        return cast(BinaryIO, io.BufferedReader(stream, CHUNK))

    def _pages(self, **asked: Any) -> Iterator[Any]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, **asked
        )
        with self._errors("s3:ListBucket", self.bucket):
            yield from pages

    @contextmanager
    def _errors(self, action: str, what: str) -> Iterator[None]:
        with aws_errors.named(action, f"arn:aws:s3:::{what}"):
            try:
                yield
            except self.client.exceptions.ClientError as error:
                if error.response["Error"]["Code"] in OVERWRITTEN:
                    text = f"{what} was overwritten before it was read."
                    raise Missing(text) from error
                raise


class _Stream(io.RawIOBase):
    """The body of an answer as a file; a broken connection is Unreachable."""

    def __init__(self, reader: Reader, body: Any, key: str) -> None:
        self.reader, self.body, self.key = reader, body, key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with aws_errors.named("s3:GetObject", self.key):
            data = self.body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.body.close()
        super().close()
