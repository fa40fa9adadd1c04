"""Writes decided predictions, their tasks and queue items, by one call of the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection

from labeling import prelabels, versions
from labeling.answers import as_label
from projects.refused import TooMany
from reviewer import queueing, routing
from reviewer.models import Prediction
from reviewer.routing import Decision

if TYPE_CHECKING:
    from datetime import datetime

    from labeling.kinds.base import PreLabel
    from reviewer.desks import Desk
    from reviewer.incoming import Incoming

Key = tuple[int, str]
# Rows that another request inserts at the same moment are asked for again so often.
RACES = 5
STALE, OVER_QUOTA = -1, -2
KEEP = """
select n, task, before::text
from reviewer_keep_predictions(
  %s, %s, %s, %s, %s, %s::interval, %s::json, %s::json, %s, %s::json, %s::json)
"""


class Stale(Exception):
    """The desk is not as it was read: a policy, queue, endpoint or schema changed."""


class OverQuota(TooMany):
    code, title = "over_quota", "This endpoint has used its quota"


class Kept(msgspec.Struct, frozen=True):
    """A prediction as it stands in the database; fresh: this call made it."""

    content_hash: str
    verdict: str
    reason: str
    pi: float
    policy_version: int
    task: int | None
    fresh: bool


class _Before(msgspec.Struct, frozen=True):
    content_hash: str
    verdict: str
    reason: str
    pi: float
    policy_version: int


class _Score(msgspec.Struct, frozen=True):
    """Another version's output on row n."""

    n: int
    model_name: str
    model_version: str
    output: dict[str, Any]
    label: str
    confidence: float | None


