"""Quality over time: what is known of a model version's day or week, as it was added up last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from reviewer.models.endpoint import Endpoint


class Trend(models.Model):
    """When a project's days and weeks were added up, and when they are next."""

    project = models.OneToOneField(
        "projects.Project", on_delete=models.CASCADE, related_name="trend"
    )
    # None until they are for the first time.
    made_at = models.DateTimeField(null=True)
    # A while ahead while somebody adds them up.
    next_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["next_at"], name="trend_due"),)

    def __str__(self) -> str:
        return f"Quality of {self.project} over time"


class VersionPeriod(models.Model):
    """One model version behind one endpoint in one day or week (UTC)."""

    class Unit(models.TextChoices):
        DAY = "day", _("Day")
        WEEK = "week", _("Week")

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    unit = models.CharField(max_length=4, choices=Unit)
    # Weeks begin on Mondays.
    begin = models.DateField()
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    predictions = models.BigIntegerField()
    # Drawn items that do not count yet: while there are some, it is added up again.
    not_yet = models.BigIntegerField()
    # "Accuracy", or "Agreement with reviewers"; the estimate; both drifts.
    called = models.CharField(max_length=40)
    estimate = models.JSONField()
    confidence = models.JSONField()
    labels = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "unit", "begin", "model_name", "model_version"],
                name="period_kept_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_name} {self.model_version}, {self.unit} of {self.begin}"
