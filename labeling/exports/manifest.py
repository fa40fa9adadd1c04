"""Lines of SageMaker Ground Truth's augmented manifest: attribute, classes, job type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from labeling.fields.base import Field
    from labeling.kinds.base import Question

CUSTOM: Final = "groundtruth/custom"
TEXT, IMAGE = "groundtruth/text-classification", "groundtruth/image-classification"
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_RESERVED: Final = ("-ref", "-metadata")
_LONGEST: Final = 118


@dataclass(frozen=True, slots=True)
class Attribute:
    """How one question is written: under which name, as which job, with which classes.

    A class keeps its number: labels are numbered as they first appear in the schema's
    versions, so that a later version adds numbers and changes none. No classes: the
    value itself is written. `field` is the payload's one field, if it has but one, and
    `object` the one that may lie elsewhere: that field, or the only picture.
    """

    name: str
    type: str
    classes: dict[str, int]
    field: str = ""
    object: str = ""


def attribute(
    versions: Sequence[tuple[Question, Sequence[Field]]],
) -> Attribute:
    """The attribute of a question, from its versions in order (the oldest first)."""
    newest, fields = versions[-1]
    field = fields[0].name if len(fields) == 1 else ""
    pictures = [field.name for field in fields if field.type == "image"]
    object_ = field or (pictures[0] if len(pictures) == 1 else "")
    if newest.kind != "choice":
        return Attribute(name_of(newest.id), CUSTOM, {}, field, object_)
    seen = any(field.type == "image" for field in fields)
    classes = numbered(label.id for each, _ in versions for label in each.labels)
    return Attribute(
        name_of(newest.id), IMAGE if seen else TEXT, classes, field, object_
    )


def numbered(labels: Iterable[str]) -> dict[str, int]:
    return {label: number for number, label in enumerate(dict.fromkeys(labels))}


def name_of(question: str) -> str:
    """A name that Ground Truth takes: letters, digits, hyphens, no ending of its own."""
    name = _OTHER.sub("-", question).strip("-")[:_LONGEST].strip("-") or "label"
    return f"{name}-label" if name.endswith(_RESERVED) else name
