"""A project with so many rows that whoever counts them all is seen to do so."""

from __future__ import annotations

from django.db import connection

from reviewer.models import Prediction, QueueItem
from tests.reviewer.pages.makers import Team

# One prediction is the pattern of all; each drawn one has a task, an item, an answer.
CROWD = """
with pattern as (select * from reviewer_prediction where id = %(pattern)s),
payloads as (
  insert into labeling_payload (project_id, sha256, content, created_at)
  select project_id, md5(n::text) || md5(n::text), '{"text": "t"}', now()
  from pattern, generate_series(1, %(rows)s) n returning id
), numbered as (select id, row_number() over (order by id) n from payloads),
tasks as (
  insert into labeling_task
    (project_id, payload_id, schema_version_id, blind, context, state, created_at)
  select t.project_id, p.id, t.schema_version_id, true, '{}',
    case when p.n %% 4 < 2 then 'settled' else 'open' end, now()
  from numbered p, labeling_task t where t.id = (select task_id from pattern)
    and p.n %% 2 = 0
  returning id, payload_id, state
), predictions as (
  insert into reviewer_prediction (
    project_id, endpoint_id, inference_id, payload_id, model_name, model_version, output,
    label, metadata, received_at, content_hash, pi, u, b, blind, verdict, reason, rule,
    policy_id, repeats, "group", task_id)
  select x.project_id, endpoint_id, 'crowd-' || p.id, p.id, model_name, model_version,
    output, label, metadata, now() - p.id %% 20 * interval '1 day', content_hash,
    case when t.id is null then 0.125 else 1 end,
    case when t.id is null then 0.5 else p.n / (%(rows)s + 1.0) end, 1, t.id is not null,
    case when t.id is null then 'accepted' else 'review' end, reason, rule, policy_id,
    false, "group", t.id
  from pattern x, numbered p left join tasks t on t.payload_id = p.id
), items as (
  insert into reviewer_queueitem (queue_id, task_id, state, priority, place, skill, audit,
    check_task, wanted, done, seen, skips, token, note, created_at, due_at)
  select %(queue)s, id, case when state = 'settled' then 2 else 0 end, 0,
    id / 1e9, '', false, false, 1, (state = 'settled')::int, '{}', 0, 0, '', now(),
    now() - interval '1 minute' from tasks
  returning id, task_id, state
), ended as (
  insert into reviewer_assignment
    (item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
  select id, %(reviewer)s, 1, 'submitted', '', now(), now() from items where state = 2
), answers as (
  insert into labeling_annotation (client_id, task_id, author_id, answer, seconds, blind,
    late, counted, check_task, expert, created_at)
  select gen_random_uuid(), id, %(reviewer)s, '{"label": "cat"}', 2.5, true, false, true,
    false, false, now() from tasks where state = 'settled'
)
insert into labeling_gold (project_id, task_id, question, value, unanswerable, source,
  uses_model, blind, created_at)
select x.project_id, t.id, 'label', '"cat"', false, 'consensus', false, true, now()
from tasks t, pattern x where t.state = 'settled'
"""


def make_crowd(team: Team, pattern: Prediction, rows: int) -> None:
    """So many predictions; half are drawn, half of those are answered and settled."""
    values = {
        "pattern": pattern.pk,
        "rows": rows,
        "queue": team.queue.pk,
        "reviewer": team.reviewer.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(CROWD, values)
        cursor.execute("analyze")
    assert QueueItem.objects.filter(queue=team.queue).count() > rows / 3
