"""Takes predictions in once; keeps them; decides whether people see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError
from msgspec import Struct, structs

from labeling.answers import as_label
from projects.refused import Refused, TooMany
from reviewer import (
    backpressure,
    batch_routing,
    dead_letters,
    desks,
    fits_in_use,
    keeping,
    routing,
)
from reviewer.desks import Desk as Desk
from reviewer.incoming import Incoming, SentBefore

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.keeping import Kept
    from reviewer.routing import Decision

log = structlog.get_logger()
TRIES = 5
RETRY_SECONDS = 1


class Taken(Struct, frozen=True):
    """What became of one row that fits: the decision, as it was made the first time."""

    inference_id: str
    verdict: str
    reason: str
    pi: float
    policy_version: int
    task: int | None
    duplicate: bool


Outcome = Taken | Refused


def open_desk(project: Project) -> Desk:
    """What every row needs; NotSetUp says what is missing."""
    return desks.of(project)


def accept(
    desk: Desk, raws: Sequence[Any], *, dry_run: bool = False, letters: bool = True
) -> list[Outcome]:
    """Keep what fits and route it; an outcome for each row, in order.

    Sending a row again gives the first answer; a row that does not fit is refused with
    its reason and kept as a dead letter (unless `letters` is off), and the others go on.
    """
    if dry_run:
        return _outcomes(*_try_out(desks.reopen(desk.project), raws))
    backpressure.refuse_full(desk.queue)
    for _ in range(TRIES):
        try:
            read, kept = _take(desk, raws)
        except keeping.Stale:
            # policy, queue, endpoints or schema changed: read and route all of it anew
            desk = desks.reopen(desk.project)
            continue
        except IntegrityError as error:
            # an input that was there a moment ago was over its time, and swept away
            log.info("intake raced", error=str(error))
            continue
        outcomes = _outcomes(desk, read, kept)
        if letters:
            dead_letters.bury(desk.project, raws, outcomes)
        return outcomes
    raise TooMany(
        "The project is being changed at this moment. Send the same rows again.",
        retry_after=RETRY_SECONDS,
    )


Read = list[Incoming | Refused]


def _take(desk: Desk, raws: Sequence[Any]) -> tuple[Read, dict[Key, Kept]]:
    read = [_read(desk, raw) for raw in raws]
    rows = _each_key_once(read)
    decisions = _decide(desk, rows)
    return read, keeping.keep(desk, rows, decisions)


Key = tuple[int, str]


def _read(desk: Desk, raw: Any) -> Incoming | Refused:
    if isinstance(raw, Refused):
        return raw
    try:
        return desk.reader.read(raw)
    except Refused as refused:
        return refused


def _each_key_once(read: Read) -> list[Incoming]:
    """The first row of each key, sorted: no two batches wait for each other in a circle."""
    first = {row.key: row for row in reversed(read) if isinstance(row, Incoming)}
    return [first[key] for key in sorted(first)]


def _decide(desk: Desk, rows: Sequence[Incoming]) -> list[Decision]:
    facts = [_facts(row) for row in rows]
    if not facts:
        return []
    known = structs.replace(fits_in_use.known(desk.policy), stop=desk.stop)
    if len(facts) == 1:
        return [routing.decide(desk.rules, facts[0], desk.salt, known)]
    return batch_routing.decide_many(desk.rules, facts, desk.salt, known)


def _facts(row: Incoming) -> routing.Facts:
    main, sent = row.main, row.row
    return routing.Facts(
        inference_id=sent.inference_id,
        # as it is kept: promises by label and replays find it under the same name
        label=as_label(main.value),
        confidence=main.confidence,
        probabilities=main.probabilities,
        metadata=sent.metadata,
        model_name=sent.model.name,
        model_version=sent.model.version,
    )


def _try_out(desk: Desk, raws: Sequence[Any]) -> tuple[Desk, Read, dict[Key, Kept]]:
    """What would be decided, nothing written."""
    read = [_read(desk, raw) for raw in raws]
    rows = _each_key_once(read)
    known = keeping.known(desk, rows)
    for row, decision in zip(rows, _decide(desk, rows), strict=True):
        if row.key not in known:
            known[row.key] = keeping.as_kept(desk, row, decision)
    return desk, read, known


def _outcomes(desk: Desk, read: Read, kept: dict[Key, Kept]) -> list[Outcome]:
    """Of rows with one key in one batch, only the first is not a duplicate."""
    told: list[Outcome] = []
    seen: set[Key] = set()
    for row in read:
        if isinstance(row, Refused):
            told.append(row)
            continue
        found = kept[row.key]
        if found.content_hash != row.content_hash:
            told.append(_sent_before(row))
            continue
        told.append(_taken(row, found, again=row.key in seen))
        seen.add(row.key)
    return told


def _sent_before(row: Incoming) -> SentBefore:
    return SentBefore(
        f"“{row.row.inference_id}” was sent before with other content. "
        "Send it under a new inference_id."
    )


def _taken(row: Incoming, kept: Kept, *, again: bool) -> Taken:
    return Taken(
        inference_id=row.row.inference_id,
        verdict=kept.verdict,
        reason=kept.reason,
        pi=kept.pi,
        policy_version=kept.policy_version,
        task=kept.task,
        duplicate=again or not kept.fresh,
    )
