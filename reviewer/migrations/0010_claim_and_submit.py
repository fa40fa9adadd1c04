"""Claiming tasks, and the two calls of a submission: read everything locked, write all.

Everything is found by index: enable_seqscan is off inside, since a table that is new has no
statistics yet, and the planner would read all of it.
"""

from django.db import migrations

# The sets of people who have seen waiting items of a queue, per skill and kind of draw:
# a loose scan that jumps from set to set by the index queue_item_waiting and never reads
# the items in between (PostgreSQL wiki, Loose indexscan). In plpgsql, which keeps its plan.
SETS = """
create function reviewer_waiting_sets(p_queue bigint, p_skills text[])
returns table (skill text, audit boolean, seen bigint[])
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with recursive sets as (
    select s.skill, a.audit, (
      select i.seen from reviewer_queueitem i
      where i.queue_id = p_queue and i.state = 0 and i.skill = s.skill
        and i.audit = a.audit
      order by i.seen limit 1) as seen
    from unnest(p_skills) s (skill), (values (false), (true)) a (audit)
    union all
    select s.skill, s.audit, (
      select i.seen from reviewer_queueitem i
      where i.queue_id = p_queue and i.state = 0 and i.skill = s.skill
        and i.audit = s.audit and i.seen > s.seen
      order by i.seen limit 1)
    from sets s where s.seen is not null
  )
  select sets.skill, sets.audit, sets.seen from sets where sets.seen is not null;
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

# The same for all skills there are.
ALL_SETS = """
create function reviewer_queue_sets(p_queue bigint)
returns table (skill text, audit boolean, seen bigint[])
language plpgsql stable as $$
#variable_conflict use_column
begin
  return query
  with recursive sets as (
    (select i.skill, i.audit, i.seen from reviewer_queueitem i
     where i.queue_id = p_queue and i.state = 0
     order by i.skill, i.audit, i.seen limit 1)
    union all
    select n.skill, n.audit, n.seen from sets s cross join lateral (
      select i.skill, i.audit, i.seen from reviewer_queueitem i
      where i.queue_id = p_queue and i.state = 0
        and (i.skill, i.audit, i.seen) > (s.skill, s.audit, s.seen)
      order by i.skill, i.audit, i.seen limit 1) n
  )
  select sets.skill::text, sets.audit, sets.seen from sets;
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

# How many items a person may still take, counted up to p_most.
WAITING = """
create function reviewer_waiting_for(
  p_queue bigint, p_user bigint, p_skills text[], p_most int)
returns int language plpgsql stable as $$
begin
  return (
    select least(coalesce(sum(c.n), 0), p_most)::int
    from reviewer_waiting_sets(p_queue, p_skills) s
    cross join lateral (
      select count(*) n from (
        select 1 from reviewer_queueitem i
        where i.queue_id = p_queue and i.state = 0 and i.skill = s.skill
          and i.audit = s.audit and i.seen = s.seen
        limit p_most
      ) few
    ) c
    where not s.seen @> array[p_user]);
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

# Three ways to a task, each by an index: what this person holds already, leases that ran
# out, then the heads of the sets that do not hold this person. Reserved claims
# (audit_share) take what chance drew first. Status: ok, gone, paused, reviewer_paused,
# daily_cap.
TAKE = """
create function reviewer_take(
  p_queue bigint, p_user bigint, p_count int, p_have bigint[], p_at timestamptz,
  p_most_held int, p_counted int)
returns table (status text, why text, waiting int, items json)
language plpgsql as $$
#variable_conflict use_column
declare
  q reviewer_queue;
  person reviewer_reviewer;
  v_skills text[] := array[''];
  v_mine bigint[];
  v_ran_out bigint[];
  v_chosen bigint[];
  v_held int;
  v_wanted int;
  v_waiting int;
  v_active int;
  v_audits int;
