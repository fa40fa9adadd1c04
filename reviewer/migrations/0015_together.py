"""Claims bring back what was put off and sent back; answers keep notes and guesses."""

from importlib import import_module

from django.db import migrations

before = import_module("reviewer.migrations.0010_claim_and_submit")

# What this person put off in a queue and may still be given, in the order they did it.
PUT_OFF = """
create function reviewer_put_off(p_queue bigint, p_user bigint) returns setof bigint
language plpgsql stable as $$
begin
  return query
  select i.id from reviewer_putoff o
  join reviewer_queueitem i on i.id = o.item_id
  where o.user_id = p_user and i.queue_id = p_queue and i.state = 0
    and not exists (
      select from labeling_annotation a
      where a.task_id = i.task_id and a.author_id = p_user)
  order by o.id;
end
$$ set enable_seqscan = off set plan_cache_mode = force_generic_plan
"""

WAITING = """
create or replace function reviewer_waiting_for(
  p_queue bigint, p_user bigint, p_skills text[], p_most int)
returns int language plpgsql stable as $$
begin
  return (
    select least(coalesce(sum(c.n), 0) + (
      select count(*) from reviewer_put_off(p_queue, p_user) o (id)
      join reviewer_queueitem i on i.id = o.id and i.skill = any (p_skills)), p_most)::int
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

# The ways to a task are those of before, and one more behind them: what this person put
# off comes when nothing else is left. Beside the tasks: how the queue shows the model's
# answer, and which of this person's answers were sent back.
TAKE = """
create function reviewer_take(
  p_queue bigint, p_user bigint, p_count int, p_have bigint[], p_at timestamptz,
  p_most_held int, p_counted int)
returns table (
  status text, why text, waiting int, items json, shown text, returned bigint[])
language plpgsql as $$
#variable_conflict use_column
declare
  q reviewer_queue;
  person reviewer_reviewer;
  v_skills text[] := array[''];
  v_mine bigint[];
  v_ran_out bigint[];
  v_chosen bigint[];
  v_put_off bigint[];
  v_held int;
  v_wanted int;
  v_waiting int;
  v_active int;
  v_audits int;
begin
  select * into q from reviewer_queue where id = p_queue;
  if not found then
    return query select 'gone', '', 0, null::json, '', null::bigint[];
    return;
  end if;
  if q.paused then
    return query select 'paused', '', 0, null::json, '', null::bigint[];
    return;
  end if;
  select * into person from reviewer_reviewer r
  where r.project_id = q.project_id and r.user_id = p_user;
  if found then
    if person.paused then
      return query
      select 'reviewer_paused', person.reason::text, 0, null::json, '', null::bigint[];
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
      return query select 'daily_cap', q.daily_cap::text, 0, null::json, '', null::bigint[];
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
  v_wanted := v_wanted - coalesce(cardinality(v_chosen), 0);
  if v_wanted > 0 and v_waiting > 0 then
    select array_agg(l.id order by l.nth) into v_put_off from (
      select i.id, o.nth
      from reviewer_put_off(p_queue, p_user) with ordinality o (id, nth)
      join reviewer_queueitem i on i.id = o.id and i.state = 0
      where i.skill = any (v_skills)
      order by o.nth limit v_wanted
      for update of i skip locked
    ) l;
    v_waiting := v_waiting - coalesce(cardinality(v_put_off), 0);
  end if;
  if v_put_off is not null then
    -- theirs again: what they say to it counts
    delete from reviewer_putoff o where o.user_id = p_user and o.item_id = any (v_put_off);
    update reviewer_queueitem i set seen = array_remove(i.seen, p_user)
    where i.id = any (v_put_off);
  end if;
  if v_ran_out is not null then
    insert into reviewer_assignment (
      item_id, reviewer_id, token, outcome, reason, started_at, ended_at)
    select i.id, i.lease_by, i.token, 'expired', '', i.leased_at, i.lease_until
    from reviewer_queueitem i where i.id = any (v_ran_out);
  end if;
  v_chosen := v_ran_out || v_chosen || v_put_off;
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
      'draft', d.answer, 'guess', d.guess,
      'comments', (
        select count(*) from labeling_comment c
        where c.task_id = t.id and c.resolved_at is null)) order by o.nth)
    from unnest(v_mine || v_chosen) with ordinality o (id, nth)
    join reviewer_queueitem i on i.id = o.id
    join labeling_task t on t.id = i.task_id
    join labeling_payload p on p.id = t.payload_id
    left join labeling_draft d on d.task_id = t.id and d.author_id = p_user),
    q.pre_label::text, (
    select array_agg(b.id order by b.id) from reviewer_sentback b
    join reviewer_queueitem i on i.id = b.item_id and i.queue_id = p_queue
    where b.author_id = p_user and b.state = 'waits');
end
$$ set plan_cache_mode = force_generic_plan set enable_seqscan = off
"""

HAND_IN = """
create or replace function reviewer_hand_in(p_user bigint, p_at timestamptz, p_all json)
returns void language plpgsql as $$
begin
  insert into labeling_annotation (
    client_id, task_id, author_id, answer, seconds, blind, late, counted, check_task,
    expert, note, guess, supersedes_id, created_at)
  select a.client_id, a.task, p_user, a.answer, a.seconds, a.blind, a.late, a.counted,
    a.check_task, a.expert, coalesce(a.note, ''),
    -- a correction comes after the model was seen: the first guess stays what it was
    case when a.supersedes is null then a.guess else (
      select o.guess from labeling_annotation o where o.id = a.supersedes) end,
    a.supersedes, p_at
  from json_to_recordset(p_all -> 'annotations') a (
    client_id uuid, task bigint, answer jsonb, seconds float8, blind boolean,
    late boolean, counted boolean, check_task boolean, expert boolean,
    note text, guess jsonb, supersedes bigint);
  -- a correction answers what was sent back: another answer, or the same once more
  update reviewer_sentback b
  set state = case when a.answer = old.answer then 'stands' else 'corrected' end,
    answered_at = p_at, reply = coalesce(a.note, '')
  from json_to_recordset(p_all -> 'annotations') a (
    task bigint, answer jsonb, note text, supersedes bigint)
  join labeling_annotation old on old.id = a.supersedes
  where b.author_id = p_user and b.state = 'waits' and b.task_id = a.task;
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

DROP_TAKE = """
drop function reviewer_take(bigint, bigint, int, bigint[], timestamptz, int, int)
"""
DROP_PUT_OFF = "drop function reviewer_put_off(bigint, bigint)"


def again(function: str) -> str:
    """The function as it was before, over the new one."""
    return function.replace("create function", "create or replace function")


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0022_comments"),
        ("reviewer", "0014_sent_back"),
    ]

    operations = [
        migrations.RunSQL(
            [PUT_OFF, WAITING, DROP_TAKE, TAKE, HAND_IN],
            [
                DROP_TAKE,
                before.TAKE,
                again(before.HAND_IN),
                again(before.WAITING),
                DROP_PUT_OFF,
            ],
        ),
    ]
