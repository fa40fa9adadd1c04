"""Since when tasks wait, which are late, and what a person flagged: found by index."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0005_queue_counts")]

    operations = [
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(
                fields=["queue", "state", "id"],
                condition=Q(state__in=[0, 3]),
                name="queue_item_by_age",
            ),
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(
                fields=["queue", "due_at"], condition=Q(state=0), name="queue_item_by_due"
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                fields=["reviewer", "-id"],
                condition=Q(outcome="flagged"),
                name="assignment_flagged",
            ),
        ),
    ]
