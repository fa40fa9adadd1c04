"""Until when a queue's overlap adapted: who is asked again there depends on what was said.

And what a queue shows comes with each answer, since only there a first guess is one. Two
workers that fit the same answers keep one fit.
"""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("reviewer.migrations.0021_expert_checks").ITEM
ITEM = BEFORE.replace("'sure', q.sure", "'sure', q.sure, 'shown', q.pre_label")
# While it adapts, no time is kept: all its tasks count as such.
KEEP = """
create function reviewer_keep_adaptive_until() returns trigger language plpgsql as $$
begin
  new.adaptive_until := case when old.sure is not null and new.sure is null
    then clock_timestamp() else old.adaptive_until end;
  return new;
end
$$;
create trigger reviewer_keep_adaptive_until before update on reviewer_queue
for each row execute function reviewer_keep_adaptive_until();
"""
DROP = """
drop trigger reviewer_keep_adaptive_until on reviewer_queue;
drop function reviewer_keep_adaptive_until();
"""
DOUBLES = """
delete from reviewer_crowdfit f using reviewer_crowdfit l
where l.schema_id = f.schema_id and l.blind = f.blind and l.newest = f.newest
  and l.id > f.id;
"""


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0021_expert_checks")]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="adaptive_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(KEEP, DROP),
        migrations.RunSQL(ITEM, BEFORE),
        migrations.RunSQL(DOUBLES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="crowdfit",
            constraint=models.UniqueConstraint(
                fields=("schema", "blind", "newest"), name="crowd_fitted_once"
            ),
        ),
    ]
