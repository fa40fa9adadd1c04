"""Columns to replay policies on, shadow policies, and stops: a stop makes every desk stale."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


BEFORE = import_module("reviewer.migrations.0009_keep_predictions").STAMP.replace(
    "create function", "create or replace function"
)
# Intake passes the stamp on with each call: what it decided without a stop that has begun
# since, or with one that has ended, is refused as stale, in whatever process it was decided.
STAMP = BEFORE.replace(
    "  return concat_ws('|',",
    """  return concat_ws('|',
    (select 'stop ' || t.id from reviewer_stop t
     where t.project_id = p_project and t.ended_at is null),""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0009_tell"),
        ("reviewer", "0022_fixed_overlap"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="in_browser",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("keys", models.JSONField(default=list)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("built_at", models.DateTimeField(null=True)),
                ("answers", models.BinaryField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("seconds", models.JSONField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReplayChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("after", models.BigIntegerField()),
                ("upto", models.BigIntegerField()),
                ("n", models.PositiveIntegerField()),
                ("columns", models.BinaryField()),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "after"), name="predictions_in_one_chunk"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShadowPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("rules", models.JSONField()),
                ("reason", models.TextField()),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(blank=True)),
                (
                    "adopted",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviewer.policy",
                    ),
                ),
                (
                    "began_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shadow_policies",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("project",),
                        name="one_shadow_policy_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("adopted", None),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="an_adopted_shadow_policy_has_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("review", "All go to review"),
                            ("hold", "All go to review, and queues are paused"),
                        ],
                        default="review",
                        max_length=6,
                    ),
                ),
                ("paused", models.JSONField(default=list)),
                ("reason", models.TextField()),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.TextField(blank=True)),
                (
                    "began_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stops",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("project",),
                        name="one_stop_in_force_per_project",
                    ),
                    models.UniqueConstraint(
                        fields=("project", "number"), name="stop_numbered_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(STAMP, BEFORE),
        # Numbers do not get smaller by compression, only slower.
        migrations.RunSQL(
            "alter table reviewer_replaychunk alter column columns set storage external",
            migrations.RunSQL.noop,
        ),
    ]
