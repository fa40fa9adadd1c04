"""Vacuums tables that only grow early, so that what is read from them is read from their indexes."""

from django.db import migrations

# A task is changed once, when it settles: a tenth of its page is room enough for that.
HOT = """
alter table labeling_task set (
  fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02);
alter table labeling_payload set (autovacuum_vacuum_insert_scale_factor = 0.05);
alter table labeling_annotation set (autovacuum_vacuum_insert_scale_factor = 0.05);
alter table labeling_gold set (autovacuum_vacuum_insert_scale_factor = 0.05);
alter table labeling_draft set (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000);
"""
USUAL = """
alter table labeling_task reset (
  fillfactor, autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
alter table labeling_payload reset (autovacuum_vacuum_insert_scale_factor);
alter table labeling_annotation reset (autovacuum_vacuum_insert_scale_factor);
alter table labeling_gold reset (autovacuum_vacuum_insert_scale_factor);
alter table labeling_draft reset (
  fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0003_gold_xid")]
    operations = [migrations.RunSQL(HOT, USUAL)]
