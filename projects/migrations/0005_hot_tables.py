"""Vacuums the outbox early: every job is changed three times, then removed."""

from django.db import migrations

HOT = """
alter table projects_job set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.02);
alter table projects_event set (autovacuum_vacuum_insert_scale_factor = 0.05);
"""
USUAL = """
alter table projects_job reset (
  fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_cost_delay, autovacuum_analyze_scale_factor);
alter table projects_event reset (autovacuum_vacuum_insert_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_retention")]
    operations = [migrations.RunSQL(HOT, USUAL)]
