"""A promotion may be watched again, with later answers, after an alarm came to nothing."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry_bridge", "0007_gates_that_hold_back")]

    operations = [
        migrations.AlterField(
            model_name="aftercare",
            name="promotion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="watches",
                to="registry_bridge.promotion",
            ),
        ),
    ]
