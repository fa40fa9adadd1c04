"""A queue may ask one more only while a task is unsure; what is known of people is kept."""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

before = import_module("reviewer.migrations.0010_claim_and_submit")
handing_in = import_module("reviewer.migrations.0015_together")


def changed(function: str, *changes: tuple[str, str]) -> str:
    """The function with some of its text replaced, over the one there is."""
    for old, new in changes:
        if old not in function:
            raise ValueError(f"there is no {old}")
        function = function.replace(old, new)
    return function.replace("create function", "create or replace function")


ITEM = changed(
    before.ITEM,
    ("'max_overlap', q.max_overlap", "'max_overlap', q.max_overlap, 'sure', q.sure"),
)
# The model's answer is read only where it may help: never of a task that a prediction
# drew for an estimate, nor of a check task.
HOLD = changed(
    before.HOLD,
    (
        "'blind', t.blind, 'state', t.state)",
        """'blind', t.blind, 'state', t.state, 'pre_label',
        case when q.sure is not null and not i.check_task and not exists (
          select from reviewer_prediction p where p.task_id = t.id)
        then t.pre_label end)""",
    ),
    (
        "'counted', g.counted, 'expert', g.expert, 'check_task', g.check_task)",
        """'counted', g.counted, 'expert', g.expert, 'check_task', g.check_task,
          'blind', g.blind)""",
    ),
    (
        "'unanswerable', g.unanswerable, 'source', g.source))",
        """'unanswerable', g.unanswerable, 'source', g.source,
          'uses_model', g.uses_model))""",
    ),
)
HAND_IN = changed(
    handing_in.HAND_IN,
    ("uses_model, blind,\n", "uses_model, posterior, blind,\n"),
    (
        "g.source, false,\n      g.blind",
        "g.source,\n      coalesce(g.uses_model, false), g.posterior, g.blind",
    ),
    (
        "source text, blind boolean, supersedes bigint)",
        """source text, blind boolean, supersedes bigint, uses_model boolean,
      posterior float8)""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("labeling", "0022_comments"), ("reviewer", "0019_people")]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="sure",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sure", None),
                    models.Q(("sure__gte", 0.5), ("sure__lt", 1)),
                    _connector="OR",
                ),
                name="sure_is_half_to_below_one",
            ),
        ),
        migrations.CreateModel(
            name="CrowdFit",
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
                ("question", models.CharField(max_length=64)),
                ("blind", models.BooleanField()),
                ("labels", models.JSONField()),
                (
                    "people",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("body", models.JSONField()),
                ("temperature", models.FloatField(null=True)),
                ("answers", models.PositiveIntegerField()),
                ("overlapped", models.PositiveIntegerField()),
                ("newest", models.BigIntegerField()),
                ("took", models.FloatField()),
                ("made_at", models.DateTimeField()),
                (
                    "schema",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="crowds",
                        to="labeling.schema",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["schema", "blind", "-id"], name="crowd_fit_newest"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            [ITEM, HOLD, HAND_IN],
            [
                changed(before.ITEM),
                changed(before.HOLD),
                changed(handing_in.HAND_IN),
            ],
        ),
    ]
