"""Events know the transaction that wrote them, so that none is passed over by who reads on."""

from django.db import migrations, models

import projects.models.audit


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_heartbeat")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="xid",
            field=models.BigIntegerField(
                db_default=projects.models.audit.TransactionId()
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["project", "xid", "id"], name="event_by_transaction"
            ),
        ),
        migrations.RemoveIndex(model_name="event", name="event_by_project"),
    ]
