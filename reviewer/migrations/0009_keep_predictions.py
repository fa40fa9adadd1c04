"""One call of the database that keeps a batch of predictions and queues what was drawn."""

from django.db import migrations

# What intake has read of a project and keeps in memory: any change to one of these rows
# gives it another place (ctid) or another writer (xmin), and so another stamp.
# In plpgsql, which keeps its plans: planning would cost three times the look-ups.
STAMP = """
create function reviewer_desk_stamp(p_project bigint) returns text
language plpgsql stable as $$
begin
  return concat_ws('|',
    (select string_agg(p.ctid::text || p.xmin::text, ',' order by p.id)
     from reviewer_policy p where p.project_id = p_project and p.active),
    (select string_agg(e.ctid::text || e.xmin::text, ',' order by e.id)
     from reviewer_endpoint e where e.project_id = p_project),
    (select q.ctid::text || q.xmin::text
     from reviewer_queue q where q.project_id = p_project and q.purpose = 'review'
     order by q.id limit 1),
    (select max(v.id)::text from labeling_schemaversion v
     join labeling_schema s on s.id = v.schema_id where s.project_id = p_project));
end
$$
"""

# Adds rows to what endpoints used of their quota this minute; the seconds to wait if
# that is too much, else null. p_use: [{"endpoint", "n", "quota"}].
USE_QUOTA = """
create function reviewer_use_quota(p_use json) returns int
language plpgsql as $$
declare
  this_minute bigint := extract(epoch from now())::bigint / 60;
begin
  if exists (
    select 1 from json_to_recordset(p_use) u (endpoint bigint, n bigint, quota bigint)
    where u.n + (select coalesce(sum(e.n), 0) from reviewer_endpointuse e
                 where e.endpoint_id = u.endpoint and e.minute = this_minute) > u.quota
  ) then
    return 60 - extract(epoch from now())::bigint % 60;
  end if;
  insert into reviewer_endpointuse as e (endpoint_id, slot, minute, n)
  select u.endpoint, pg_backend_pid() % 64, this_minute, u.n
  from json_to_recordset(p_use) u (endpoint bigint, n bigint, quota bigint)
  order by u.endpoint
  on conflict (endpoint_id, slot) do update
  set n = excluded.n + case when e.minute = excluded.minute then e.n else 0 end,
      minute = excluded.minute;
  return null;
end
$$
"""

