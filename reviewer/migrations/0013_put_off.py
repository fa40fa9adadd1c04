"""Tasks that people skipped for later."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GOES_WITH_IT = django.db.models.deletion.CASCADE


class Migration(migrations.Migration):
    dependencies = [
        ("reviewer", "0012_how_people_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PutOff",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=GOES_WITH_IT,
                        related_name="put_off",
                        to="reviewer.queueitem",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=GOES_WITH_IT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(
                        fields=["user", "item"], name="put_off_once"
                    ),
                ),
                "indexes": (models.Index(fields=["item"], name="put_off_by_item"),),
            },
        ),
    ]
