"""What is watched after a promotion, on which evidence, and how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from registry_bridge.models.promotion import Promotion
from registry_bridge.models.shadow import Shadow


class AftercareQuerySet(models.QuerySet["Aftercare"]):
    def running(self) -> AftercareQuerySet:
        return self.filter(state=Aftercare.State.RUNNING)


class Aftercare(models.Model):
    """Two tests of one version: against a line, and against the version before it.

    `fall` and `pairs` are stats.detectors.Detector as JSON. They go on together with
    `upto` and `paired_upto` in one row, so that no answer is lost or used twice.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Watching")
        SOUNDED = "sounded", _("It got worse")
        QUIET = "quiet", _("Ended without an alarm")
        REPLACED = "replaced", _("Ended: another version is in use")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="aftercares"
    )
    # Watched anew, with later predictions alone, where nothing came of what an alarm asked for.
    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="watches"
    )
    # The version before, which answers what is drawn blind; None: it does not.
    shadow = models.ForeignKey(
        Shadow, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # None: too little was known of the version before to draw a line.
    fall = models.JSONField(null=True)
    pairs = models.JSONField(null=True)
    # Predictions up to these numbers are used up.
    upto = models.BigIntegerField()
    paired_upto = models.BigIntegerField()
    answers = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    # Of the answers, those that nobody gave in time; they count as right.
    overdue = models.PositiveIntegerField(default=0)
    paired = models.PositiveIntegerField(default=0)
    # Of the pairs, where only the new version, only the old one was right.
    better = models.PositiveIntegerField(default=0)
    worse = models.PositiveIntegerField(default=0)
    # How often a test began anew since predictions were drawn more seldom.
    begun_anew = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    # What sounded, in words, with the counts of that moment: {} before.
    alarm = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = AftercareQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="running"),
                name="one_aftercare_at_a_time_per_project",
            ),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None)
                | ~Q(state="running") & Q(ended_at__isnull=False),
                name="aftercare_that_ended_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="sounded") | ~Q(alarm={}),
                name="aftercare_that_sounded_says_why",
            ),
            models.CheckConstraint(
                condition=Q(wrong__lte=F("answers"), overdue__lte=F("answers"))
                & Q(paired__gte=F("better") + F("worse")),
                name="aftercare_counts_fit",
            ),
        )

    def __str__(self) -> str:
        return f"aftercare of {self.promotion}"
