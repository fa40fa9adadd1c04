"""Figures that take too long to compute while somebody waits, and the index they need."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0003_rollups")]

    operations = [
        migrations.CreateModel(
            name="Figures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="figures", to="projects.project")),
                ("days", models.PositiveIntegerField()),
                ("body", models.JSONField(null=True)),
                ("made_at", models.DateTimeField(null=True)),
                ("took", models.FloatField(default=0)),
                ("rests_on", models.JSONField(default=list)),
                ("asked_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "days"), name="figures_kept_once_per_window"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(
                fields=["project", "id"],
                condition=Q(verdict__in=["review", "audit"], blind=True, repeats=False),
                name="prediction_drawn_blind",
            ),
        ),
    ]
