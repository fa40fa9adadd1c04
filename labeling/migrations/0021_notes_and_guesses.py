"""Keeps with an answer why it was given, and what was said before the model was seen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0020_acknowledgements")]

    operations = [
        migrations.AddField(
            model_name="annotation",
            name="note",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="annotation",
            name="guess",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="draft",
            name="guess",
            field=models.JSONField(null=True),
        ),
    ]