begin
  select * into q from reviewer_queue where id = p_queue;
  if not found then
    return query select 'gone', '', 0, null::json;
    return;
  end if;
  if q.paused then
    return query select 'paused', '', 0, null::json;
    return;
  end if;
  select * into person from reviewer_reviewer r
  where r.project_id = q.project_id and r.user_id = p_user;
  if found then
    if person.paused then
      return query select 'reviewer_paused', person.reason::text, 0, null::json;
      return;
    end if;
    v_skills := v_skills || person.skills::text[];
  end if;

  select count(*) into v_held from reviewer_queueitem i
  where i.state = 1 and i.lease_by = p_user and i.queue_id = p_queue
    and i.lease_until >= p_at;
  if v_held > 0 then
    select array_agg(m.id order by m.place, m.id) into v_mine from (
      select i.id, i.place from reviewer_queueitem i
      where i.state = 1 and i.lease_by = p_user and i.queue_id = p_queue
        and i.lease_until >= p_at and i.id <> all (p_have)
      order by i.place, i.id limit p_count
      for update skip locked
    ) m;
  end if;
  v_wanted := least(p_count - coalesce(cardinality(v_mine), 0), p_most_held - v_held);
  if q.daily_cap is not null then
    v_wanted := least(v_wanted, q.daily_cap - v_held - (
      select count(*) from reviewer_assignment a
      join reviewer_queueitem i on i.id = a.item_id
      where a.reviewer_id = p_user and a.outcome = 'submitted' and i.queue_id = p_queue
        and a.ended_at >= date_trunc('day', p_at at time zone 'UTC') at time zone 'UTC'));
    if v_wanted <= 0 and v_held = 0 then
      return query select 'daily_cap', q.daily_cap::text, 0, null::json;
      return;
    end if;
  end if;
  v_waiting := reviewer_waiting_for(p_queue, p_user, v_skills, p_counted);
  if v_wanted > 1 and v_waiting < p_counted then
    -- few are left: nobody takes more ahead than a fair share of them
    select 1 + count(distinct i.lease_by) into v_active from reviewer_queueitem i
    where i.queue_id = p_queue and i.state = 1 and i.lease_until >= p_at
      and i.lease_by <> p_user;
    v_wanted := least(v_wanted, greatest(1, ceil(v_waiting::float8 / v_active)::int));
  end if;

  if v_wanted > 0 then
    select array_agg(e.id) into v_ran_out from (
      select i.id from reviewer_queueitem i
      where i.queue_id = p_queue and i.state = 1 and i.lease_until < p_at
        and i.skill = any (v_skills) and not i.seen @> array[p_user]
      order by i.lease_until limit v_wanted
      for update skip locked
    ) e;
    v_wanted := v_wanted - coalesce(cardinality(v_ran_out), 0);
  end if;
  if v_wanted > 0 and v_waiting > 0 then
    select count(*) into v_audits from generate_series(1, v_wanted)
    where random() < q.audit_share;
    select array_agg(c.id) into v_chosen from (
      select c.id from (
        select i.id, i.place, s.audit,
          row_number() over (partition by s.audit order by i.place, i.id) as nth
        from reviewer_waiting_sets(p_queue, v_skills) s
        cross join lateral (
          select h.id, h.place from reviewer_queueitem h
          where h.queue_id = p_queue and h.state = 0 and h.skill = s.skill
            and h.audit = s.audit and h.seen = s.seen
          order by h.place, h.id limit v_wanted
          for update skip locked
        ) i
        where not s.seen @> array[p_user]
      ) c
      order by (c.audit and c.nth <= v_audits) desc, c.place, c.id
      limit v_wanted
    ) c;
    v_waiting := v_waiting - coalesce(cardinality(v_chosen), 0);
  end if;
  if v_ran_out is not null then
    insert into reviewer_assignment (
      item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
    select i.id, i.lease_by, i.token, 'expired', '', i.leased_at, i.lease_until
    from reviewer_queueitem i where i.id = any (v_ran_out);
  end if;
  v_chosen := v_ran_out || v_chosen;
  if v_chosen is not null then
    update reviewer_queueitem i
    set state = 1, lease_by = p_user, leased_at = p_at, token = i.token + 1,
      lease_until = p_at + q.lease_seconds * interval '1 second'
    where i.id = any (v_chosen);
  end if;
  return query
  select 'ok', '', greatest(v_waiting, 0), (
    select json_agg(json_build_object(
      'id', i.id, 'queue', i.queue_id, 'state', i.state, 'priority', i.priority,
      'place', i.place, 'skill', i.skill, 'audit', i.audit, 'check_task', i.check_task,
      'wanted', i.wanted, 'done', i.done, 'seen', i.seen, 'skips', i.skips,
      'lease_by', i.lease_by, 'lease_until', i.lease_until, 'leased_at', i.leased_at,
      'token', i.token, 'note', i.note, 'due_at', i.due_at, 'created_at', i.created_at,
      'task', json_build_object(
        'id', t.id, 'project', t.project_id, 'payload', t.payload_id,
        'schema_version', t.schema_version_id, 'pre_label', t.pre_label,
        'blind', t.blind, 'context', t.context, 'state', t.state,
        'created_at', t.created_at, 'settled_at', t.settled_at,
        'sha256', p.sha256, 'content', p.content),
      'draft', d.answer) order by o.nth)
    from unnest(v_mine || v_chosen) with ordinality o (id, nth)
    join reviewer_queueitem i on i.id = o.id
    join labeling_task t on t.id = i.task_id
    join labeling_payload p on p.id = t.payload_id
    left join labeling_draft d on d.task_id = t.id and d.author_id = p_user);
end
$$ set plan_cache_mode = force_generic_plan set enable_seqscan = off
"""

ITEM = """
create function reviewer_item_as_json(i reviewer_queueitem, q reviewer_queue) returns json
language sql immutable as $$
  select json_build_object(
    'id', i.id, 'queue', i.queue_id, 'state', i.state, 'wanted', i.wanted,
    'done', i.done, 'seen', i.seen, 'token', i.token, 'lease_by', i.lease_by,
    'lease_until', i.lease_until, 'leased_at', i.leased_at,
    'check_task', i.check_task, 'expert', q.purpose = 'adjudication',
    'max_overlap', q.max_overlap)
$$
"""

# Locks all items of the tasks, in order, then reads in a later statement: whatever
# somebody committed while this waited for a lock is seen.
HOLD = """
create function reviewer_hold(p_user bigint, p_asked json) returns json
language plpgsql as $$
begin
  perform 1 from reviewer_queueitem i
  where i.task_id in (
    select h.task_id from json_to_recordset(p_asked) a (item bigint)
    join reviewer_queueitem h on h.id = a.item)
  order by i.id for update;
  return (
    select json_agg(json_build_object(
      'n', a.n,
      'past', exists (
        select 1 from reviewer_assignment e
        where e.item_id = a.item and e.token = a.token and e.reviewer_id = p_user),
      'sent', (
        select json_build_object('author', c.author_id, 'late', c.late)
        from labeling_annotation c where c.client_id = a.client_id),
      'item', case when i.id is not null then reviewer_item_as_json(i, q) end,
      'others', (
        select json_agg(reviewer_item_as_json(o, oq))
        from reviewer_queueitem o join reviewer_queue oq on oq.id = o.queue_id
        where o.task_id = i.task_id and o.id <> i.id),
      'task', case when t.id is not null then json_build_object(
        'id', t.id, 'project', t.project_id, 'schema_version', t.schema_version_id,
        'blind', t.blind, 'state', t.state) end,
      'drafted', exists (
        select 1 from labeling_draft d
        where d.task_id = t.id and d.author_id = p_user),
      'given', (
        select json_agg(json_build_object(
          'id', g.id, 'author', g.author_id, 'answer', g.answer,
          'counted', g.counted, 'expert', g.expert, 'check_task', g.check_task)
          order by g.id)
        from labeling_annotation g
        where g.task_id = t.id and not exists (
          select 1 from labeling_annotation l where l.supersedes_id = g.id)),
      'gold', (
        select json_agg(json_build_object(
          'id', g.id, 'question', g.question, 'value', g.value,
          'unanswerable', g.unanswerable, 'source', g.source))
        from labeling_gold g
        where g.task_id = t.id and not exists (
          select 1 from labeling_gold l where l.supersedes_id = g.id))))
    from json_to_recordset(p_asked) a (n int, item bigint, token bigint, client_id uuid)
    left join reviewer_queueitem i on i.id = a.item
    left join reviewer_queue q on q.id = i.queue_id
    left join labeling_task t on t.id = i.task_id);
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

HAND_IN = """
create function reviewer_hand_in(p_user bigint, p_at timestamptz, p_all json)
returns void language plpgsql as $$
begin
  insert into labeling_annotation (
    client_id, task_id, author_id, answer, seconds, blind, late, counted, check_task,
    expert, supersedes_id, created_at)
  select a.client_id, a.task, p_user, a.answer, a.seconds, a.blind, a.late, a.counted,
    a.check_task, a.expert, a.supersedes, p_at
  from json_to_recordset(p_all -> 'annotations') a (
    client_id uuid, task bigint, answer jsonb, seconds float8, blind boolean,
    late boolean, counted boolean, check_task boolean, expert boolean,
    supersedes bigint);
  if json_array_length(p_all -> 'drafts') > 0 then
    delete from labeling_draft d
    where d.author_id = p_user and d.task_id in (
      select v::text::bigint from json_array_elements(p_all -> 'drafts') v);
  end if;
  insert into reviewer_assignment (
    item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
  select e.item, p_user, e.token, 'submitted', '', e.started_at, p_at
  from json_to_recordset(p_all -> 'ended') e (
    item bigint, token bigint, started_at timestamptz);
  update reviewer_queueitem i
  set state = n.state, wanted = n.wanted, done = n.done, seen = n.seen,
    lease_by = n.lease_by, lease_until = n.lease_until, leased_at = n.leased_at
  from json_to_recordset(p_all -> 'items') n (
    id bigint, state int, wanted int, done int, seen bigint[], lease_by bigint,
    lease_until timestamptz, leased_at timestamptz)
  where i.id = n.id;
  if json_array_length(p_all -> 'gold') > 0 then
    insert into labeling_gold (
      project_id, task_id, question, value, unanswerable, source, uses_model, blind,
      supersedes_id, created_at)
    select g.project, g.task, g.question, g.value, g.unanswerable, g.source, false,
      g.blind, g.supersedes, p_at
    from json_to_recordset(p_all -> 'gold') g (
      project bigint, task bigint, question text, value jsonb, unanswerable boolean,
      source text, blind boolean, supersedes bigint);
  end if;
  if json_array_length(p_all -> 'settled') > 0 then
    update labeling_task t set state = 'settled', settled_at = p_at
    where t.id in (
      select v::text::bigint from json_array_elements(p_all -> 'settled') v);
  end if;
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

DROP = """
drop function reviewer_hand_in(bigint, timestamptz, json);
drop function reviewer_hold(bigint, json);
drop function reviewer_item_as_json(reviewer_queueitem, reviewer_queue);
drop function reviewer_take(bigint, bigint, int, bigint[], timestamptz, int, int);
drop function reviewer_waiting_for(bigint, bigint, text[], int);
drop function reviewer_queue_sets(bigint);
drop function reviewer_waiting_sets(bigint, text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0009_keep_predictions")]

    operations = [
        migrations.RunSQL([SETS, ALL_SETS, WAITING, TAKE, ITEM, HOLD, HAND_IN], DROP),
    ]
