"""What happened, written in the same transaction as the thing itself."""

from __future__ import annotations

from django.db import models

from projects.models.project import Project


class Event(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["project", "id"], name="event_by_project"),)

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"