class _Task(msgspec.Struct, frozen=True):
    """What row n becomes for people."""

    n: int
    schema_version: int
    pre_label: dict[str, Any]
    blind: bool
    context: dict[str, Any]
    place: float
    skill: str
    audit: bool


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row as reviewer_keep_predictions reads it."""

    n: int
    endpoint: int
    inference_id: str
    digest: str
    content: msgspec.Raw
    model_name: str
    model_version: str
    output: dict[str, Any]
    label: str
    content_hash: str
    pi: float
    u: float
    b: float
    verdict: str
    reason: str
    blind: bool = False
    rule: str = ""
    confidence: float | None = None
    probabilities: list[float] | None = None
    group: str = ""
    metadata: dict[str, Any] | None = None
    occurred_at: datetime | None = None
    repeats: bool = False
    drawn: bool = False


def keep(
    desk: Desk, rows: Sequence[Incoming], decisions: Sequence[Decision]
) -> dict[Key, Kept]:
    """Keep each row once; what stands in the database under each key afterwards.

    Rows come sorted by key, each key once. Stale: read the desk anew and decide again.
    OverQuota: nothing was kept.
    """
    kept: dict[Key, Kept] = {}
    left = list(range(len(rows)))
    again = _repeats(rows)
    for _ in range(RACES):
        if not left:
            return kept
        for n, task, before in _call(desk, left, rows, decisions, again):
            kept[rows[n].key] = (
                as_kept(desk, rows[n], decisions[n], task)
                if before is None
                else _as_before(before, task)
            )
        left = [n for n in left if rows[n].key not in kept]
    raise TooMany(
        "Other requests are sending the same rows at this moment. Send them again.",
        retry_after=1,
    )


def _repeats(rows: Sequence[Incoming]) -> list[bool]:
    """Whether the same input came earlier in this batch, row by row."""
    seen: set[str] = set()
    again = []
    for row in rows:
        again.append(row.payload_digest in seen)
        seen.add(row.payload_digest)
    return again


def as_kept(
    desk: Desk, row: Incoming, decision: Decision, task: int | None = None
) -> Kept:
    return Kept(
        content_hash=row.content_hash,
        verdict=decision.verdict,
        reason=decision.reason[:300],
        pi=decision.pi,
        policy_version=desk.policy.version,
        task=task,
        fresh=True,
    )


def _as_before(before: str, task: int | None) -> Kept:
    found = msgspec.json.decode(before, type=_Before)
    return Kept(
        found.content_hash,
        found.verdict,
        found.reason,
        found.pi,
        found.policy_version,
        task,
        fresh=False,
    )


def known(desk: Desk, rows: Sequence[Incoming]) -> dict[Key, Kept]:
    """Those of the rows that were sent before."""
    found = Prediction.objects.filter(
        endpoint__in={row.key[0] for row in rows},
        inference_id__in={row.key[1] for row in rows},
    ).select_related("policy")
    return {
        (each.endpoint_id, each.inference_id): Kept(
            each.content_hash,
            each.verdict,
            each.reason,
            each.pi,
            each.policy.version,
            each.task_id,
            fresh=False,
        )
        for each in found
    }


def _call(
    desk: Desk,
    left: Sequence[int],
    rows: Sequence[Incoming],
    decisions: Sequence[Decision],
    again: Sequence[bool],
) -> list[tuple[int, int | None, str | None]]:
    queue = desk.queue
    lines = [_line(n, rows[n], decisions[n], repeats=again[n]) for n in left]
    tasks = [_task(desk, n, rows[n], decisions[n]) for n in left if decisions[n].drawn]
    scores = [
        score for n in left if rows[n].row.scores for score in _scores(n, rows[n])
    ]
    values = (
        *(desk.project.pk, desk.stamp, desk.policy.pk, queue.pk, queue.overlap),
        *(f"{queue.due_hours} hours", _use(desk, lines)),
        *(_text(lines), len(lines), _text(tasks), _text(scores)),
    )
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)
        found: list[tuple[int, int | None, str | None]] = cursor.fetchall()
    if found and found[0][0] == STALE:
        raise Stale
    if found and found[0][0] == OVER_QUOTA:
        raise OverQuota(
            "Send the same rows again later, or ask an owner for a larger quota.",
            retry_after=found[0][1],
        )
    return found


def _text(found: Sequence[object]) -> str | None:
    return msgspec.json.encode(found).decode() if found else None


def _use(desk: Desk, lines: Sequence[_Line]) -> str | None:
    """How much of each quota these rows use; None where no endpoint has one."""
    if not desk.quotas:
        return None
    counts = Counter(line.endpoint for line in lines)
    used = [
        {"endpoint": endpoint, "n": n, "quota": desk.quotas[endpoint]}
        for endpoint, n in counts.items()
        if endpoint in desk.quotas
    ]
    return _text(used)


def _line(n: int, row: Incoming, decision: Decision, *, repeats: bool) -> _Line:
    main, sent = row.main, row.row
    return _Line(
        n=n,
        endpoint=row.key[0],
        inference_id=sent.inference_id,
        digest=row.payload_digest,
        content=msgspec.Raw(row.payload),
        model_name=sent.model.name,
        model_version=sent.model.version,
        output=sent.output,
        label=as_label(main.value),
        content_hash=row.content_hash,
        pi=decision.pi,
        u=decision.u,
        b=decision.b,
        verdict=decision.verdict,
        reason=decision.reason[:300],
        blind=decision.blind,
        rule=decision.rule or "",
        confidence=main.confidence,
        probabilities=_in_order(row),
        group=sent.group,
        metadata=sent.metadata or None,
        occurred_at=sent.occurred_at,
        repeats=repeats,
        drawn=decision.drawn,
    )


def _task(desk: Desk, n: int, row: Incoming, decision: Decision) -> _Task:
    model, main = row.row.model, row.main
    margin = routing.margin_of(main.probabilities, main.confidence)
    return _Task(
        n=n,
        schema_version=row.version_id,
        pre_label=prelabels.as_json(row.pre_label),
        blind=decision.blind,
        context={
            "verdict": decision.verdict,
            "reason": decision.reason[:300],
            "model": {"name": model.name, "version": model.version},
        },
        place=queueing.place(desk.queue, decision.u, decision.pi, margin),
        skill=queueing.skill(desk.queue, row.row.metadata),
        audit=decision.verdict == "audit",
    )


def _in_order(row: Incoming) -> list[float] | None:
    """Probabilities in the order of the question's labels."""
    given = row.main.probabilities
    if not given:
        return None
    labels = versions.labels(row.version_id, next(iter(row.pre_label)))
    return [given.get(label, 0.0) for label in labels]


def _scores(n: int, row: Incoming) -> list[_Score]:
    return [
        _score(n, sent.model.name, sent.model.version, sent.output, read)
        for sent, read in zip(row.row.scores, row.score_labels, strict=True)
    ]


def _score(
    n: int,
    name: str,
    version: str,
    output: dict[str, Any],
    read: Mapping[str, PreLabel],
) -> _Score:
    main = next(iter(read.values()))
    return _Score(n, name, version, output, as_label(main.value), main.confidence)
