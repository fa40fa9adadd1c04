"""Side conditions of a promotion: calibration, latency, cost."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0010_notices"),
        ("registry_bridge", "0006_sides_so_far"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="gate",
            name="gate_condition_fits_its_action",
        ),
        migrations.AlterField(
            model_name="gate",
            name="action",
            field=models.CharField(
                choices=[
                    ("retrain", "Retrain"),
                    ("propose", "Propose a promotion"),
                    ("hold", "Hold a proposal back"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="gate",
            name="condition",
            field=models.CharField(
                choices=[
                    ("enough_gold", "Enough new gold"),
                    ("quality_below", "Quality below a line"),
                    ("challenger_better", "Challenger better than champion"),
                    ("challenger_not_worse", "Challenger not worse than champion"),
                    ("calibration", "Calibration of the challenger"),
                    ("latency", "Latency of the challenger"),
                    ("cost", "Cost of the challenger in reviews"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="gate",
            constraint=models.CheckConstraint(
                condition=Q(
                    condition__in=["enough_gold", "quality_below"], action="retrain"
                )
                | Q(
                    condition__in=["challenger_better", "challenger_not_worse"],
                    action="propose",
                )
                | Q(condition__in=["calibration", "latency", "cost"], action="hold"),
                name="gate_condition_fits_its_action",
            ),
        ),
    ]
