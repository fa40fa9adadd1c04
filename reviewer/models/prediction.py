"""What an endpoint said about one input, kept unchanged, and how it was routed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labeling.models import Payload, Task
from reviewer.models.endpoint import Endpoint
from reviewer.models.policy import Policy


class Verdict(models.TextChoices):
    REVIEW = "review", _("Review")
    AUDIT = "audit", _("Audit")
    ACCEPTED = "accepted", _("Accepted")


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def drawn_blind(self) -> PredictionQuerySet:
        """What estimates rest on: found by an index of its own."""
        drawn = (Verdict.REVIEW, Verdict.AUDIT)
        return self.filter(verdict__in=drawn, blind=True, repeats=False)


class Prediction(models.Model):
    Verdict = Verdict

    # No foreign keys in the database to what intake has just read: checking them a
    # thousand times a batch was a quarter of its cost (docs/decisions/0008).
    project = models.ForeignKey(
        "projects.Project",
        on_delete=models.CASCADE,
        related_name="predictions",
        db_constraint=False,
        db_index=False,
    )
    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.PROTECT,
        related_name="predictions",
        db_constraint=False,
        db_index=False,
    )
    inference_id = models.CharField(max_length=64)
    payload = models.ForeignKey(
        Payload, on_delete=models.PROTECT, related_name="predictions"
    )
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    output = models.JSONField()
    label = models.CharField(max_length=64)
    confidence = models.FloatField(null=True)
    # In the order of the question's labels.
    probabilities = ArrayField(models.FloatField(), null=True)
    # Items of one group (document, user) never land on both sides of a split.
    group = models.CharField(max_length=120, blank=True)
    metadata = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)
    # Of the whole row as sent: the same key with other content is a conflict.
    content_hash = models.CharField(max_length=64)

    pi = models.FloatField()
    u = models.FloatField()
    b = models.FloatField()
    blind = models.BooleanField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.CharField(max_length=300)
    rule = models.CharField(max_length=120, blank=True)
    policy = models.ForeignKey(
        Policy,
        on_delete=models.PROTECT,
        related_name="predictions",
        db_constraint=False,
        db_index=False,
    )
    # The payload was sent before under another id: flagged, since pi differs then.
    repeats = models.BooleanField(default=False)
    task = models.OneToOneField(
        Task, on_delete=models.PROTECT, null=True, related_name="prediction"
    )

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "inference_id"], name="prediction_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(pi__gt=0, pi__lte=1), name="pi_is_a_probability_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(u__gte=0, u__lt=1), name="u_is_in_the_unit_interval"
            ),
            models.CheckConstraint(
                condition=Q(b__gt=0, b__lte=1), name="b_is_a_probability_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(verdict="accepted", u__gte=F("pi"))
                | Q(verdict__in=["review", "audit"], u__lt=F("pi")),
                name="reviewed_if_u_is_below_pi",
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="prediction_by_project"),
            # The few that estimates rest on (reviewer/evidence.py).
            models.Index(
                fields=["project", "id"],
                condition=Q(verdict__in=["review", "audit"], blind=True, repeats=False),
                name="prediction_drawn_blind",
            ),
        )

    def __str__(self) -> str:
        return self.inference_id


class Score(models.Model):
    """Another model version's output on the same payload (shadow, challenger)."""

    prediction = models.ForeignKey(
        Prediction, on_delete=models.CASCADE, related_name="scores"
    )
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    output = models.JSONField()
    label = models.CharField(max_length=64)
    confidence = models.FloatField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["prediction", "model_name", "model_version"],
                name="scored_once_by_each_version",
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_name} {self.model_version} on {self.prediction}"
