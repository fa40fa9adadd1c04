"""Since when a queue keeps the model's answer back: a page loaded before may still show it."""

from django.db import migrations, models

KEEP = """
create function reviewer_keep_alone_since() returns trigger language plpgsql as $$
begin
  if new.pre_label <> 'never' then
    new.alone_since := null;
  elsif tg_op = 'INSERT' or old.pre_label <> 'never' then
    new.alone_since := clock_timestamp();
  else
    new.alone_since := old.alone_since;
  end if;
  return new;
end
$$;
create trigger reviewer_keep_alone_since before insert or update on reviewer_queue
for each row execute function reviewer_keep_alone_since();
update reviewer_queue set alone_since = clock_timestamp() where pre_label = 'never';
"""
DROP = """
drop trigger reviewer_keep_alone_since on reviewer_queue;
drop function reviewer_keep_alone_since();
"""


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0016_confidences")]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="alone_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(KEEP, DROP),
    ]
