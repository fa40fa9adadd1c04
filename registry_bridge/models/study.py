"""A study of disagreements: two versions, one of them unheard, and what people say of both."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from registry_bridge.models.promotion import Promotion
from registry_bridge.models.shadow import Shadow
from registry_bridge.models.training import Training


def new_salt() -> bytes:
    return secrets.token_bytes(32)


class StudyQuerySet(models.QuerySet["Study"]):
    def going_on(self) -> StudyQuerySet:
        """Evidence still comes in: of one that was stopped, what was drawn before."""
        return self.exclude(state=Study.State.OVER)


class Study(models.Model):
    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        STOPPED = "stopped", _("Stopped")
        OVER = "over", _("Over")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="studies"
    )
    # One of each challenger: who could begin anew would begin until chance helps.
    training = models.OneToOneField(
        Training, on_delete=models.PROTECT, related_name="study"
    )
    shadow = models.OneToOneField(
        Shadow, on_delete=models.PROTECT, related_name="study"
    )
    # Fixed for good when it begins, before any answer is looked at.
    champion = models.CharField(max_length=60)
    challenger = models.CharField(max_length=60)
    question = models.CharField(max_length=64)
    # When the later of both models' snapshots was frozen, or later.
    since = models.DateTimeField()
    # What its selections are kept under, and the secret key of their draws.
    design = models.CharField(max_length=60, unique=True)
    salt = models.BinaryField(max_length=64, default=new_salt)
    # pi, margin, levels, how slices are told apart (study_terms.py).
    terms = models.JSONField()
    # Of these, so many may still be asked for; a lead who goes on allows as many again.
    most_labels = models.PositiveIntegerField()

    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    # Why it was stopped or is over.
    words = models.CharField(max_length=400, blank=True)
    # How far it has come, by the numbers of predictions: drawn, and used as evidence.
    drawn_upto = models.BigIntegerField()
    upto = models.BigIntegerField()
    # Pairs of numbers: predictions after the first, up to the second, came while it was
    # stopped, and are none of its.
    gaps = models.JSONField(default=list)
    # Counts by (pi, d), over all and by slice (reviewer/stats/disagreements.py).
    evidence = models.JSONField(default=dict)
    drawn = models.PositiveIntegerField(default=0)
    # They differ, and chance did not draw it.
    not_drawn = models.PositiveIntegerField(default=0)
    # Erased before the other version could answer, or trained on.
    left_out = models.PositiveIntegerField(default=0)
    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    looked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="running"),
                name="one_running_study_per_project",
            ),
            models.CheckConstraint(
                condition=Q(upto__lte=F("drawn_upto")),
                name="study_uses_what_was_drawn",
            ),
            models.CheckConstraint(
                condition=Q(state="running") | ~Q(words=""),
                name="ended_study_says_why",
            ),
        )

    def __str__(self) -> str:
        return self.design

    def is_in_a_gap(self, prediction: int) -> bool:
        return any(low < prediction <= high for low, high in self.gaps)

    @property
    def slices(self) -> str:
        return str(self.terms["slices"])

    @property
    def claims(self) -> dict[str, Any]:
        """What the terms of stats.disagreements are made from."""
        names = ("pi", "better", "margin", "not_worse", "fewest")
        return {name: self.terms[name] for name in names}
