"""What happened, counted by the hour, so that no page counts it again.

Rows are only ever added to. What retention removes stays counted here.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from reviewer.models.endpoint import Endpoint
from reviewer.models.queue import Queue


class Mark(models.Model):
    """Up to which row one rollup has counted, and up to which it may count next."""

    name = models.CharField(max_length=20, primary_key=True)
    counted = models.BigIntegerField(default=0)
    # The newest row there was, when that was, and the newest transaction a while later:
    # rows up to `seen` may be counted once every transaction up to that one has ended.
    seen = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    newest = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(counted__lte=models.F("seen")),
                name="counted_only_what_was_seen",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}: counted up to {self.counted}"


class IntakeHour(models.Model):
    """Predictions that one endpoint's model version sent in an hour, by verdict."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    verdict = models.CharField(max_length=8)
    repeats = models.BooleanField()
    blind = models.BooleanField()
    n = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    # The smallest pi·b among them.
    least = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=[
                    *("endpoint", "hour", "model_name", "model_version"),
                    *("verdict", "repeats", "blind"),
                ],
                name="intake_counted_once_an_hour",
            ),
        )

    def __str__(self) -> str:
        return f"{self.n} of {self.model_name} {self.model_version} from {self.hour}"


class ConfidenceDay(models.Model):
    """Predictions that a version sent once in a day (UTC), alike in label and confidence."""

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    # "" where answers are none of a list of labels.
    said = models.CharField(max_length=64, blank=True)
    # reviewer/rollups/confidences.py; -1: without a confidence from 0 to 1.
    bin = models.SmallIntegerField()
    n = models.BigIntegerField()
    # Of all their confidences together.
    total = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "endpoint",
                    "day",
                    "model_name",
                    "model_version",
                    "said",
                    "bin",
                ],
                name="confidences_counted_once_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.n} of {self.model_name} {self.model_version} from {self.day}"


class QueuedHour(models.Model):
    """Tasks that were put into a queue in an hour."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["queue", "hour"], name="queued_counted_once_an_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.n} into {self.queue} from {self.hour}"


class EndedHour(models.Model):
    """Assignments of a queue that ended in an hour, by what came of them."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    outcome = models.CharField(max_length=9)
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["queue", "hour", "outcome"], name="ended_counted_once_an_hour"
            ),
        )

    def __str__(self) -> str:
        return f"{self.n} {self.outcome} in {self.queue} from {self.hour}"


class AnswerHour(models.Model):
    """Answers that one person gave in a project in an hour; corrections apart."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    hour = models.DateTimeField()
    first = models.BigIntegerField()
    corrections = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "author", "hour"],
                name="answers_counted_once_an_hour",
            ),
        )
        indexes = (
            models.Index(fields=["author", "hour"], name="answer_hour_by_author"),
            models.Index(fields=["project", "hour"], name="answer_hour_by_project"),
        )

    def __str__(self) -> str:
        return f"{self.first} of {self.author} from {self.hour}"