# Known rows are looked up by index, whatever the planner knows of a table that is new.
# Rows come sorted by endpoint and inference id, each key once; everything is inserted in
# that order (payloads by digest), so that two batches with the same rows never wait for
# each other in a circle. A row that another transaction inserts at this very moment is
# neither made nor seen: it is missing in the answer, and the caller asks again.
# What only few rows need (tasks, scores, what stood there before) is a statement of its own.
KEEP = """
create function reviewer_keep_predictions(
  p_project bigint, p_stamp text, p_policy bigint, p_queue bigint, p_wanted int,
  p_due interval, p_use json, p_rows json, p_count int, p_tasks json, p_scores json)
returns table (n int, task bigint, before json)
language plpgsql as $$
#variable_conflict use_column
declare
  v_seconds int;
  v_n int[];
  v_ids bigint[];
  v_payloads bigint[];
  v_tasks bigint[];
  v_blanked boolean;
begin
  if reviewer_desk_stamp(p_project) is distinct from p_stamp then
    return query select -1, null::bigint, null::json;
    return;
  end if;
  if p_use is not null then
    v_seconds := reviewer_use_quota(p_use);
    if v_seconds is not null then
      return query select -2, v_seconds::bigint, null::json;
      return;
    end if;
  end if;

  with sent as materialized (
    select r.*, case when r.drawn then nextval('labeling_task_id_seq') end as task_id
    from json_to_recordset(p_rows) as r (
      n int, endpoint bigint, inference_id text, digest text, content jsonb,
      model_name text, model_version text, output jsonb, label text, confidence float8,
      probabilities float8[], "group" text, metadata jsonb, occurred_at timestamptz,
      content_hash text, pi float8, u float8, b float8, blind boolean, verdict text,
      reason text, rule text, repeats boolean, drawn boolean)
  ),
  new_payload as (
    insert into labeling_payload (project_id, sha256, content, created_at)
    select p_project, digest, content, now() from sent order by digest
    on conflict (project_id, sha256) do nothing
    returning id, sha256
  ),
  old_payload as (
    select p.id, s.digest, p.blanked, exists (
      select 1 from reviewer_prediction e where e.payload_id = p.id) as predicted
    from (select distinct digest from sent) s cross join lateral (
      select o.id, o.content is null as blanked from labeling_payload o
      where o.project_id = p_project and o.sha256 = s.digest limit 1
    ) p
  ),
  payload as (
    select id, sha256 as digest, false as blanked, false as predicted from new_payload
    union all
    select id, digest, blanked, predicted from old_payload
  ),
  made as (
    insert into reviewer_prediction (
      project_id, endpoint_id, inference_id, payload_id, model_name, model_version,
      output, label, confidence, probabilities, "group", metadata, occurred_at,
      received_at, content_hash, pi, u, b, blind, verdict, reason, rule, policy_id,
      repeats, task_id)
    select p_project, s.endpoint, s.inference_id, p.id, s.model_name, s.model_version,
      s.output, s.label, s.confidence, s.probabilities, coalesce(s."group", ''),
      coalesce(s.metadata, '{}'), s.occurred_at, now(), s.content_hash, s.pi, s.u, s.b,
      coalesce(s.blind, false), s.verdict, s.reason, coalesce(s.rule, ''), p_policy,
      p.predicted or coalesce(s.repeats, false), s.task_id
    from sent s join payload p on p.digest = s.digest
    order by s.endpoint, s.inference_id
    on conflict (endpoint_id, inference_id) do nothing
    returning id, endpoint_id, inference_id, payload_id, task_id
  )
  select array_agg(s.n), array_agg(m.id), array_agg(m.payload_id),
    array_agg(m.task_id), (select bool_or(blanked) from old_payload)
  into v_n, v_ids, v_payloads, v_tasks, v_blanked
  from made m
  join sent s on s.endpoint = m.endpoint_id and s.inference_id = m.inference_id;

  if v_blanked then
    -- blanked when its time was over, sent once more: its time begins anew
    update labeling_payload p set content = s.content, created_at = now()
    from json_to_recordset(p_rows) s (digest text, content jsonb)
    where p.project_id = p_project and p.sha256 = s.digest and p.content is null;
  end if;

  if p_tasks is not null then
    with drawn as materialized (
      select m.payload, m.task, t.*
      from json_to_recordset(p_tasks) t (
        n int, schema_version bigint, pre_label jsonb, blind boolean, context jsonb,
        place float8, skill text, audit boolean)
      join unnest(v_n, v_payloads, v_tasks) m (n, payload, task) on m.n = t.n
    ),
    new_task as (
      insert into labeling_task (
        id, project_id, payload_id, schema_version_id, pre_label, blind, context, state,
        created_at)
      select d.task, p_project, d.payload, d.schema_version, d.pre_label, d.blind,
        d.context, 'open', now()
      from drawn d
    )
    insert into reviewer_queueitem (
      queue_id, task_id, state, priority, place, skill, audit, check_task, wanted, done,
      seen, skips, token, note, due_at, created_at)
    select p_queue, d.task, 0, 0, d.place, d.skill, d.audit, false, p_wanted, 0, '{}', 0,
      0, '', now() + p_due, now()
    from drawn d;
  end if;

  if p_scores is not null then
    insert into reviewer_score (
      prediction_id, model_name, model_version, output, label, confidence)
    select m.id, c.model_name, c.model_version, c.output, c.label, c.confidence
    from json_to_recordset(p_scores) c (
      n int, model_name text, model_version text, output jsonb, label text,
      confidence float8)
    join unnest(v_n, v_ids) m (n, id) on m.n = c.n;
  end if;

  return query select m.n, m.task, null::json from unnest(v_n, v_tasks) m (n, task);
  if coalesce(cardinality(v_n), 0) < p_count then
    return query
    select s.n, e.task_id, json_build_object(
      'content_hash', e.content_hash, 'verdict', e.verdict, 'reason', e.reason,
      'pi', e.pi, 'policy_version', p.version)
    from json_to_recordset(p_rows) s (n int, endpoint bigint, inference_id text)
    join reviewer_prediction e
      on e.endpoint_id = s.endpoint and e.inference_id = s.inference_id
    join reviewer_policy p on p.id = e.policy_id
    where v_n is null or s.n <> all (v_n);
  end if;
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

DROP = """
drop function reviewer_keep_predictions(
  bigint, text, bigint, bigint, int, interval, json, json, int, json, json);
drop function reviewer_use_quota(json);
drop function reviewer_desk_stamp(bigint);
"""


# Four predictions in five have no task: they need no entry in its index.
DRAWN_ONLY = """
alter table reviewer_prediction drop constraint reviewer_prediction_task_id_key;
create unique index reviewer_prediction_task_id_key on reviewer_prediction (task_id)
where task_id is not null;
"""
EVERYBODY = """
drop index reviewer_prediction_task_id_key;
alter table reviewer_prediction
  add constraint reviewer_prediction_task_id_key unique (task_id);
"""


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0008_exports")]

    operations = [
        migrations.RunSQL([STAMP, USE_QUOTA, KEEP], DROP),
        migrations.RunSQL(DRAWN_ONLY, EVERYBODY),
    ]
