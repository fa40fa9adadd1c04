"""The time, written every few seconds: a replica that shows it late is behind."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="one_heartbeat"),
        )

    def __str__(self) -> str:
        return self.at.isoformat()
