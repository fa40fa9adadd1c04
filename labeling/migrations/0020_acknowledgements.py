"""Says of each version why and where it was made, and keeps who has read its guideline."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0004_hot_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "schemaversion", "note", models.TextField(blank=True, default="")
        ),
        migrations.AddField(
            "schemaversion", "in_browser", models.BooleanField(default=False)
        ),
        migrations.AddField(
            "schemaversion", "small", models.BooleanField(default=False)
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="acknowledgements", to="labeling.schemaversion")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "version"), name="guideline_acknowledged_once")
                ],
            },
        ),
    ]
