"""Inputs of models: checked against the schema's fields, kept once under their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from labeling import fields, references
from labeling.kinds.base import Problem
from labeling.models import Payload, Task

if TYPE_CHECKING:
    from labeling.fields.base import Field

Content = Mapping[str, Any]


def canonical(content: Content) -> bytes:
    """The JSON that is kept and digested: keys sorted, no blanks."""
    return msgspec.json.encode(content, order="sorted")


def digest(content: Content) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


def check(shown: Sequence[Field], content: Content) -> list[Problem]:
    """What keeps the fields of the schema from being shown; [] if all can be.

    Of references only the form is looked at: nothing is fetched here.
    """
    if references.REF in content and references.is_whole(shown, content):
        return _check_whole(shown, content)
    return [
        Problem(field.name, wrong)
        for field in shown
        if (wrong := _wrong(field, content.get(field.name)))
    ]


def _wrong(field: Field, value: Any) -> str | None:
    if value is None and not field.required:
        return None
    type_ = fields.get(field.type)
    if type_.by_reference and isinstance(value, dict | list):
        for _, each in references.within(type_.by_reference, value):
            wrong = references.wrong_with(each, private=settings.MEDIA_PRIVATE)
            if wrong or each is value:
                return wrong
    return type_.wrong(field, value)


def _check_whole(shown: Sequence[Field], content: Content) -> list[Problem]:
    only = shown[0] if len(shown) == 1 else None
    if only and not fields.get(only.type).by_reference:
        return [Problem(references.REF, f"cannot be a field of type {only.type}")]
    wrong = references.wrong_with(content, private=settings.MEDIA_PRIVATE)
    return [Problem(references.REF, wrong)] if wrong else []


def of_tasks(tasks: Iterable[int]) -> dict[int, Content | None]:
    """What each task is about; None where it was erased."""
    found = Task.objects.filter(pk__in=list(tasks))
    return dict(found.values_list("pk", "payload__content"))


def keep(project_id: int, contents: Iterable[tuple[str, Content]]) -> dict[str, int]:
    """Keep each content once under its digest; digest -> payload id.

    Digests are inserted in order, so that two batches never wait for each other.
    """
    wanted = dict(contents)
    Payload.objects.bulk_create(
        [
            Payload(project_id=project_id, sha256=sha256, content=wanted[sha256])
            for sha256 in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    kept = Payload.objects.filter(project_id=project_id, sha256__in=wanted)
    rows = kept.annotate(blanked=Q(content__isnull=True)).values_list(
        "sha256", "pk", "blanked"
    )
    for sha256, pk, blanked in rows:
        if blanked:
            _fill_again(pk, wanted[sha256])
    return {sha256: pk for sha256, pk, _ in rows}


def _fill_again(payload_id: int, content: Content) -> None:
    """What was blanked when its time was over came once more: its time begins anew."""
    row = Payload.objects.filter(pk=payload_id)
    row.update(content=content, created_at=timezone.now())
