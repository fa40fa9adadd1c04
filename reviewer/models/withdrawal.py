"""One person's answers taken out of everything, because a lead says why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project


class Withdrawal(models.Model):
    class State(models.TextChoices):
        RUNNING = "running", _("Under way")
        DONE = "done", _("Done")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="withdrawals"
    )
    # Whose answers.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="withdrawals"
    )
    # Of answers given from then on; None: all of them.
    since = models.DateTimeField(null=True)
    reason = models.TextField()
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Answers given later are not meant by it.
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # What became of the tasks (reviewer/unsettling.Fate): name -> how many answers.
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(state="running"),
                name="one_withdrawal_at_a_time_per_person",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="withdrawal_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None)
                | Q(state="done", ended_at__isnull=False),
                name="withdrawal_that_is_done_has_ended",
            ),
        )
        indexes = (models.Index(fields=["project", "-id"], name="withdrawal_newest"),)

    def __str__(self) -> str:
        return f"Withdrawal {self.pk} of {self.user}"
