"""Objects in a bucket of Amazon S3, or of anything that speaks its language."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from projects.storage import Missing, Rejected, Unreachable, checked

# One request, unless it is larger: then in parts of this size.
PART = 8 * 1024 * 1024
# As the secret of a connection calls them; boto3 puts aws_ before.
KEYS = ("access_key_id", "secret_access_key", "session_token")
ABSENT = {"404", "NoSuchKey", "NotFound"}
PASSING = {
    "SlowDown",
    "RequestTimeout",
    "Throttling",
    "ThrottlingException",
    # of a role that is taken on again by itself
    "ExpiredToken",
}


class Bucket:
    """Made from `s3://bucket/prefix?endpoint_url=…&region=…`; credentials as boto3 finds."""

    def __init__(
        self, name: str, prefix: str = "", endpoint_url: str = "", region: str = ""
    ) -> None:
        self.name = name
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.endpoint_url = endpoint_url
        self.region = region
        # those of boto3's chain, unless others are set
        self.keys: dict[str, str] = {}
        # how a client is made where a connection says it
        self.connect: Callable[[], Any] | None = None

    @classmethod
    def at(cls, address: str, *, connect: Callable[[], Any] | None = None) -> Bucket:
        parts = urlsplit(address)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        unknown = set(options) - {"endpoint_url", "region"}
        if parts.scheme != "s3" or not parts.netloc or unknown:
            raise Rejected(
                "The address of an object store is s3://bucket/prefix, with endpoint_url"
                " and region as options."
            )
        bucket = cls(parts.netloc, parts.path, **options)
        bucket.connect = connect
        return bucket

    def put(self, key: str, data: bytes | BinaryIO, content_type: str = "") -> str:
        extra = {"ContentType": content_type} if content_type else {}
        body = io.BytesIO(data) if isinstance(data, bytes) else data
        with _plain_errors(key):
            self._client.upload_fileobj(
                body, self.name, self._key(key), ExtraArgs=extra, Config=self._parts
            )
        return f"s3://{self.name}/{self._key(key)}"

    def open(self, key: str) -> BinaryIO:
        return self._open(self.name, self._key(key))

    def open_at(self, address: str) -> BinaryIO:
        """The same for an object that others put, by its whole address."""
        parts = urlsplit(address)
        return self._open(parts.netloc, parts.path.lstrip("/"))

    def _open(self, bucket: str, key: str) -> BinaryIO:
        with _plain_errors(key):
            found = self._client.get_object(Bucket=bucket, Key=key)
        return cast(BinaryIO, io.BufferedReader(_Stream(found["Body"], key), PART))

    def exists(self, key: str) -> bool:
        try:
            with _plain_errors(key):
                self._client.head_object(Bucket=self.name, Key=self._key(key))
        except Missing:
            return False
        return True

    def delete(self, key: str) -> None:
        with _plain_errors(key):
            self._client.delete_object(Bucket=self.name, Key=self._key(key))

    def delete_below(self, key: str) -> None:
        """Remove all objects whose keys begin with this one and a slash."""
        prefix = f"{self._key(key)}/"
        with _plain_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=prefix):
                for each in page.get("Contents", []):
                    self._client.delete_object(Bucket=self.name, Key=each["Key"])

    def sign(self, key: str, seconds: int) -> str:
        return self.signed(self._key(key), seconds)

    def signed(self, key: str, seconds: int) -> str:
        """The same for any key of the bucket, the prefix written out."""
        with _plain_errors(key):
            address: str = self._client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.name, "Key": key},
                ExpiresIn=seconds,
            )
        return address

    def _key(self, key: str) -> str:
        return self.prefix + checked(key)

    @cached_property
    def _client(self) -> Any:
        if self.connect is not None:
            return self.connect()
        import boto3
        from botocore.config import Config

        return boto3.session.Session(**self.keys).client(
            "s3",
            endpoint_url=self.endpoint_url or None,
            region_name=self.region or None,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 3},
                signature_version="s3v4",
                # others than Amazon have no host name for each bucket
                s3={"addressing_style": "path" if self.endpoint_url else "auto"},
            ),
        )

    @cached_property
    def _parts(self) -> Any:
        from boto3.s3.transfer import TransferConfig

        return TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)


class Lent:
    """A bucket of others: signed addresses of its objects, whatever their keys.

    Nothing is asked of S3 here: whoever reads the address calls it like any other.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @classmethod
    def at(cls, address: str, **keys: str) -> Lent:
        bucket = Bucket.at(address)
        bucket.keys = {f"aws_{name}": keys[name] for name in KEYS if keys.get(name)}
        return cls(bucket)

    def sign(self, key: str, seconds: int) -> str:
        try:
            return self._bucket.signed(key, seconds)
        except (Unreachable, ValueError) as error:
            # nothing was called: its own settings or credentials make no sense
            raise Rejected(f"No address can be signed: {error}") from error


class _Stream(io.RawIOBase):
    """The body of an answer as a file; a broken connection is `Unreachable`."""

    def __init__(self, body: Any, key: str) -> None:
        self.body, self.key = body, key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _plain_errors(self.key):
            data = self.body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.body.close()
        super().close()


@contextmanager
def _plain_errors(key: str) -> Iterator[None]:
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except ClientError as error:
        raise _plain(error, key) from error
    except S3UploadFailedError as error:
        # boto3 hides what the server said behind this one
        cause = error.__context__
        if isinstance(cause, ClientError):
            raise _plain(cause, key) from error
        raise Unreachable(f"{key} was not stored: {error}") from error
    except NoCredentialsError as error:
        raise Rejected("There are no credentials for the object store.") from error
    except BotoCoreError as error:
        raise Unreachable(f"The object store does not answer: {error}") from error


def _plain(error: Any, key: str) -> Exception:
    code = str(error.response["Error"]["Code"])
    status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    if code in ABSENT:
        return Missing(f"There is no object {key}.")
    if status >= 500 or status == 429 or code in PASSING:
        return Unreachable(f"The object store does not answer: {error}")
    return Rejected(f"The object store refused {key}: {error}")
