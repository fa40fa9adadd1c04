"""Keeps rows that were refused, with the reason, until they are mended or too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from projects.refused import Refused
from reviewer.models import DeadLetter

if TYPE_CHECKING:
    from projects.models import Project

KEPT = 1_000
LONGEST_ROW = 100_000


def bury(project: Project, raws: Sequence[Any], outcomes: Sequence[object]) -> None:
    """Keep the row of each outcome that is a refusal."""
    letters = [
        _letter(project, raw, outcome)
        for raw, outcome in zip(raws, outcomes, strict=True)
        if isinstance(outcome, Refused)
    ]
    if not letters:
        return
    DeadLetter.objects.bulk_create(letters)
    _forget_old(project)


def _letter(project: Project, raw: Any, refused: Refused) -> DeadLetter:
    row = msgspec.to_builtins(raw) if isinstance(raw, msgspec.Struct) else raw
    fields = row if isinstance(row, dict) else {}
    return DeadLetter(
        project=project,
        endpoint=_plain(fields.get("endpoint")),
        inference_id=_plain(fields.get("inference_id")),
        code=refused.code,
        detail=_plain(refused.detail, 2_000),
        row="" if isinstance(raw, Refused) else _text(row),
    )


def _text(row: Any) -> str:
    return _plain(msgspec.json.encode(row).decode(), LONGEST_ROW)


def _plain(value: Any, longest: int = 120) -> str:
    return str(value).replace("\0", "�")[:longest] if value is not None else ""


def _forget_old(project: Project) -> None:
    letters = DeadLetter.objects.filter(project=project).order_by("-pk")
    oldest = letters.values_list("pk", flat=True)[KEPT : KEPT + 1]
    for pk in oldest:
        letters.filter(pk__lte=pk).delete()
