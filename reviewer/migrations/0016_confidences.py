"""How sure models were of what they sent, counted by the day."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0015_together")]

    operations = [
        migrations.CreateModel(
            name="ConfidenceDay",
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
                ("day", models.DateField()),
                ("model_name", models.CharField(max_length=120)),
                ("model_version", models.CharField(max_length=60)),
                ("said", models.CharField(blank=True, max_length=64)),
                ("bin", models.SmallIntegerField()),
                ("n", models.BigIntegerField()),
                ("total", models.FloatField()),
                (
                    "endpoint",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="reviewer.endpoint",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "endpoint",
                            "day",
                            "model_name",
                            "model_version",
                            "said",
                            "bin",
                        ),
                        name="confidences_counted_once_a_day",
                    ),
                ],
            },
        ),
    ]
