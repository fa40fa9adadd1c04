"""The adapter of an endpoint: kept with who changed it, tried on a sample, used on bodies."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from msgspec import Struct

from labeling import versions
from projects import audit
from projects.refused import DoesNotFit, FieldProblem, Refused
from reviewer import incoming, intake
from reviewer.adapting import adapter, checking, records
from reviewer.adapting.adapter import Adapted, Adapter
from reviewer.adapting.bodies import Body, Unread
from reviewer.incoming import Model, Row

if TYPE_CHECKING:
    from projects.models import User
    from reviewer.models import Endpoint

SAMPLE_ID = "sample"


class NotAdapted(Refused):
    code, status, title = "not_adapted", 422, "The adapter cannot read it"


class NoAdapter(Refused):
    code, status, title = "no_adapter", 409, "The endpoint has no adapter"


class Call(Struct, frozen=True):
    """One call of a model: its id, its bodies, when, and by which production variant."""

    id: str
    sent: Body
    answered: Body
    at: datetime | None = None
    variant: str = ""


def check(endpoint: Endpoint, section: object) -> list[FieldProblem]:
    """What is wrong with an adapter for this endpoint, its schema included."""
    problems = checking.check(section)
    version = versions.latest(endpoint.schema_id)
    if problems or version is None or not isinstance(section, dict):
        return problems
    return _unfit(section, version.pk)


def _unfit(section: dict[str, Any], version: int) -> list[FieldProblem]:
    """Fields and question must be those of the schema."""
    found = []
    known = [field.name for field in versions.fields(version)]
    for name in section["input"]["fields"]:
        if name not in known:
            problem = f"is no field of the schema; there are: {', '.join(known)}"
            found.append(FieldProblem(field=f"input.fields.{name}", problem=problem))
    questions = [question.id for question in versions.questions(version)]
    asked = section["output"].get("question")
    if asked not in questions and (asked is not None or len(questions) > 1):
        problem = f"must be a question of the schema: {', '.join(questions)}"
        found.append(FieldProblem(field="output.question", problem=problem))
    return found


@transaction.atomic
def keep(endpoint: Endpoint, section: object, by: User | None) -> bool:
    """Whether it changed; DoesNotFit names every wrong key. None takes it away."""
    problems = [] if section is None else check(endpoint, section)
    if problems:
        first = problems[0]
        raise DoesNotFit(f"{first['field']} {first['problem']}.", errors=problems)
    kept = type(endpoint).objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if kept.adapter == section:
        return False
    before, kept.adapter = kept.adapter, section
    kept.save(update_fields=["adapter"])
    audit.record(
        "adapter changed",
        kept.project,
        kept.name,
        by=by,
        before=before,
        after=section,
    )
    return True


def of(endpoint: Endpoint) -> Adapter:
    """The adapter, ready to read; NoAdapter says what to do."""
    if endpoint.adapter is None:
        raise NoAdapter(
            f"Write one on the page of the endpoint {endpoint.name}, “Adapter”, or in "
            "project.yaml."
        )
    return adapter.compiled(endpoint.adapter)


def rows(endpoint: str, read_by: Adapter, call: Call) -> list[Row | Refused]:
    """The predictions of one call, as intake.accept takes them.

    Several in one call have ids of their own: `<id>-1`, `<id>-2` …
    """
    try:
        model = Model(read_by.model, read_by.version_of(call.variant))
        found = read_by.read(call.sent, call.answered)
    except Unread as problem:
        return [not_adapted(problem)]
    if len(found) == 1:
        return [_row(endpoint, model, call, call.id, found[0])]
    return [
        _row(endpoint, model, call, f"{call.id}-{n}", each)
        for n, each in enumerate(found, start=1)
    ]


def _row(
    endpoint: str, model: Model, call: Call, name: str, found: Adapted | Unread
) -> Row | Refused:
    if isinstance(found, Unread):
        return not_adapted(found)
    return Row(
        inference_id=fitting_id(name),
        endpoint=endpoint,
        model=model,
        input=found.input,
        output=found.output,
        group=found.group,
        occurred_at=call.at,
    )


def fitting_id(name: str) -> str:
    """The id, or where it does not fit ours, the first half of its SHA-256."""
    if incoming.is_id(name):
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def not_adapted(problem: Unread) -> NotAdapted:
    wrong = FieldProblem(field=problem.where, problem=problem.problem)
    return NotAdapted(f"{problem}.", errors=[wrong])


class Tried(Struct, frozen=True):
    """What an adapter reads of a sample: each row with its decision, or why not."""

    row: Row | None
    outcome: intake.Outcome


def try_out(
    endpoint: Endpoint, section: object, sent: str, answered: str
) -> list[Tried]:
    """Read a sample and route it, nothing kept; DoesNotFit names wrong keys.

    `sent` may be a whole record of Data Capture; `answered` is then left empty.
    """
    if problems := check(endpoint, section):
        first = problems[0]
        raise DoesNotFit(f"{first['field']} {first['problem']}.", errors=problems)
    read_by = adapter.compiled(section)  # type: ignore[arg-type] # it was checked
    try:
        call = sample_call(sent, answered, read_by)
    except Unread as problem:
        return [Tried(None, not_adapted(problem))]
    found = rows(endpoint.name, read_by, call)
    desk = intake.open_desk(endpoint.project)
    outcomes = intake.accept(desk, found, dry_run=True)
    return [
        Tried(None if isinstance(row, Refused) else row, outcome)
        for row, outcome in zip(found, outcomes, strict=True)
    ]


def sample_call(sent: str, answered: str, read_by: Adapter) -> Call:
    # which variant a pasted sample came from is not known: any that is named will do
    variant = next(iter(read_by.versions), "")
    if answered.strip():
        return Call(SAMPLE_ID, Body(sent), Body(answered), variant=variant)
    found = records.read(sent.strip())
    return Call(found.id, found.sent, found.answered, found.at, variant)
