"""How a policy's promise or budget is kept: evidence, and each threshold or plan made of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from reviewer.models.policy import Policy


class NumberedQuerySet(models.QuerySet[Any]):
    """Numbers are counted within a project, whose row is held by whoever takes one."""

    def next_number(self, project_id: int) -> int:
        newest = self.filter(project=project_id).aggregate(newest=Max("number"))
        return int(newest["newest"] or 0) + 1


class PromiseProcess(models.Model):
    """Evidence for one promise about one model version (and label), as far as it is used.

    `state` is a stats.threshold_state.Process, `watch` a stats.detectors.Detector (None
    before there is a threshold). What was fixed at the start never changes; both go on
    together with `upto`, in one row, so that no answer is lost or used twice.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="+"
    )
    # Counted within the project: the n-th one spends the n-th part of delta.
    number = models.PositiveIntegerField()
    # Promise, floor and probabilities of the policy; others need another process.
    terms = models.JSONField()
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    # "": of all labels together.
    label = models.CharField(max_length=64, blank=True)
    delta = models.FloatField()
    state = models.JSONField()
    watch = models.JSONField(null=True)
    # Predictions up to this number are used up.
    upto = models.BigIntegerField()
    answers = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    # Of the wrong ones, those that count as wrong since nobody answered in time.
    overdue = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = NumberedQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "number"], name="promise_delta_spent_once"
            ),
            models.UniqueConstraint(
                fields=["project", "model_name", "model_version", "label"],
                condition=Q(ended_at=None),
                name="one_promise_process_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"Process {self.number} of {self.model_name} {self.model_version}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Whose evidence it is."""
        return self.model_name, self.model_version, self.label


class Fit(models.Model):
    """A threshold shown to keep the promise, its suspension, or a budget's plan; never edited."""

    class Kind(models.TextChoices):
        THRESHOLD = "threshold", _("Threshold")
        SUSPENDED = "suspended", _("Suspended")
        PLAN = "plan", _("Plan")

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="fits"
    )
    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="fits")
    process = models.ForeignKey(
        PromiseProcess, on_delete=models.CASCADE, null=True, related_name="fits"
    )
    # Counted within the project; the reasons of decisions name it.
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    model_name = models.CharField(max_length=120)
    model_version = models.CharField(max_length=60)
    label = models.CharField(max_length=64, blank=True)
    # Accept from this confidence on; None: suspended, or a plan.
    threshold = models.FloatField(null=True)
    # The numbers of a stats.design.Design.
    design = models.JSONField(null=True)
    # Answers, wrong; of a threshold, the estimates it came with.
    evidence = models.JSONField()
    # 0: a plan promises nothing.
    delta = models.FloatField(default=0)
    made_at = models.DateTimeField()

    objects = NumberedQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "number"], name="fit_numbered_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="threshold",
                    threshold__isnull=False,
                    process__isnull=False,
                    design=None,
                )
                | Q(
                    kind="suspended",
                    threshold=None,
                    process__isnull=False,
                    design=None,
                )
                | Q(kind="plan", threshold=None, process=None, design__isnull=False),
                name="fit_is_a_threshold_a_suspension_or_a_plan",
            ),
        )
        indexes = (
            models.Index(
                fields=["project", "model_name", "model_version", "label", "-number"],
                name="fit_newest_of_version",
            ),
        )

    def __str__(self) -> str:
        return f"Fit {self.number}"
