"""What a message of a queue says: an object was written, or a model answered or failed.

S3 event notifications come as they are, wrapped by SNS, or in the form of EventBridge;
results of asynchronous inference by SNS. Pure.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from reviewer.adapting.bodies import Unread

DEEPEST: Final = 4
NUL: Final = ("\0", "\\u0000", "%00")
ETAG: Final = re.compile(r'"?[0-9A-Za-z-]{1,78}"?')
# Of an object in S3: 50 TB, 1,024 bytes.
LARGEST: Final = 50 * 10**12
LONGEST_KEY: Final = 1_024
# Far from the ends of what a time can be: zones move it.
YEARS: Final = range(2000, 3000)


class Written(msgspec.Struct, frozen=True):
    """An object that was written."""

    uri: str
    etag: str
    size: int


class Answered(msgspec.Struct, frozen=True):
    """A request of asynchronous inference that is over; `failure`: why without an answer."""

    id: str
    input_uri: str
    output_uri: str
    at: datetime | None
    failure: str = ""


Told = Written | Answered


def read(body: str) -> list[Told]:
    """What it says; [] for what is of no concern, such as S3's test. Unread: nobody knows."""
    if any(nul in body for nul in NUL):
        raise Unread("message", "holds the character U+0000")
    return _read(_map(body), DEEPEST)


def _map(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unread("message", f"is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unread("message", "is no JSON object")
    return found


def _read(said: dict[str, Any], deepest: int) -> list[Told]:
    try:
        if isinstance(said.get("Message"), str) and deepest:
            return _read(_map(said["Message"]), deepest - 1)
        if said.get("Event") == "s3:TestEvent":
            return []
        if isinstance(said.get("Records"), list):
            return [told for each in said["Records"] for told in _record(each, deepest)]
        if said.get("source") == "aws.s3":
            return _of_event_bridge(said)
        if "invocationStatus" in said or said.get("eventSource") == "aws:sagemaker":
            return [_answered(said)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        text = f"lacks something: {type(error).__name__} {error}"
        raise Unread("message", text) from error
    text = "is neither an event of S3 nor a result of asynchronous inference"
    raise Unread("message", text)


def _record(record: dict[str, Any], deepest: int) -> list[Told]:
    if "Sns" in record and deepest:
        return _read(_map(record["Sns"]["Message"]), deepest - 1)
    if "s3" not in record:
        raise KeyError("s3")
    if not str(record.get("eventName", "ObjectCreated")).startswith("ObjectCreated"):
        return []
    bucket, thing = record["s3"]["bucket"]["name"], record["s3"]["object"]
    # S3 writes keys as in a form: a blank is a plus
    return _written(bucket, unquote_plus(thing["key"]), thing.get("eTag"), thing)


def _of_event_bridge(said: dict[str, Any]) -> list[Told]:
    if said.get("detail-type") != "Object Created":
        return []
    bucket, thing = said["detail"]["bucket"]["name"], said["detail"]["object"]
    return _written(bucket, thing["key"], thing.get("etag"), thing)


def _written(
    bucket: str, key: str, etag: str | None, thing: dict[str, Any]
) -> list[Told]:
    """Without an etag, nothing: the listing finds the object with it."""
    if not etag or not ETAG.fullmatch(etag):
        return []
    size = int(thing.get("size") or 0)
    if not 0 <= size <= LARGEST or len(key.encode()) > LONGEST_KEY:
        raise ValueError("an object such as S3 does not have")
    return [Written(f"s3://{bucket}/{key}", etag.strip('"'), size)]


def _answered(said: dict[str, Any]) -> Answered:
    asked = said.get("requestParameters") or {}
    answer = said.get("responseParameters") or {}
    failed = said.get("invocationStatus") != "Completed"
    return Answered(
        id=str(said["inferenceId"]),
        input_uri=str(asked.get("inputLocation") or ""),
        output_uri=str(answer.get("outputLocation") or ""),
        at=_time(said.get("eventTime")),
        failure=_failure(said, answer) if failed else "",
    )


def _failure(said: dict[str, Any], answer: dict[str, Any]) -> str:
    """Where the reason stands is not documented: whichever place has one."""
    for place in (said, answer):
        for key in ("failureReason", "FailureReason", "errorMessage", "message"):
            if place.get(key):
                return str(place[key])
    where = answer.get("failureLocation") or said.get("failureLocation")
    told = f"; see {where}" if where else ""
    return f"{said.get('invocationStatus') or 'Failed'}, without a reason{told}"


def _time(text: object) -> datetime | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        found = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        # the answer counts without the time, too
        return None
    return found if found.tzinfo and found.year in YEARS else None
