"""What happened, written in the same transaction as the thing itself."""

from __future__ import annotations

from django.db import models

from projects.models.audit import TransactionId
from projects.models.project import Project


class Event(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    # Whoever reads on from where they were waits until all older transactions have ended.
    xid = models.BigIntegerField(db_default=TransactionId())

    class Meta:
        indexes = (
            models.Index(fields=["project", "xid", "id"], name="event_by_transaction"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"
