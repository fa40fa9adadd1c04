"""Vacuums what is written all the time early, and leaves room beside rows that change.

A claim walks past dead entries at the head of its index until they are vacuumed; a row
with room beside it is changed without touching an index.
"""

from django.db import migrations

HOT = """
alter table reviewer_queueitem set (
  fillfactor = 80,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.02);
alter table reviewer_prediction set (
  autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
alter table reviewer_assignment set (autovacuum_vacuum_insert_scale_factor = 0.05);
"""
USUAL = """
alter table reviewer_queueitem reset (
  fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_cost_delay, autovacuum_analyze_scale_factor);
alter table reviewer_prediction reset (
  autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
alter table reviewer_assignment reset (autovacuum_vacuum_insert_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0006_queue_waits")]
    operations = [migrations.RunSQL(HOT, USUAL)]
