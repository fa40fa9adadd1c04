"""Labels being written to files: what was asked, how far it is, which files there are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Format(models.TextChoices):
    JSONL = "jsonl", _("JSON lines")
    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"
    MANIFEST = "manifest", _("Ground Truth manifest")
    MODEL_MONITOR = "model-monitor", _("Model Monitor ground truth")


class Export(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being written")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="exports"
    )
    format = models.CharField(max_length=13, choices=Format)
    question = models.CharField(max_length=64, blank=True)
    endpoint = models.CharField(max_length=63, blank=True)
    # None: as the format has it.
    payload = models.BooleanField(null=True)
    raw = models.BooleanField(default=False)
    gzip = models.BooleanField(default=False)
    since = models.CharField(max_length=60, blank=True)
    # Empty: the service's own object store.
    to = models.CharField(max_length=500, blank=True)

    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    # After the last label of the last finished part; the next part begins here.
    at_xid = models.BigIntegerField(default=0)
    at_id = models.BigIntegerField(default=0)
    # Fixed when it begins; None before.
    until_xid = models.BigIntegerField(null=True)
    estimate = models.PositiveIntegerField(null=True)
    parts = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    # [{"key", "rows", "bytes"}], in the order they were written.
    files = models.JSONField(default=list)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=["running", "done"])
                | Q(until_xid__isnull=False),
                name="export_has_an_end_before_it_begins",
            ),
        )
        indexes = (models.Index(fields=["project", "-id"], name="export_by_project"),)

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def bytes(self) -> int:
        return sum(each["bytes"] for each in self.files)

    @property
    def share(self) -> float | None:
        """How much of it is written, 0 to 1; None before anybody knows."""
        if self.state == self.State.DONE:
            return 1.0
        if not self.estimate:
            return None
        return min(1.0, self.rows / self.estimate)
