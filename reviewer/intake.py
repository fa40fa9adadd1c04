"""Takes predictions in once; keeps them; decides whether people see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction

from labeling import payloads, prelabels, versions
from labeling.models import Task
from projects.refused import Conflict, Refused
from reviewer import policies_in_use, queueing, routing
from reviewer.incoming import Incoming, Reader, SentBefore
from reviewer.models import DeadLetter, Endpoint, Prediction, Queue, Score

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer.models import Policy

log = structlog.get_logger()
RACES = 3
KEPT_LETTERS = 1_000
KEPT_ROW = 8_000


class NotSetUp(Conflict):
    code, title = "not_set_up", "This project cannot take predictions yet"


@dataclass(frozen=True)
class Taken:
    """What became of one row that fits."""

    prediction: Prediction
    duplicate: bool


Outcome = Taken | Refused


@dataclass(frozen=True)
class Desk:
    """What a whole request shares."""

    project: Project
    policy: Policy
    rules: routing.Policy
    queue: Queue
    reader: Reader


def open_desk(project: Project) -> Desk:
    """Look up once what every row needs; NotSetUp says what is missing."""
    policy = policies_in_use.active(project)
    queue = queueing.review_queue(project)
    endpoints = _endpoints(project)
    if policy is None or queue is None or not endpoints:
        raise NotSetUp(
            "It needs a schema, an endpoint, a policy and a queue. "
            "Write them in a project.yaml and run `manage.py apply project.yaml`."
        )
    rules = policies_in_use.read(policy)
    return Desk(project, policy, rules, queue, Reader(endpoints))


def _endpoints(project: Project) -> dict[str, tuple[Endpoint, int]]:
    found = {}
    for endpoint in Endpoint.objects.filter(project=project):
        version = versions.latest(endpoint.schema_id)
        if version is not None:
            found[endpoint.name] = (endpoint, version.pk)
    return found


def accept(desk: Desk, raws: Sequence[Any], *, dry_run: bool = False) -> list[Outcome]:
    """Keep what fits and route it; an outcome for each row, in order.

    Sending a row again gives the first answer; a row that does not fit is refused with
    its reason and kept as a dead letter, and the others go on.
    """
    read = [_read(desk, raw) for raw in raws]
    fitting = [each for each in read if isinstance(each, Incoming)]
    kept = _try_out(desk, fitting) if dry_run else _keep(desk, fitting)
    outcomes = [
        each if isinstance(each, Refused) else _outcome(each, kept) for each in read
    ]
    outcomes = _tell_repeats_apart(read, outcomes)
    if not dry_run:
        _bury(desk, raws, outcomes)
    return outcomes


def _read(desk: Desk, raw: Any) -> Incoming | Refused:
    if isinstance(raw, Refused):
        return raw
    try:
        return desk.reader.read(raw)
    except Refused as refused:
        return refused


@dataclass(frozen=True)
class Kept:
    """Predictions by key, and which of them this call made."""

    by_key: Mapping[tuple[int, str], Prediction]
    new: frozenset[tuple[int, str]]


def _keep(desk: Desk, rows: Sequence[Incoming]) -> Kept:
    for _ in range(RACES):
        try:
            return _keep_once(desk, rows)
        except IntegrityError as error:
            # another request keeps the same ids at this moment: look again
            log.info("intake raced", error=str(error))
    return _keep_once(desk, rows)


@transaction.atomic
def _keep_once(desk: Desk, rows: Sequence[Incoming]) -> Kept:
    known = _known(rows)
    fresh = {row.key: row for row in reversed(rows) if row.key not in known}
    ordered = [fresh[key] for key in sorted(fresh)]
    made = _make(desk, ordered) if ordered else []
    by_key = {**known, **{(p.endpoint_id, p.inference_id): p for p in made}}
    return Kept(by_key, frozenset(fresh))


def _known(rows: Sequence[Incoming]) -> dict[tuple[int, str], Prediction]:
    found = Prediction.objects.filter(
        endpoint__in={row.endpoint.pk for row in rows},
        inference_id__in={row.row.inference_id for row in rows},
    ).select_related("policy")
    return {(each.endpoint_id, each.inference_id): each for each in found}


def _make(desk: Desk, rows: Sequence[Incoming]) -> list[Prediction]:
    contents = [(row.payload_digest, row.row.input) for row in rows]
    payload_ids = payloads.keep(desk.project.pk, contents)
    repeated = _seen_before(rows, payload_ids)
    made = [
        _prediction(desk, row, payload_ids[row.payload_digest], repeats=again)
        for row, again in zip(rows, repeated, strict=True)
    ]
    _make_tasks(desk, rows, made)
    Prediction.objects.bulk_create(made)
    _keep_scores(rows, made)
    return made


def _seen_before(
    rows: Sequence[Incoming], payload_ids: Mapping[str, int]
) -> list[bool]:
    """Whether each row's payload was sent before, earlier in this batch included."""
    earlier = Prediction.objects.filter(payload__in=payload_ids.values())
    seen = set(earlier.values_list("payload_id", flat=True))
    found = []
    for row in rows:
        payload_id = payload_ids[row.payload_digest]
        found.append(payload_id in seen)
        seen.add(payload_id)
    return found


