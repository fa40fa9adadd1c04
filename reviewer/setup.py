"""Makes and changes endpoints, the policy and queues of a project from written sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from labeling.models import Schema
from projects import audit
from projects.models import Project, User
from projects.refused import DoesNotFit, FieldProblem
from projects.shape import Shape, in_list, refuse, repeated, under
from reviewer import (
    adapters,
    policies_in_use,
    policy_versions,
    queue_settings,
    standing,
    ways,
)
from reviewer.adapting import checking
from reviewer.models import Endpoint, Policy, Queue
from reviewer.policies import PolicyError, read_policy
from reviewer.stats.stopping import SURE

LONGEST_LEASE = 24 * 60 * 60
LONGEST_DUE = 24 * 365
QUEUE_KEYS = (
    "name",
    "title",
    "purpose",
    "order",
    "overlap",
    "max_overlap",
    "lease_seconds",
    "audit_share",
    "due_hours",
    "skill_from",
    "daily_cap",
    "most_waiting",
    "skips_to",
    "pre_label",
    "decision_reason",
    queue_settings.EXPERTS,
)
LARGEST = 2**31 - 1
REVIEW = {"name": "review", "title": "Review"}
ADJUDICATION = {
    "name": "adjudication",
    "title": "Adjudication",
    "purpose": Queue.Purpose.ADJUDICATION.value,
}


def check_endpoints(section: object) -> list[FieldProblem]:
    return _read_endpoints(section)[1]


@dataclass(frozen=True)
class WantedEndpoint:
    """An endpoint of the file: predictions it may send in a minute, and its adapter.

    Without the key, the adapter stays as somebody wrote it on the page.
    """

    name: str
    quota: int | None
    adapter: object
    has_adapter: bool


def _read_endpoints(
    section: object,
) -> tuple[list[WantedEndpoint], list[FieldProblem]]:
    given, problems = in_list(section, "")
    found = []
    for at, each in enumerate(given):
        # `capture` is read by registry_bridge/capturing/setup.py
        shape = Shape(each, ("name", "quota", "adapter", "capture"))
        wanted = WantedEndpoint(
            name=shape.slug("name", longest=63),
            quota=shape.whole_or_none("quota", low=1, high=LARGEST),
            adapter=shape.get("adapter"),
            has_adapter=shape.has("adapter"),
        )
        if wanted.adapter is not None:
            shape.problems += under("adapter", checking.check(wanted.adapter))
        found.append(wanted)
        problems += under(f"[{at}]", shape.problems)
    return found, problems + repeated([wanted.name for wanted in found])


@transaction.atomic
def apply_endpoints(
    project: Project, section: object, by: User | None, *, schema: Schema | None = None
) -> list[str]:
    """Endpoints of the file speak of its schema; those that it leaves out stay."""
    wanted, problems = _read_endpoints(section)
    refuse(problems)
    schema = schema or Schema.objects.filter(project=project).first()
    if schema is None:
        refuse([{"field": "", "problem": "an endpoint needs a schema in this file"}])
        return []
    lines = []
    for at, each in enumerate(wanted):
        lines += _apply_endpoint(project, each, schema, by)
        if each.has_adapter:
            lines += _adapt(project, each, f"[{at}]", by)
    return lines


def _apply_endpoint(
    project: Project, wanted: WantedEndpoint, schema: Schema, by: User | None
) -> list[str]:
    endpoint, made = Endpoint.objects.get_or_create(
        project=project,
        name=wanted.name,
        defaults={"schema": schema, "quota": wanted.quota},
    )
    if made:
        audit.record("endpoint made", project, wanted.name, by=by)
        return [f"endpoint {wanted.name}: made"]
    lines = []
    if endpoint.schema_id != schema.pk:
        lines.append(_move(endpoint, schema, by))
    if endpoint.quota != wanted.quota:
        lines.append(_limit(endpoint, wanted.quota, by))
    return lines


def _adapt(
    project: Project, wanted: WantedEndpoint, path: str, by: User | None
) -> list[str]:
    endpoint = Endpoint.objects.get(project=project, name=wanted.name)
    try:
        changed = adapters.keep(endpoint, wanted.adapter, by)
    except DoesNotFit as unfit:
        refuse(under(f"{path}.adapter", unfit.errors))
        return []
    return [f"endpoint {wanted.name}: adapter changed"] if changed else []


def _limit(endpoint: Endpoint, quota: int | None, by: User | None) -> str:
    before, endpoint.quota = endpoint.quota, quota
    endpoint.save(update_fields=["quota"])
    audit.record(
        "endpoint changed",
        endpoint.project,
        endpoint.name,
        by=by,
        before={"quota": before},
        after={"quota": quota},
    )
    return f"endpoint {endpoint.name}: quota {before} → {quota}"


def _move(endpoint: Endpoint, schema: Schema, by: User | None) -> str:
    before = endpoint.schema
    endpoint.schema = schema
    endpoint.save(update_fields=["schema"])
    audit.record(
        "endpoint changed",
        endpoint.project,
        endpoint.name,
        by=by,
        before={"schema": before.name},
        after={"schema": schema.name},
    )
    return f"endpoint {endpoint.name}: schema {before.name} → {schema.name}"


def check_policy(section: object) -> list[FieldProblem]:
    try:
        read_policy(section)
    except PolicyError as error:
        return [{"field": error.path, "problem": error.problem}]
    return []


@transaction.atomic
def apply_policy(
    project: Project, section: object, by: User | None, *, reason: str = ""
) -> list[str]:
    """A new version when the rules differ; every version draws with the same salt."""
    refuse(check_policy(section))
    active = policies_in_use.active(project)
    if active and active.rules == section:
        return []
    rules = section if isinstance(section, dict) else {}
    policy = policy_versions.keep(project, rules, by=by, reason=reason)
    return [f"policy: version {policy.version}{_instead_of(active)}"]


def _instead_of(before: Policy | None) -> str:
    """A file says so when it replaces what somebody saved on the page."""
    if before is None or not before.in_browser:
        return ""
    who = before.created_by or "somebody"
    return f"; it replaces version {before.version}, made in the browser by {who}"


def check_pausing(section: object) -> list[FieldProblem]:
    if isinstance(section, bool):
        return []
    return [{"field": "", "problem": "must be true or false"}]


@transaction.atomic
def apply_pausing(project: Project, section: object, by: User | None) -> list[str]:
    """Whether an alarm about a reviewer pauses them; a file without it changes nothing."""
    refuse(check_pausing(section))
    changed = standing.set_pauses(project, section is True, by=by)
    return [f"pause_reviewers: {str(section).lower()}"] if changed else []


def check_queues(section: object) -> list[FieldProblem]:
    return _read_queues(section)[1]


def _read_queues(
    section: object,
) -> tuple[list[dict[str, Any]], list[FieldProblem]]:
    given, problems = in_list(section, "")
    queues: list[dict[str, Any]] = []
    for at, each in enumerate(given):
        queue, found = _read_queue(each)
        queues.append(queue)
        problems += under(f"[{at}]", found)
    problems += repeated([queue["name"] for queue in queues])
    return queues, problems + _second_adjudication(queues)


def _read_queue(given: object) -> tuple[dict[str, Any], list[FieldProblem]]:
    shape = Shape(given, QUEUE_KEYS)
    name = shape.slug("name", longest=60)
    purpose = shape.one_of(
        "purpose", Queue.Purpose.values, default=Queue.Purpose.REVIEW
    )
    queue = {
        "name": name,
        "title": shape.text(
            "title", longest=120, default=name.replace("-", " ").capitalize()
        ),
        "purpose": purpose,
        "order": shape.one_of("order", Queue.Order.values, default=Queue.Order.DRAW),
        **_overlap(shape, purpose),
        "lease_seconds": shape.whole(
            "lease_seconds", low=30, high=LONGEST_LEASE, default=600
        ),
        "audit_share": shape.share("audit_share", default=0.2),
        "due_hours": shape.whole("due_hours", low=1, high=LONGEST_DUE, default=72),
        "skill_from": shape.text("skill_from", longest=60, default=""),
        "daily_cap": shape.whole_or_none("daily_cap", low=1, high=LARGEST),
        "most_waiting": shape.whole_or_none("most_waiting", low=1, high=LARGEST),
        **_ways(shape, purpose),
    }
    return queue, shape.problems


def _overlap(shape: Shape, purpose: str) -> dict[str, Any]:
    """A number, or fewest, most and sure (docs/together.md).

    What the file does not name stays as leads set it on the queue's page.
    """
    if isinstance(shape.get("overlap"), dict):
        return _adaptive(shape, purpose)
    if not (shape.has("overlap") or shape.has("max_overlap")):
        return {}
    overlap = shape.whole("overlap", low=1, high=9, default=1)
    most = shape.whole("max_overlap", low=1, high=9, default=max(3, overlap))
    if most < overlap:
        shape.blame("max_overlap", f"must not be below overlap, which is {overlap}")
    return {"overlap": overlap, "max_overlap": most, "sure": None}


def _adaptive(shape: Shape, purpose: str) -> dict[str, Any]:
    inner = Shape(shape.get("overlap"), ("fewest", "most", "sure"))
    fewest = inner.whole("fewest", low=1, high=9, default=1)
    most = inner.whole("most", low=1, high=9, default=max(5, fewest))
    sure = inner.share("sure", default=SURE)
    if most < fewest:
        inner.blame("most", f"must not be below fewest, which is {fewest}")
    if not 0.5 <= sure < 1:
        inner.blame("sure", "must be from 0.5 to below 1")
    shape.problems += under("overlap", inner.problems)
    if shape.has("max_overlap"):
        shape.blame("max_overlap", "is said by overlap.most; leave it out")
    if purpose == Queue.Purpose.ADJUDICATION:
        shape.blame("overlap", "must be a number: an adjudicator decides alone")
    return {"overlap": fewest, "max_overlap": most, "sure": sure}


def _ways(shape: Shape, purpose: str) -> dict[str, str | float]:
    """How people work on the tasks of this queue (reviewer/ways.py).

    What the file does not name stays as leads set it on the queue's page.
    """
    found: dict[str, str | float] = {
        key: shape.one_of(key, values, default=values[0])
        for key, values in ways.allowed(purpose).items()
        if shape.has(key)
    }
    if shape.has(queue_settings.EXPERTS):
        found[queue_settings.EXPERTS] = shape.share(queue_settings.EXPERTS, default=0.0)
        if purpose != Queue.Purpose.REVIEW:
            shape.blame(queue_settings.EXPERTS, "is for queues of purpose review")
    return found


def _second_adjudication(queues: list[dict[str, Any]]) -> list[FieldProblem]:
    places = [
        at
        for at, queue in enumerate(queues)
        if queue["purpose"] == Queue.Purpose.ADJUDICATION
    ]
    problem = "a project has one adjudication queue"
    return [{"field": f"[{at}].purpose", "problem": problem} for at in places[1:]]


@transaction.atomic
def apply_queues(project: Project, section: object, by: User | None) -> list[str]:
    """Queues of the file; a review and an adjudication queue there always are."""
    queues, problems = _read_queues(section)
    refuse(problems)
    lines = []
    for at, queue in enumerate(queues):
        lines += _apply_queue(project, queue, f"[{at}]", by)
    for default in (REVIEW, ADJUDICATION):
        purpose = default.get("purpose", Queue.Purpose.REVIEW)
        if not Queue.objects.filter(project=project, purpose=purpose).exists():
            lines += _apply_queue(project, _read_queue(default)[0], "", by)
    return lines


def _apply_queue(
    project: Project, wanted: dict[str, Any], path: str, by: User | None
) -> list[str]:
    kept = Queue.objects.filter(project=project, name=wanted["name"]).first()
    if kept:
        return _change_queue(kept, wanted, path, by)
    if wanted["purpose"] == Queue.Purpose.ADJUDICATION:
        _refuse_second(project, path)
    queue = Queue(project=project)
    queue_settings.assign(queue, wanted)
    queue.save()
    audit.record("queue made", project, wanted["name"], by=by, after=wanted)
    return [f"queue {wanted['name']}: made"]


def _change_queue(
    queue: Queue, wanted: dict[str, Any], path: str, by: User | None
) -> list[str]:
    if wanted["purpose"] != queue.purpose:
        problem = f"stays {queue.purpose}; make a queue of another name"
        raise _unfit(f"{path}.purpose", problem)
    changed = queue_settings.keep(queue, wanted, by)
    return [
        f"queue {queue.name}: {key} {old} → {new}"
        for key, (old, new) in changed.items()
    ]


def _refuse_second(project: Project, path: str) -> None:
    other = Queue.objects.filter(
        project=project, purpose=Queue.Purpose.ADJUDICATION
    ).first()
    if other:
        problem = f"the project has one already, {other.name}; change that one"
        raise _unfit(f"{path}.purpose", problem)


def _unfit(path: str, problem: str) -> DoesNotFit:
    return DoesNotFit(
        "The queues cannot be set up like this.",
        errors=[{"field": path, "problem": problem}],
    )
