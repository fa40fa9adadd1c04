"""What happened, counted by the hour."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def refers(to):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to)


class Migration(migrations.Migration):
    dependencies = [
        ("reviewer", "0002_lean_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("counted", models.BigIntegerField(default=0)),
                ("seen", models.BigIntegerField(default=0)),
                ("seen_at", models.DateTimeField(null=True)),
                ("newest", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(counted__lte=F("seen")), name="counted_only_what_was_seen"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IntakeHour",
            fields=[
                ID,
                ("endpoint", refers("reviewer.endpoint")),
                ("hour", models.DateTimeField()),
                ("model_name", models.CharField(max_length=120)),
                ("model_version", models.CharField(max_length=60)),
                ("verdict", models.CharField(max_length=8)),
                ("repeats", models.BooleanField()),
                ("blind", models.BooleanField()),
                ("n", models.BigIntegerField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("least", models.FloatField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("endpoint", "hour", "model_name", "model_version", "verdict", "repeats", "blind"),
                        name="intake_counted_once_an_hour",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueuedHour",
            fields=[
                ID,
                ("queue", refers("reviewer.queue")),
                ("hour", models.DateTimeField()),
                ("n", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "hour"), name="queued_counted_once_an_hour"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EndedHour",
            fields=[
                ID,
                ("queue", refers("reviewer.queue")),
                ("hour", models.DateTimeField()),
                ("outcome", models.CharField(max_length=9)),
                ("n", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "hour", "outcome"), name="ended_counted_once_an_hour"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerHour",
            fields=[
                ID,
                ("project", refers("projects.project")),
                ("author", refers(settings.AUTH_USER_MODEL)),
                ("hour", models.DateTimeField()),
                ("first", models.BigIntegerField()),
                ("corrections", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "author", "hour"), name="answers_counted_once_an_hour"),
                ],
                "indexes": [
                    models.Index(fields=["author", "hour"], name="answer_hour_by_author"),
                    models.Index(fields=["project", "hour"], name="answer_hour_by_project"),
                ],
            },
        ),
    ]
