"""Finds where a time begins in a table that only grows, by its numbers: no scan, no index."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from django.db.models import Model

# Rows of transactions that were open together may be numbered out of order by this much.
SLACK = timedelta(minutes=2)

# Halves the range of numbers until one row is left: about twenty look-ups by key.
BEGINS = """
with recursive search(low, high) as (
  select coalesce(min(id), 0), coalesce(max(id), 0) + 1 from {table}
  union all
  select case when found.at < %(at)s then found.id + 1 else low end,
         case when found.at < %(at)s then high else (low + high) / 2 end
  from search, lateral (
    select id, {field} as at from {table}
    where id >= (low + high) / 2 order by id limit 1
  ) found
  where low < high
)
select max(low) from search
"""


def first_id(model: type[Model], field: str, at: datetime) -> int:
    """No row from `at` on has a smaller number; a few that have it may be older."""
    quoted = connection.ops.quote_name
    sql = BEGINS.format(table=quoted(model._meta.db_table), field=quoted(field))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"at": at - SLACK})
        found = cursor.fetchone()
    return int(found[0] or 0)
