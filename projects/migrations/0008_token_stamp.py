"""One look-up that says whether what was read of a token still holds."""

from django.db import migrations

# A row that changes gets another place (ctid) or another writer (xmin): while all of
# these are as they were, what was read of them still holds. In plpgsql, which keeps its
# plan: planning the join would cost five times the look-ups.
STAMP = """
create function projects_token_stamp(p_hash text) returns text
language plpgsql stable as $$
begin
  return (
    select concat_ws('|', t.ctid, t.xmin, u.ctid, u.xmin, p.ctid, p.xmin, m.ctid, m.xmin)
    from projects_token t
    join projects_user u on u.id = t.user_id
    join projects_project p on p.id = t.project_id
    left join projects_membership m
      on m.project_id = t.project_id and m.user_id = t.user_id and m.ended_at is null
    where t.hash = p_hash);
end
$$
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0007_event_xid")]
    operations = [migrations.RunSQL(STAMP, "drop function projects_token_stamp(text)")]
