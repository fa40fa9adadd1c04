"""Evidence for promises of policies, and the thresholds and plans that were made."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0009_tell"),
        ("reviewer", "0017_alone_since"),
    ]

    operations = [
        migrations.CreateModel(
            name="PromiseProcess",
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
                ("terms", models.JSONField()),
                ("model_name", models.CharField(max_length=120)),
                ("model_version", models.CharField(max_length=60)),
                ("label", models.CharField(blank=True, max_length=64)),
                ("delta", models.FloatField()),
                ("state", models.JSONField()),
                ("watch", models.JSONField(null=True)),
                ("upto", models.BigIntegerField()),
                ("answers", models.PositiveIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                ("overdue", models.PositiveIntegerField(default=0)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fit",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("threshold", "Threshold"),
                            ("suspended", "Suspended"),
                            ("plan", "Plan"),
                        ],
                        max_length=9,
                    ),
                ),
                ("model_name", models.CharField(max_length=120)),
                ("model_version", models.CharField(max_length=60)),
                ("label", models.CharField(blank=True, max_length=64)),
                ("threshold", models.FloatField(null=True)),
                ("design", models.JSONField(null=True)),
                ("evidence", models.JSONField()),
                ("delta", models.FloatField(default=0)),
                ("made_at", models.DateTimeField()),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fits",
                        to="reviewer.policy",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fits",
                        to="projects.project",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fits",
                        to="reviewer.promiseprocess",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="promiseprocess",
            constraint=models.UniqueConstraint(
                fields=("project", "number"), name="promise_delta_spent_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="promiseprocess",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("project", "model_name", "model_version", "label"),
                name="one_promise_process_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="fit",
            index=models.Index(
                fields=["project", "model_name", "model_version", "label", "-number"],
                name="fit_newest_of_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="fit",
            constraint=models.UniqueConstraint(
                fields=("project", "number"), name="fit_numbered_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="fit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("design", None),
                        ("kind", "threshold"),
                        ("process__isnull", False),
                        ("threshold__isnull", False),
                    ),
                    models.Q(
                        ("design", None),
                        ("kind", "suspended"),
                        ("process__isnull", False),
                        ("threshold", None),
                    ),
                    models.Q(
                        ("design__isnull", False),
                        ("kind", "plan"),
                        ("process", None),
                        ("threshold", None),
                    ),
                    _connector="OR",
                ),
                name="fit_is_a_threshold_a_suspension_or_a_plan",
            ),
        ),
    ]
