"""Answers that go back to whoever gave them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PEOPLE = settings.AUTH_USER_MODEL
KEPT = django.db.models.deletion.PROTECT
GOES_WITH_IT = django.db.models.deletion.CASCADE
STATES = [
    ("waits", "Waits for its author"),
    ("corrected", "Corrected"),
    ("stands", "Its author stands by it"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0021_notes_and_guesses"),
        ("reviewer", "0013_put_off"),
        migrations.swappable_dependency(PEOPLE),
    ]

    operations = [
        migrations.CreateModel(
            name="SentBack",
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
                ("token", models.BigIntegerField()),
                ("role", models.CharField(max_length=20)),
                ("reason", models.TextField()),
                (
                    "state",
                    models.CharField(choices=STATES, default="waits", max_length=9),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("reply", models.TextField(blank=True, db_default="")),
                (
                    "annotation",
                    models.ForeignKey(
                        on_delete=KEPT,
                        related_name="sent_back",
                        to="labeling.annotation",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=KEPT,
                        related_name="sent_back",
                        to=PEOPLE,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=GOES_WITH_IT,
                        related_name="+",
                        to="reviewer.queueitem",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(on_delete=KEPT, related_name="+", to=PEOPLE),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=GOES_WITH_IT,
                        related_name="sent_back",
                        to="labeling.task",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        condition=Q(state="waits"),
                        fields=["task", "author"],
                        name="sent_back_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=Q(state="waits", answered_at=None)
                        | (~Q(state="waits") & Q(answered_at__isnull=False)),
                        name="sent_back_is_answered_or_waits",
                    ),
                ),
                "indexes": (
                    models.Index(fields=["task", "id"], name="sent_back_by_task"),
                    models.Index(
                        fields=["author", "-id"], name="sent_back_by_author"
                    ),
                    models.Index(
                        fields=["author", "id"],
                        condition=Q(state="waits"),
                        name="sent_back_waiting",
                    ),
                ),
            },
        ),
    ]
