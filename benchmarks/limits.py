"""What PostgreSQL does alone, measured beside us: COPY, and single calls by pgbench."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from psycopg import Copy, sql

from benchmarks import filling, rows
from benchmarks.service import Service

AT_ONCE = 1 << 18
# What taking predictions in writes, in the order in which rows need one another.
TAKEN_IN = rows.TABLES[:4]
# The one call of the database that keeps a single prediction; one in five gets a task.
ONE_CALL = r"""
\set n random(1, 2000000000)
select n, task, before::text
from reviewer_keep_predictions(:project, :stamp, :policy, :queue, 1, interval '72 hours',
  null,
  ('[{"n": 0, "endpoint": ' || :endpoint || ', "inference_id": "call-' || :n || '", '
  '"digest": "' || encode(sha256(convert_to(:n, 'UTF8')), 'hex') || '", '
  '"content": {"text": "' || :n || repeat(' court goal salt colour', 19) || '"}, '
  '"model_name": "texts", "model_version": "1", '
  '"output": {"label": "law", "confidence": 0.91, "probabilities": '
  '{"art": 0.03, "food": 0.03, "law": 0.91, "sport": 0.03}}, '
  '"label": "law", "confidence": 0.91, "probabilities": [0.03, 0.03, 0.91, 0.03], '
  '"content_hash": "' || encode(sha256(convert_to(:n, 'UTF8')), 'hex') || '", '
  '"u": 0.5, "b": 1, "blind": false, "rule": "unsure", '
  || case when :n % 5 = 0 then
    '"pi": 1, "verdict": "review", "reason": "unsure", "drawn": true}]'
  else
    '"pi": 0.0625, "verdict": "accepted", '
    '"reason": "Accepted: no rule asks for a review; not drawn as an audit"}]'
  end)::json, 1,
  case when :n % 5 = 0 then
    ('[{"n": 0, "place": 0.5, "blind": false, "skill": "", "audit": false, '
    '"context": {"verdict": "review", "reason": "unsure"}, "pre_label": '
    '{"label": {"value": "law", "confidence": 0.91, "probabilities": '
    '{"art": 0.03, "food": 0.03, "law": 0.91, "sport": 0.03}}}, '
    '"schema_version": ' || :version || '}]')::json
  end, null)
"""
# One claim and one submission as SQL alone: two statements, two commits. It looks at one
# head of the queue only, where a claim looks at that of each skill, draw and set of people.
ONE_CYCLE = r"""
with next as (
  select id from reviewer_queueitem
  where queue_id = :queue and state = 0 and skill = '' and not audit and seen = '{}'
  order by place, id limit 1 for update skip locked
)
update reviewer_queueitem q
set state = 1, lease_by = :author, leased_at = now(),
  lease_until = now() + interval '1 hour', token = token + 1
from next where q.id = next.id
returning q.id as item, q.task_id as task, q.token as token \gset
with closed as (
  update reviewer_queueitem
  set state = 2, done = done + 1, seen = seen || :author::bigint, lease_by = null,
    lease_until = null, leased_at = null
  where id = :item and token = :token
), settled as (
  update labeling_task set state = 'settled', settled_at = now() where id = :task
), said as (
  insert into labeling_annotation (client_id, task_id, author_id, answer, seconds, blind,
    late, counted, check_task, expert, created_at)
  values (gen_random_uuid(), :task, :author, '{"label": "law"}', 2, false, false, true,
    false, false, now())
), ended as (
  insert into reviewer_assignment (item_id, reviewer_id, token, outcome, reason,
    started_at, ended_at)
  values (:item, :author, :token, 'submitted', '', now(), now())
), told as (
  insert into projects_event (project_id, name, subject, payload, created_at)
  values (:project, 'task.settled', 'task', '{}', now())
)
insert into labeling_gold (project_id, task_id, question, value, unanswerable, source,
  uses_model, blind, created_at)
values (:project, :task, 'label', '"law"', false, 'single', false, false, now());
"""


def copy_rate(service: Service) -> float:
    """Predictions a second by COPY of all that was taken in, into its emptied tables.

    One connection, one transaction; the tables keep their indexes and constraints.
    """
    folder = service.home.parent
    with service.database() as database, database.cursor() as cursor:
        cursor.execute("select count(*) from reviewer_prediction")
        (count,) = cursor.fetchone() or (0,)
        for table in TAKEN_IN:
            copy_out = sql.SQL("copy {} to stdout (format binary)")
            with cursor.copy(copy_out.format(sql.Identifier(table))) as out:
                _keep(folder / table, out)
        filling.empty(database)
        database.execute("checkpoint")
        database.commit()
        began = time.perf_counter()
        for table in TAKEN_IN:
            copy_in = sql.SQL("copy {} from stdin (format binary)")
            with cursor.copy(copy_in.format(sql.Identifier(table))) as into:
                _send(folder / table, into)
        database.commit()
        return float(str(count)) / (time.perf_counter() - began)


def _keep(path: Path, out: Copy) -> None:
    with path.open("wb") as file:
        for part in out:
            file.write(part)


def _send(path: Path, into: Copy) -> None:
    with path.open("rb") as file:
        while part := file.read(AT_ONCE):
            into.write(part)


def copied_rate(service: Service, statement: str) -> float:
    """Lines a second by a COPY of JSON that PostgreSQL makes, into nothing."""
    with service.database() as database, database.cursor() as cursor:
        began = time.perf_counter()
        with cursor.copy(statement.encode()) as out:
            lines = sum(bytes(part).count(b"\n") for part in out)
    return lines / (time.perf_counter() - began)


def calls(
    service: Service, script: str, clients: int, long: str, **variables: object
) -> float:
    """Runs of a script a second by pgbench, without anything of ours in between.

    `long` is pgbench's -T (seconds) or -t (runs of each client).
    """
    from config.embedded.accounts import binaries, server_account
    from config.home import Home

    path = service.home.parent / "calls.sql"
    path.write_text(script)
    program = binaries(server_account()) / "pgbench"
    options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
    options += [long, "-f", str(path)]
    options += [f"-D{name}={value}" for name, value in variables.items()]
    return _rate([str(program), *options, Home(service.home).database_url()])


def _rate(command: Sequence[str]) -> float:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("tps = ")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"pgbench: {done.stderr.strip()[-300:]}")
    return float(lines[0].split()[2])
