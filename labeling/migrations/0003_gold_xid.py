"""Lets exports go on where they ended, whatever the order of commits.

Gold that exists has the transaction of this migration: it is ordered by its id.
"""

from __future__ import annotations

from django.db import migrations, models

import projects.models.audit


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0002_lean_rows"),
        ("projects", "0002_cache_table"),
    ]

    operations = [
        migrations.AddField(
            model_name="gold",
            name="xid",
            field=models.BigIntegerField(
                db_default=projects.models.audit.TransactionId()
            ),
        ),
        migrations.AddIndex(
            model_name="gold",
            index=models.Index(
                fields=["project", "xid", "id"], name="gold_by_transaction"
            ),
        ),
        migrations.AddIndex(
            model_name="gold",
            index=models.Index(
                condition=models.Q(("supersedes__isnull", False)),
                fields=["supersedes"],
                include=("xid",),
                name="gold_corrections",
            ),
        ),
    ]
