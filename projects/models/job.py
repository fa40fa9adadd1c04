"""Work that follows an event, with an idempotency key, attempts and a lease."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models.project import Project


class Job(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DEAD = "dead", _("Dead letter")

    key = models.CharField(max_length=200, unique=True)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    handler = models.CharField(max_length=120)
    stream = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    long = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Grows with each claim: what an earlier claim has to say no longer counts.
    turn = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False),
                name="running_job_has_a_lease",
            ),
        )
        indexes = (
            models.Index(
                fields=["stream", "id"],
                condition=Q(state__in=["waiting", "running", "dead"]),
                name="job_open_by_stream",
            ),
            models.Index(
                fields=["next_at"],
                condition=Q(state="waiting"),
                name="job_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.handler} {self.key}"
