"""Settings of queues: where skips go, when the model is shown, whether experts say why."""

from django.db import migrations, models
from django.db.models import Q

SKIPS_TO = [
    ("others", "Somebody else"),
    ("me", "Whoever skipped it, when nothing else is left for them"),
    ("expert", "An adjudicator"),
]
SHOWN = [
    ("at_once", "At once, to start from"),
    ("after_guess", "After a first answer of one’s own"),
    ("never", "Never"),
]
REASONS = [("optional", "Optional"), ("required", "Required")]


class Migration(migrations.Migration):
    dependencies = [("reviewer", "0011_webhooks")]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="skips_to",
            field=models.CharField(
                choices=SKIPS_TO, db_default="others", default="others", max_length=6
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="pre_label",
            field=models.CharField(
                choices=SHOWN, db_default="at_once", default="at_once", max_length=11
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="decision_reason",
            field=models.CharField(
                choices=REASONS, db_default="optional", default="optional", max_length=8
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=~Q(purpose="adjudication", skips_to="expert"),
                name="experts_do_not_skip_to_experts",
            ),
        ),
    ]
