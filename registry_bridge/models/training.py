"""One retraining: from a snapshot to a registered version that was compared."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from registry_bridge.models.gate import Gate
from registry_bridge.models.snapshot import Snapshot


class TrainingQuerySet(models.QuerySet["Training"]):
    def under_way(self) -> TrainingQuerySet:
        return self.filter(state__in=Training.UNDER_WAY)


class Training(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to start")
        RUNNING = "running", _("Training")
        TRAINED = "trained", _("Being registered")
        REGISTERED = "registered", _("Being compared")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    UNDER_WAY = (State.WAITING, State.RUNNING, State.TRAINED, State.REGISTERED)

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="trainings"
    )
    # None: the first model, trained on the base folder alone.
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, related_name="trainings"
    )
    attempt = models.PositiveSmallIntegerField(default=1)
    job_name = models.CharField(max_length=63, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    hyperparameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    # The version in use when this began: what the new one is compared with.
    champion = models.CharField(max_length=60, blank=True)
    model_uri = models.CharField(max_length=500, blank=True)
    version = models.CharField(max_length=60, blank=True)
    mlflow_run_id = models.CharField(max_length=64, blank=True)
    # What the comparison found, with its counts; {} before it.
    evidence = models.JSONField(default=dict)
    outcome = models.CharField(max_length=400, blank=True)
    reason = models.TextField(blank=True)
    log_tail = models.TextField(blank=True)
    seconds = models.FloatField(null=True)
    # SHA-256 of what it came from and made: code, base, model.
    digests = models.JSONField(default=dict)
    # The training that this one only runs again, and what came of comparing the two.
    repeats = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="repetitions"
    )
    agreement = models.JSONField(default=dict)
    # Who or what asked for it: a person, a gate, or the schedule.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    gate = models.ForeignKey(
        Gate, on_delete=models.SET_NULL, null=True, related_name="trainings"
    )
    scheduled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["waiting", "running", "trained", "registered"]),
                name="one_training_at_a_time_per_project",
            ),
            models.UniqueConstraint(
                fields=["project", "snapshot", "attempt"],
                name="training_attempt_numbered_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(reason=""),
                name="failed_training_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["registered", "done"])
                | ~Q(version="")
                | Q(repeats__isnull=False),
                name="registered_training_has_a_version",
            ),
            models.CheckConstraint(
                condition=Q(repeats=None) | Q(version=""),
                name="a_repetition_makes_no_version",
            ),
        )
        indexes = (models.Index(fields=["project", "-id"], name="training_newest"),)

    def __str__(self) -> str:
        return self.job_name

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
