"""One payload to be answered, and the model's answer a person starts from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models.payload import Payload
from labeling.models.schema import SchemaVersion


class Task(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DISPUTED = "disputed", _("Disputed")
        SETTLED = "settled", _("Settled")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    project = models.ForeignKey(
        "projects.Project",
        on_delete=models.CASCADE,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    payload = models.ForeignKey(Payload, on_delete=models.PROTECT, related_name="tasks")
    schema_version = models.ForeignKey(
        SchemaVersion,
        on_delete=models.PROTECT,
        related_name="tasks",
        db_constraint=False,
        db_index=False,
    )
    # question id -> {"value", "confidence", "probabilities"}; None: there is none.
    pre_label = models.JSONField(null=True)
    blind = models.BooleanField(default=False)
    # Why people see it: {"verdict", "reason", "model"}, shown beside the task.
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["project", "state", "id"], name="task_by_state"),
        )

    def __str__(self) -> str:
        return f"Task {self.pk}"
