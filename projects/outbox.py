"""Keeps the outbox small: what was told and done goes after some weeks, in steps.

Dead letters stay until somebody looks at them. Of each handler's jobs in a project the
newest stays too: its key says how far the handler has come.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from projects.models import Event
from projects.recent import first_id
from projects.sweeping import WINDOW, Step

# Signed out or never come back; results of long jobs that django-q2 keeps of its own.
SESSIONS = """
delete from django_session where session_key in (
  select session_key from django_session where expire_date < %(at)s
  order by expire_date limit %(window)s for update skip locked)
"""
RESULTS = """
delete from django_q_task where id in (
  select id from django_q_task where stopped < %(before)s
  order by stopped limit %(window)s for update skip locked)
"""
EVENTS = """
delete from projects_event where id in (
  select id from projects_event where id > %(after)s and id < %(end)s
  order by id limit %(window)s for update skip locked)
returning id
"""
# Nobody tells of things so old, so their keys are free.
NOTICES = """
with old as (
  select id from projects_notice where id > %(after)s and at < %(before)s
  order by id limit %(window)s for update skip locked
), mails as (
  delete from projects_noticemail where notice_id in (select id from old)
)
delete from projects_notice where id in (select id from old) returning id
"""
JOBS = """
with seen as (
  select id, handler, project_id, state, ended_at from projects_job
  where id > %(after)s order by id limit %(window)s
), gone as (
  delete from projects_job where id in (
    select j.id from projects_job j join seen using (id)
    where j.state = 'done' and j.ended_at < %(before)s and exists (
      select from projects_job newer
      where newer.handler = seen.handler and newer.id > seen.id
        and newer.project_id is not distinct from seen.project_id)
    for update of j skip locked)
  returning id
)
select (select count(*) from gone), (select max(id) from seen)
"""


def sessions(after: int, at: datetime) -> Step:
    return _by_time(SESSIONS, "sessions", at)


def results(after: int, at: datetime) -> Step:
    return _by_time(RESULTS, "results of long jobs", at)


def _by_time(sql: str, what: str, at: datetime) -> Step:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"at": at, "before": _before(at), "window": WINDOW})
        rows = cursor.rowcount
    # there is no number to go on from: full windows mean that there is more
    return Step(_counted(what, rows), last=0 if rows == WINDOW else None)


def events(after: int, at: datetime) -> Step:
    end = first_id(Event, "created_at", _before(at))
    values: dict[str, Any] = {"after": after, "end": end, "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, values)
        gone = [row[0] for row in cursor.fetchall()]
    return Step(_counted("events", len(gone)), last=max(gone, default=None))


def notices(after: int, at: datetime) -> Step:
    values: dict[str, Any] = {"after": after, "before": _before(at), "window": WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(NOTICES, values)
        gone = [row[0] for row in cursor.fetchall()]
    return Step(_counted("notices", len(gone)), last=max(gone, default=None))


def jobs(after: int, at: datetime) -> Step:
    values: dict[str, Any] = {
        "after": after,
        "before": _before(at),
        "window": WINDOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(JOBS, values)
        rows, last = cursor.fetchone()
    # jobs end out of order, so each night begins at the first
    return Step(_counted("jobs", rows), last=last, again_from=1)


def _before(at: datetime) -> datetime:
    return at - timedelta(days=settings.OUTBOX_DAYS)


def _counted(what: str, rows: int) -> dict[tuple[int | None, str], int]:
    return {(None, what): rows} if rows else {}
