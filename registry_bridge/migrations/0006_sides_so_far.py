"""What snapshots did so far: the sides that inputs were on, and whose answers they hold."""

from django.db import migrations

SIDES = """
insert into registry_bridge_payloadside
  (payload_id, project_id, "group", trained, tested)
select t.payload_id, s.project_id, (array_agg(i."group" order by i.id desc))[1],
  bool_or(i.side = 'train'), bool_or(i.side = 'test')
from registry_bridge_snapshotitem i
join registry_bridge_snapshot s on s.id = i.snapshot_id
join labeling_gold g on g.id = i.gold_id
join labeling_task t on t.id = g.task_id
group by 1, 2
on conflict do nothing
"""
# Answers as they stood when the gold was written: some were corrected since.
REVIEWERS = """
insert into registry_bridge_snapshotreviewer (snapshot_id, user_id, train, test)
select i.snapshot_id, a.author_id,
  count(distinct i.id) filter (where i.side = 'train'),
  count(distinct i.id) filter (where i.side = 'test')
from registry_bridge_snapshotitem i
join labeling_gold g on g.id = i.gold_id
join labeling_annotation a on a.task_id = g.task_id
  and a.expert = (g.source = 'expert') and a.counted and not a.check_task
  and a.created_at <= g.created_at
where g.source in ('single', 'consensus', 'expert')
group by 1, 2
on conflict do nothing
"""


class Migration(migrations.Migration):
    dependencies = [("registry_bridge", "0005_sides_and_lineage")]

    operations = [migrations.RunSQL([SIDES, REVIEWERS], migrations.RunSQL.noop)]
