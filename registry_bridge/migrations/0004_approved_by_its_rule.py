"""A challenger is approved only with as many yeses as its project's rule asks for."""

from django.db import migrations

CHECK = """
create function registry_bridge_approved_by_its_rule() returns trigger
language plpgsql as $$
declare
  asked text;
  needed bigint;
  given bigint;
begin
  if tg_op = 'UPDATE' and old.state <> 'proposed' then
    return new;
  end if;
  select approvals into asked from registry_bridge_registeredmodel
  where project_id = new.project_id;
  select count(*) into given from registry_bridge_approval a
  where a.promotion_id = new.id
    and (asked = 'one_person' or a.by_id is distinct from new.proposed_by_id);
  needed := case asked when 'two_approvers' then 2 else 1 end;
  if asked is distinct from new.rule or given < needed then
    raise exception 'promotion % lacks approvals: % of rule "%"', new.id, given, asked
      using errcode = 'check_violation',
            constraint = 'challenger_is_approved_by_its_rule';
  end if;
  return new;
end
$$
"""
TRIGGER = """
create trigger challenger_is_approved_by_its_rule
before insert or update of state on registry_bridge_promotion for each row
when (new.kind = 'promote' and new.state not in ('proposed', 'refused'))
execute function registry_bridge_approved_by_its_rule()
"""
UNDO = """
drop trigger challenger_is_approved_by_its_rule on registry_bridge_promotion;
drop function registry_bridge_approved_by_its_rule();
"""


class Migration(migrations.Migration):
    dependencies = [("registry_bridge", "0003_promotions_by_rule")]
    operations = [
        migrations.RunSQL(CHECK, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
