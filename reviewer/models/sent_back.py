"""An answer that goes back to whoever gave it, with a reason; it stands meanwhile."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.models import Annotation, Task
from reviewer.models.queue import QueueItem


class SentBack(models.Model):
    class State(models.TextChoices):
        WAITS = "waits", _("Waits for its author")
        CORRECTED = "corrected", _("Corrected")
        STANDS = "stands", _("Its author stands by it")

    annotation = models.ForeignKey(
        Annotation, on_delete=models.PROTECT, related_name="sent_back"
    )
    # Beside the annotation, so that an author's own are found by one index.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="sent_back",
        db_index=False,
    )
    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="sent_back", db_index=False
    )
    # Where it was answered, and the token of that lease: the key to correct it.
    item = models.ForeignKey(QueueItem, on_delete=models.CASCADE, related_name="+")
    token = models.BigIntegerField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=20)
    reason = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITS)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)
    # What the author says to it.
    reply = models.TextField(blank=True, db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "author"],
                condition=Q(state="waits"),
                name="sent_back_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="waits", answered_at=None)
                | (~Q(state="waits") & Q(answered_at__isnull=False)),
                name="sent_back_is_answered_or_waits",
            ),
        )
        indexes = (
            models.Index(fields=["task", "id"], name="sent_back_by_task"),
            models.Index(fields=["author", "-id"], name="sent_back_by_author"),
            models.Index(
                fields=["author", "id"],
                condition=Q(state="waits"),
                name="sent_back_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.annotation}: {self.get_state_display()}"