def _prediction(
    desk: Desk, row: Incoming, payload_id: int, *, repeats: bool = False
) -> Prediction:
    decision = routing.decide(desk.rules, _facts(row), bytes(desk.policy.salt))
    main, sent = row.main, row.row
    return Prediction(
        project=desk.project,
        endpoint=row.endpoint,
        inference_id=sent.inference_id,
        payload_id=payload_id,
        model_name=sent.model.name,
        model_version=sent.model.version,
        output=sent.output,
        label=str(main.value)[:64],
        confidence=main.confidence,
        probabilities=_in_order(row),
        group=sent.group,
        metadata=sent.metadata,
        occurred_at=sent.occurred_at,
        content_hash=row.content_hash,
        pi=decision.pi,
        u=decision.u,
        b=decision.b,
        blind=decision.blind,
        verdict=decision.verdict,
        reason=decision.reason[:300],
        rule=decision.rule or "",
        policy=desk.policy,
        repeats=repeats,
    )


def _facts(row: Incoming) -> routing.Facts:
    return routing.Facts(
        inference_id=row.row.inference_id,
        label=str(row.main.value),
        confidence=row.main.confidence,
        probabilities=row.main.probabilities,
        metadata=row.row.metadata,
        model_name=row.row.model.name,
        model_version=row.row.model.version,
    )


def _in_order(row: Incoming) -> list[float] | None:
    """Probabilities in the order of the question's labels."""
    given = row.main.probabilities
    if not given:
        return None
    question_id = next(iter(row.pre_label))
    question = next(
        q for q in versions.questions(row.version_id) if q.id == question_id
    )
    return [given.get(label.id, 0.0) for label in question.labels]


def _make_tasks(
    desk: Desk, rows: Sequence[Incoming], made: Sequence[Prediction]
) -> None:
    drawn = [
        (row, each)
        for row, each in zip(rows, made, strict=True)
        if each.verdict != Prediction.Verdict.ACCEPTED
    ]
    tasks = Task.objects.bulk_create([_task(row, each) for row, each in drawn])
    waiting = []
    for (row, each), task in zip(drawn, tasks, strict=True):
        each.task = task
        margin = routing.margin(_facts(row))
        waiting.append(
            queueing.Waiting(task, each.u, each.pi, margin, each.verdict == "audit")
        )
    queueing.put(desk.queue, waiting)


def _task(row: Incoming, prediction: Prediction) -> Task:
    return Task(
        project=prediction.project,
        payload_id=prediction.payload_id,
        schema_version_id=row.version_id,
        pre_label=prelabels.as_json(row.pre_label),
        blind=prediction.blind,
        context={
            "verdict": prediction.verdict,
            "reason": prediction.reason,
            "model": {
                "name": prediction.model_name,
                "version": prediction.model_version,
            },
        },
    )


def _keep_scores(rows: Sequence[Incoming], made: Sequence[Prediction]) -> None:
    scores = []
    for row, prediction in zip(rows, made, strict=True):
        for sent, read in zip(row.row.scores, row.score_labels, strict=True):
            main = next(iter(read.values()))
            scores.append(
                Score(
                    prediction=prediction,
                    model_name=sent.model.name,
                    model_version=sent.model.version,
                    output=sent.output,
                    label=str(main.value)[:64],
                    confidence=main.confidence,
                )
            )
    Score.objects.bulk_create(scores)


def _try_out(desk: Desk, rows: Sequence[Incoming]) -> Kept:
    """What would be decided, nothing written."""
    known = _known(rows)
    fresh = {row.key: row for row in reversed(rows) if row.key not in known}
    made = {key: _prediction(desk, row, 0) for key, row in fresh.items()}
    return Kept({**known, **made}, frozenset(fresh))


def _outcome(row: Incoming, kept: Kept) -> Outcome:
    prediction = kept.by_key[row.key]
    if prediction.content_hash != row.content_hash:
        return SentBefore(
            f"“{row.row.inference_id}” was sent before with other content. "
            "Send it under a new inference_id."
        )
    return Taken(prediction, duplicate=row.key not in kept.new)


def _tell_repeats_apart(
    read: Sequence[Incoming | Refused], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """Of rows with one key in one batch, only the first is not a duplicate."""
    seen: set[tuple[int, str]] = set()
    told: list[Outcome] = []
    for row, outcome in zip(read, outcomes, strict=True):
        if isinstance(row, Incoming) and isinstance(outcome, Taken):
            again = outcome.duplicate or row.key in seen
            seen.add(row.key)
            told.append(Taken(outcome.prediction, duplicate=again))
        else:
            told.append(outcome)
    return told


def _bury(desk: Desk, raws: Sequence[Any], outcomes: Iterable[Outcome]) -> None:
    letters = [
        _letter(desk, raw, outcome)
        for raw, outcome in zip(raws, outcomes, strict=True)
        if isinstance(outcome, Refused)
    ]
    if not letters:
        return
    DeadLetter.objects.bulk_create(letters)
    _forget_old_letters(desk.project)


def _letter(desk: Desk, raw: Any, refused: Refused) -> DeadLetter:
    row = raw if isinstance(raw, dict) else {}
    return DeadLetter(
        project=desk.project,
        endpoint=_plain(row.get("endpoint")),
        inference_id=_plain(row.get("inference_id")),
        code=refused.code,
        detail=_plain(refused.detail, 2_000),
        row="" if isinstance(raw, Refused) else _plain(json.dumps(raw), KEPT_ROW),
    )


def _plain(value: Any, longest: int = 120) -> str:
    return str(value).replace("\0", "�")[:longest] if value is not None else ""


def _forget_old_letters(project: Project) -> None:
    letters = DeadLetter.objects.filter(project=project).order_by("-pk")
    oldest = letters.values_list("pk", flat=True)[KEPT_LETTERS : KEPT_LETTERS + 1]
    for pk in oldest:
        letters.filter(pk__lte=pk).delete()
