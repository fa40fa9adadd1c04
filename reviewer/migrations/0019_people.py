"""What is known of people: kept with figures, and watched for a change for the worse."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

NUMBER = models.BigAutoField(
    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
)


def in_project(name):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=name,
        to="projects.project",
    )


def of_user(name):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE,
        related_name=name,
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0018_fits")]

    operations = [
        migrations.AddField(
            model_name="figures", name="people", field=models.JSONField(null=True)
        ),
        migrations.CreateModel(
            name="Watching",
            fields=[
                ("id", NUMBER),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watching",
                        to="projects.project",
                    ),
                ),
                ("pauses", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                ("id", NUMBER),
                ("project", in_project("watched")),
                ("user", of_user("watched_in")),
                ("state", models.FloatField(default=0.0)),
                ("recent", models.JSONField(default=list)),
                ("judged", models.PositiveIntegerField(default=0)),
                ("seen", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=["project", "user"], name="person_watched_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__gte=0), name="state_from_0_on"
                    ),
                )
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", NUMBER),
                ("project", in_project("alarms")),
                ("user", of_user("+")),
                ("answer", models.BigIntegerField()),
                ("wrong", models.PositiveSmallIntegerField()),
                ("of", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=["project", "user", "answer"], name="alarm_raised_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(wrong__lte=F("of")),
                        name="alarm_counts_wrong_of_all",
                    ),
                )
            },
        ),
    ]
