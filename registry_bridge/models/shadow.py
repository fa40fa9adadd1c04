"""A model version that answers, unheard, what an endpoint was asked: how far it has come."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from reviewer.models import Endpoint


def new_token() -> str:
    """Unknown to the compute until now, also after a restored database."""
    return secrets.token_hex(4)


class ShadowQuerySet(models.QuerySet["Shadow"]):
    def running(self) -> ShadowQuerySet:
        return self.filter(state=Shadow.State.RUNNING)


class Shadow(models.Model):
    class State(models.TextChoices):
        RUNNING = "running", _("Answers what comes")
        ENDED = "ended", _("Ended")
        FAILED = "failed", _("Failed")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="shadows"
    )
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="shadows"
    )
    version = models.CharField(max_length=60)
    # Only predictions that were drawn blind, which people look at anyway; else all.
    only_drawn = models.BooleanField(default=False)
    # Predictions with greater numbers are answered, up to `until` if there is an end ...
    after = models.BigIntegerField()
    until = models.BigIntegerField(null=True)
    # ... and all up to this one are, as far as their inputs are still there.
    upto = models.BigIntegerField()
    # The last one of those being answered at this moment; None: none are.
    batch = models.BigIntegerField(null=True)
    token = models.CharField(max_length=16, default=new_token, unique=True)
    answered = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ShadowQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(version="") & Q(upto__gte=F("after")),
                name="shadow_goes_forward",
            ),
            models.CheckConstraint(
                condition=Q(batch=None) | Q(batch__gt=F("upto")),
                name="shadow_batch_lies_ahead",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure=""),
                name="failed_shadow_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"version {self.version} behind {self.endpoint}"
