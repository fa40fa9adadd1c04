"""One task with one reviewer, written when it ends: what came of a lease."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reviewer.models.queue import QueueItem


class Assignment(models.Model):
    class Outcome(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        SKIPPED = "skipped", _("Skipped")
        FLAGGED = "flagged", _("Flagged")
        RELEASED = "released", _("Given back")
        EXPIRED = "expired", _("Ran out")

    item = models.ForeignKey(
        QueueItem,
        on_delete=models.CASCADE,
        related_name="assignments",
        db_index=False,
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assignments",
        db_index=False,
    )
    token = models.BigIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "token"], name="lease_ends_once"),
        )
        indexes = (
            models.Index(fields=["reviewer", "-id"], name="assignment_by_reviewer"),
            models.Index(
                fields=["reviewer", "-id"],
                condition=models.Q(outcome="flagged"),
                name="assignment_flagged",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} with {self.reviewer}: {self.get_outcome_display()}"
