"""What intake needs to know of a project, read once and kept while nothing of it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from msgspec import Struct

from labeling import versions
from projects.refused import Conflict
from reviewer import policies_in_use, queueing, stops
from reviewer.incoming import Reader
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer import routing
    from reviewer.models import Policy, Queue

MOST_KEPT = 256


class NotSetUp(Conflict):
    code, title = "not_set_up", "This project cannot take predictions yet"


class Desk(Struct, frozen=True):
    """What all rows of a project share.

    The stamp names the rows of the database that this was read from: intake passes it
    on, and the database answers "stale" when one of them has changed since.
    """

    project: Project
    stamp: str
    policy: Policy
    rules: routing.Policy
    salt: bytes
    queue: Queue
    reader: Reader
    quotas: dict[int, int]
    # The number of the stop in force.
    stop: int | None


_kept: dict[int, Desk] = {}


def of(project: Project) -> Desk:
    """The desk as this process knows it; NotSetUp says what is missing."""
    return _kept.get(project.pk) or reopen(project)


def reopen(project: Project) -> Desk:
    """Read it anew."""
    # the stamp comes first: what changes while the rest is read makes it stale
    stamp = _stamp(project)
    policy = policies_in_use.active(project)
    queue = queueing.review_queue(project)
    endpoints = list(Endpoint.objects.filter(project=project))
    if policy is None or queue is None or not endpoints:
        raise NotSetUp(
            "It needs a schema, an endpoint, a policy and a queue. "
            "Write them in a project.yaml and run `manage.py apply project.yaml`."
        )
    desk = Desk(
        project=project,
        stamp=stamp,
        policy=policy,
        rules=policies_in_use.read(policy),
        salt=bytes(policy.salt),
        queue=queue,
        reader=Reader(_with_versions(endpoints)),
        quotas={each.pk: each.quota for each in endpoints if each.quota is not None},
        stop=stops.number_in_force(project),
    )
    _keep(desk)
    return desk


def _with_versions(endpoints: list[Endpoint]) -> dict[str, tuple[int, int]]:
    """Name -> the endpoint's id, and that of the newest version of its schema."""
    found = {}
    for endpoint in endpoints:
        version = versions.latest(endpoint.schema_id)
        if version is not None:
            found[endpoint.name] = (endpoint.pk, version.pk)
    return found


def _stamp(project: Project) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select reviewer_desk_stamp(%s)", [project.pk])
        return str(cursor.fetchone()[0])


def _keep(desk: Desk) -> None:
    if len(_kept) >= MOST_KEPT:
        # whichever came first: it is read again when it is asked for
        _kept.pop(next(iter(_kept)), None)
    _kept[desk.project.pk] = desk
