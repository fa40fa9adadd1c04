"""A random part of what reviewers settled goes to experts, who correct the estimate."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

BEFORE = import_module("reviewer.migrations.0020_adaptive_overlap").ITEM
OF_ITS_QUEUE = "'sure', q.sure"
# Settings are read with each answer: a process that keeps a queue must not hold old ones.
ITEM = BEFORE.replace(
    OF_ITS_QUEUE,
    f"""{OF_ITS_QUEUE}, 'expert_share', q.expert_share,
    'alone_since', q.alone_since, 'decision_reason', q.decision_reason""",
)


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0022_comments"),
        ("reviewer", "0020_adaptive_overlap"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="expert_share",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="queue",
            name="expert_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=Q(expert_share=0)
                | Q(
                    purpose="review",
                    expert_share__range=(0, 1),
                    expert_since__isnull=False,
                ),
                name="experts_check_a_share_of_reviews",
            ),
        ),
        migrations.RunSQL(ITEM, BEFORE),
        migrations.AddField(
            model_name="selection",
            name="task",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="selection",
                to="labeling.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=Q(task=None) | Q(u__lt=F("pi")),
                name="only_the_drawn_are_looked_at",
            ),
        ),
    ]
