"""What a gate has seen of a version's live accuracy: an alarm that may be looked at always."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registry_bridge.models.gate import Gate
from reviewer.models import Endpoint


class Watch(models.Model):
    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="watches")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=60)
    # The detector with its bets, fixed when it began (reviewer/stats/detectors.py).
    detector = models.JSONField()
    # Answers up to this prediction are used.
    upto = models.BigIntegerField()
    wrong = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    alarm_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["gate", "version"],
                condition=Q(ended_at=None),
                name="one_watch_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.gate} watches version {self.version}"
