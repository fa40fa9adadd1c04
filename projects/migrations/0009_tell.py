"""Events that add up, and the jobs that they ask for, by one call of the database."""

from django.db import migrations

# p_asks: [{"key", "handler", "stream", "payload", "long"}]; a key that waits already is
# left alone.
TELL = """
create function projects_tell(
  p_name text, p_project bigint, p_subjects text[], p_asks json)
returns void language plpgsql as $$
begin
  insert into projects_event (name, project_id, subject, payload, created_at)
  select p_name, p_project, s, '{}', now() from unnest(p_subjects) s;
  if json_array_length(p_asks) > 0 then
    insert into projects_job (
      key, project_id, handler, stream, payload, long, state, attempts, turn, next_at,
      error, created_at)
    select a.key, p_project, a.handler, a.stream, a.payload, a.long, 'waiting', 0, 0,
      now(), '', now()
    from json_to_recordset(p_asks) a (
      key text, handler text, stream text, payload jsonb, long boolean)
    on conflict (key) do nothing;
  end if;
end
$$
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0008_token_stamp")]
    operations = [
        migrations.RunSQL(TELL, "drop function projects_tell(text, bigint, text[], json)")
    ]
