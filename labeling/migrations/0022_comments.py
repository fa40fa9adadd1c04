"""Comments on tasks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PEOPLE = settings.AUTH_USER_MODEL
KEPT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0021_notes_and_guesses"),
        migrations.swappable_dependency(PEOPLE),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
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
                ("client_id", models.UUIDField(unique=True)),
                ("role", models.CharField(max_length=20)),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=KEPT, related_name="comments", to=PEOPLE
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        null=True, on_delete=KEPT, related_name="+", to=PEOPLE
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="labeling.task",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.CheckConstraint(
                        condition=Q(resolved_at=None, resolved_by=None)
                        | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                        name="comment_is_resolved_by_somebody",
                    ),
                ),
                "indexes": (
                    models.Index(fields=["task", "id"], name="comment_by_task"),
                ),
            },
        ),
    ]
