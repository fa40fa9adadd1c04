"""What else waits for leads: queues past their due time, suspended promises, unread guidelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling import guidelines
from projects import notices
from projects.models import Membership
from projects.news import News
from reviewer.backlog import COUNTED, Capped
from reviewer.models import Fit

if TYPE_CHECKING:
    from projects.models import Project, User

# Of each queue the first due time that has passed, and how many have, up to a limit.
OVERDUE: Final = """
select q.project_id, q.id, q.title, f.due, f.n from reviewer_queue q
cross join lateral (
  select min(due_at) due, count(*) n from (
    select due_at from reviewer_queueitem
    where queue_id = q.id and state = 0 and due_at < %(at)s
    order by due_at limit %(most)s
  ) late
) f
where q.project_id = any(%(projects)s) and f.n > 0
order by q.id
"""
# The newest fit of each version and label under the policy that routes.
SUSPENDED: Final = """
select * from (
  select distinct on (f.project_id, f.model_name, f.model_version, f.label) f.*
  from reviewer_fit f join reviewer_policy p on p.id = f.policy_id and p.active
  where f.project_id = any(%(projects)s) and f.process_id is not null
  order by f.project_id, f.model_name, f.model_version, f.label, f.number desc
) newest where kind = 'suspended' order by id
"""


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    by_id = {each.pk: each for each in projects}
    at = timezone.now()
    return [*_overdue(by_id, at), *_suspended(by_id), *_unread(by_id)]


def _overdue(projects: dict[int, Project], at: datetime) -> Iterator[News]:
    values: dict[str, Any] = {"projects": list(projects), "at": at, "most": COUNTED + 1}
    with connection.cursor() as cursor:
        cursor.execute(OVERDUE, values)
        rows = cursor.fetchall()
    for project, pk, title, due, n in rows:
        late = Capped(min(n, COUNTED), more=n > COUNTED)
        yield News(
            project=projects[project],
            title=_("%(queue)s is past its due time") % {"queue": title},
            words=ngettext(
                "%(late)s task is late: find more reviewers, or move it ahead.",
                "%(late)s tasks are late: find more reviewers, or move them ahead.",
                n,
            )
            % {"late": late},
            url=reverse("queue", args=[projects[project].slug, pk]),
            at=due,
            tone="bad",
            state=_("Late"),
        )


def _suspended(projects: dict[int, Project]) -> Iterator[News]:
    for fit in Fit.objects.raw(SUSPENDED, {"projects": list(projects)}):
        project = projects[fit.project_id]
        of = f"{fit.model_name} {fit.model_version} {fit.label}".strip()
        yield News(
            project=project,
            title=_("The promise about %(of)s is suspended") % {"of": of},
            words=_(
                "What it accepts changed, so more is looked at until new evidence is there."
            ),
            url=reverse("policy", args=[project.slug]),
            at=fit.made_at,
            tone="warn",
            state=_("Suspended"),
        )


def _unread(projects: dict[int, Project]) -> Iterator[News]:
    """One line for each schema whose changed guideline somebody has not read yet."""
    for each in guidelines.unread(_people(projects)):
        said = ngettext(
            "%(n)s person has not read what changed in %(schema)s",
            "%(n)s people have not read what changed in %(schema)s",
            each.people,
        )
        project = projects[each.project]
        yield News(
            project=project,
            title=said % {"n": each.people, "schema": each.schema},
            words=_("Each of them is shown it before their next task."),
            url=reverse("schema", args=[project.slug, each.schema]),
            at=each.since,
            tone="info",
            state=_("Unread"),
        )


def _people(projects: dict[int, Project]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {pk: set() for pk in projects}
    members = Membership.objects.active().filter(
        project__in=projects, role__in=notices.REVIEWERS, user__is_service=False
    )
    for project, user in members.values_list("project", "user"):
        found[project].add(user)
    return found
