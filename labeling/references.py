"""References in a payload: {"ref": "s3://bucket/key"} in the place of what it holds. Pure.

A field's value may be one, an item of a list may, and the whole input may: it then stands
for the schema's only field, or, where there are several, for a JSON document with them.
Intake looks at their form alone; what they hold is fetched when somebody looks at it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labeling import fields as field_types
from projects import outbound
from projects.outbound import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labeling.fields.base import Field
    from labeling.kinds.base import Json

REF: Final = "ref"
S3: Final = "s3://"
LONGEST: Final = 2_000
SWITCH: Final = "OVERREAD_MEDIA_PRIVATE"
# What a reference may hold: FieldType.by_reference, or the whole input.
PICTURE, TEXT, JSON, DOCUMENT = "picture", "text", "json", "document"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_LONGEST_KEY = 1_024
_FORM = 'must be {"ref": "s3://bucket/key"} or {"ref": "https://…"}, and nothing beside'


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a payload a reference stands; no field: it is the whole input."""

    ref: str
    field: str = ""
    # which item, where the field is a list
    at: int | None = None
    holds: str = DOCUMENT


def is_reference(value: object) -> bool:
    """Whether this stands for something that lies elsewhere, well formed or not."""
    return isinstance(value, dict) and len(value) == 1 and REF in value


def within(holds: str, value: Json) -> Iterator[tuple[int | None, dict[str, Json]]]:
    """The references in a field's value, each with its place in a list.

    What is read as a whole, a text or JSON, is referred to as a whole as well.
    """
    if isinstance(value, dict) and is_reference(value):
        yield None, value
    elif isinstance(value, list) and holds == PICTURE:
        for at, each in enumerate(value):
            if isinstance(each, dict) and is_reference(each):
                yield at, each


def is_whole(shown: Sequence[Field], content: Mapping[str, Json]) -> bool:
    """Whether a payload is nothing but a reference to the input."""
    return set(content) == {REF} and all(field.name != REF for field in shown)


def lies_elsewhere(content: Mapping[str, Json], value: Json) -> bool:
    """Whether a field's value is not in the payload itself, wholly or in part."""
    if value is None:
        return is_reference(content)
    items = value if isinstance(value, list) else [value]
    return any(is_reference(each) for each in items)


def spread(
    shown: Sequence[Field], content: Mapping[str, Json]
) -> Mapping[str, Json] | None:
    """The payload by its fields; None where one must read a document to know them."""
    if not is_whole(shown, content):
        return content
    return {shown[0].name: dict(content)} if len(shown) == 1 else None


def places(shown: Sequence[Field], content: Mapping[str, Json]) -> Iterator[Place]:
    """Every reference of a payload that was taken in."""
    told = spread(shown, content)
    if told is None:
        yield Place(str(content[REF]))
        return
    for field in shown:
        holds = field_types.get(field.type).by_reference
        if holds:
            for at, each in within(holds, told.get(field.name)):
                yield Place(str(each[REF]), field.name, at, holds)


def wrong_with(value: object, *, private: bool) -> str | None:
    """Why this reference could never be followed; None when its form is good."""
    ref = value.get(REF) if isinstance(value, dict) else None
    if not isinstance(ref, str):
        return _FORM
    if len(ref) > LONGEST:
        return f"must be a reference of at most {LONGEST} characters"
    if ref.startswith(S3):
        return _wrong_with_object(ref)
    schemes = ("https://", "http://") if private else ("https://",)
    if not ref.startswith(schemes):
        known = ", ".join((S3, *schemes))
        return f"must refer to an address that starts with {known}"
    if "#" in ref:
        return "must be a reference without #: parts of a page cannot be fetched"
    wrong = outbound.wrong_with(ref, Rules(private, SWITCH), longest=LONGEST)
    return f"refers to an address that {wrong}" if wrong else None


def split(ref: str) -> tuple[str, str]:
    """Bucket and key of an s3:// reference."""
    bucket, _, key = ref.removeprefix(S3).partition("/")
    return bucket, key


def _wrong_with_object(ref: str) -> str | None:
    bucket, key = split(ref)
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        return "must refer to s3://bucket/key; this is no name of a bucket"
    if not key or key.endswith("/"):
        return "must refer to one object, s3://bucket/key, not to a bucket or folder"
    if len(key.encode(errors="replace")) > _LONGEST_KEY or not key.isprintable():
        return f"must have a printable key of at most {_LONGEST_KEY} bytes"
    if {".", ".."} & set(key.split("/")):
        return "must have a key without . and .. as parts of it"
    if "?" in key or "#" in key:
        return "must have a key without ? and #; versions cannot be asked for"
    return None
