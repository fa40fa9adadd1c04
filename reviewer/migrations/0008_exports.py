"""Keeps what was exported to files, and how far each export is."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0002_cache_table'),
        ('reviewer', '0007_hot_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(choices=[('jsonl', 'JSON lines'), ('csv', 'CSV'), ('parquet', 'Parquet'), ('manifest', 'Ground Truth manifest'), ('model-monitor', 'Model Monitor ground truth')], max_length=13)),
                ('question', models.CharField(blank=True, max_length=64)),
                ('endpoint', models.CharField(blank=True, max_length=63)),
                ('payload', models.BooleanField(null=True)),
                ('raw', models.BooleanField(default=False)),
                ('gzip', models.BooleanField(default=False)),
                ('since', models.CharField(blank=True, max_length=60)),
                ('to', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Being written'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=7)),
                ('at_xid', models.BigIntegerField(default=0)),
                ('at_id', models.BigIntegerField(default=0)),
                ('until_xid', models.BigIntegerField(null=True)),
                ('estimate', models.PositiveIntegerField(null=True)),
                ('parts', models.PositiveIntegerField(default=0)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('files', models.JSONField(default=list)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='projects.project')),
            ],
            options={
                'indexes': [models.Index(fields=['project', '-id'], name='export_by_project')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['running', 'done']), _negated=True), ('until_xid__isnull', False), _connector='OR'), name='export_has_an_end_before_it_begins')],
            },
        ),
    ]
