"""Counts of each queue's items by state, kept by triggers as changes that are added up later.

A trigger runs once a statement, whoever writes, and adds one row for each queue whose counts
change; no two statements wait for each other. What is there is counted once, here: creating
a trigger keeps writers away until this migration ends.
"""

from django.db import migrations, models

TRIGGERS = """
create function reviewer_count_items() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into reviewer_queuedelta (queue, waiting, leased, done, flagged, withdrawn)
    select queue_id, count(*) filter (where state = 0), count(*) filter (where state = 1),
           count(*) filter (where state = 2), count(*) filter (where state = 3),
           count(*) filter (where state = 4)
    from after_it group by queue_id;
  elsif tg_op = 'DELETE' then
    insert into reviewer_queuedelta (queue, waiting, leased, done, flagged, withdrawn)
    select queue_id, -count(*) filter (where state = 0), -count(*) filter (where state = 1),
           -count(*) filter (where state = 2), -count(*) filter (where state = 3),
           -count(*) filter (where state = 4)
    from before_it group by queue_id;
  else
    insert into reviewer_queuedelta (queue, waiting, leased, done, flagged, withdrawn)
    select * from (
      select queue_id, coalesce(sum(n) filter (where state = 0), 0) waiting,
             coalesce(sum(n) filter (where state = 1), 0) leased,
             coalesce(sum(n) filter (where state = 2), 0) done,
             coalesce(sum(n) filter (where state = 3), 0) flagged,
             coalesce(sum(n) filter (where state = 4), 0) withdrawn
      from (select queue_id, state, 1 as n from after_it
            union all select queue_id, state, -1 from before_it) moved
      group by queue_id
    ) changed
    where (waiting, leased, done, flagged, withdrawn) <> (0, 0, 0, 0, 0);
  end if;
  return null;
end $$;

create trigger queue_items_counted_in after insert on reviewer_queueitem
  referencing new table as after_it
  for each statement execute function reviewer_count_items();
create trigger queue_items_counted_on after update on reviewer_queueitem
  referencing old table as before_it new table as after_it
  for each statement execute function reviewer_count_items();
create trigger queue_items_counted_out after delete on reviewer_queueitem
  referencing old table as before_it
  for each statement execute function reviewer_count_items();

insert into reviewer_queuecount (queue, waiting, leased, done, flagged, withdrawn)
select queue_id, count(*) filter (where state = 0), count(*) filter (where state = 1),
       count(*) filter (where state = 2), count(*) filter (where state = 3),
       count(*) filter (where state = 4)
from reviewer_queueitem group by queue_id;

-- read by every page of queues, and emptied every few seconds
alter table reviewer_queuedelta set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0
);
"""
AWAY = """
drop trigger queue_items_counted_in on reviewer_queueitem;
drop trigger queue_items_counted_on on reviewer_queueitem;
drop trigger queue_items_counted_out on reviewer_queueitem;
drop function reviewer_count_items();
"""
COUNTS = ("waiting", "leased", "done", "flagged", "withdrawn")


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0004_figures")]

    operations = [
        migrations.CreateModel(
            name="QueueDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("queue", models.BigIntegerField()),
                *((name, models.IntegerField()) for name in COUNTS),
            ],
        ),
        migrations.CreateModel(
            name="QueueCount",
            fields=[
                ("queue", models.BigIntegerField(primary_key=True, serialize=False)),
                *((name, models.BigIntegerField()) for name in COUNTS),
            ],
        ),
        migrations.RunSQL(TRIGGERS, AWAY),
    ]
