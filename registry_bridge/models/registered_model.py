"""The model of a project: its name in the registry, how it is trained, what serves it."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Connection, Project


def new_salt() -> bytes:
    return secrets.token_bytes(32)


class RegisteredModel(models.Model):
    class Target(models.TextChoices):
        NONE = "none", _("Nowhere: only the alias moves")
        LOCAL = "local", _("This machine")
        AWS = "aws", "Amazon SageMaker"

    class Approvals(models.TextChoices):
        """Who must agree before a challenger is put in use."""

        ONE_PERSON = "one_person", _("One person, also who proposed it")
        TWO_PERSONS = "two_persons", _("Two persons: who proposed it, and another lead")
        TWO_APPROVERS = "two_approvers", _("Two leads besides who proposed it")

    class RollBack(models.TextChoices):
        """What a watch does that found a version worse than the one before."""

        PROPOSE = "propose", _("Propose a roll back to the leads")
        BY_ITSELF = "by_itself", _("Roll back by itself")

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="registered_model"
    )
    # None: the MLflow server that the service itself is set up with.
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What trains and serves; None: this machine.
    machines = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # What is asked of it for each, as in the project's file (registry_bridge/machines.py).
    training = models.JSONField(default=dict, blank=True)
    hosting = models.JSONField(default=dict, blank=True)
    name = models.CharField(max_length=120)
    experiment = models.CharField(max_length=200)
    # The question of the schema that the model answers.
    question = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=63)
    target = models.CharField(max_length=5, choices=Target, default=Target.LOCAL)
    script = models.CharField(max_length=500)
    # A folder with what the first model was trained on; every training gets it too.
    base = models.CharField(max_length=500, blank=True)
    hyperparameters = models.JSONField(default=dict, blank=True)
    test_percent = models.PositiveSmallIntegerField(default=20)
    approvals = models.CharField(
        max_length=13, choices=Approvals, default=Approvals.TWO_PERSONS
    )
    # A new version gets this share of the calls first, where the target can; 0: none.
    canary_percent = models.PositiveSmallIntegerField(default=10)
    # It is over after so many calls, or so many minutes, whichever comes first.
    canary_calls = models.PositiveIntegerField(default=200)
    canary_minutes = models.PositiveSmallIntegerField(default=5)
    # After a promotion: for so many days its quality is watched; 0: not at all.
    watch_days = models.PositiveSmallIntegerField(default=14)
    # Of all predictions, so many more may be wrong than before.
    watch_margin = models.FloatField(default=0.02)
    roll_back = models.CharField(
        max_length=9, choices=RollBack, default=RollBack.PROPOSE
    )
    # Whose decision a roll back is that nobody decides on.
    roll_back_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Fixed for good: a row that moved to the other side would make the test unfair.
    split_salt = models.BinaryField(max_length=64, default=new_salt)
    # The registry's own alias is written after this; a difference is drift, and shown.
    champion = models.CharField(max_length=60, blank=True)
    alias_seen = models.CharField(max_length=60, blank=True)
    alias_seen_at = models.DateTimeField(null=True, blank=True)
    # The registry has the version in use no more.
    champion_gone = models.BooleanField(default=False)
    metrics_run_id = models.CharField(max_length=64, blank=True)
    # When trainings start by themselves, and how many may (registry_bridge/triggers.py).
    retraining = models.JSONField(default=dict, blank=True)
    # The newest training when a person last looked at why trainings fail; 0: nobody yet.
    looked_at = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["connection", "name"],
                name="registered_model_has_one_project",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(test_percent__range=(5, 90)),
                name="test_side_is_5_to_90_percent",
            ),
            models.CheckConstraint(
                condition=Q(canary_percent__lte=50)
                & Q(canary_calls__gte=1)
                & Q(canary_minutes__gte=1),
                name="canary_is_at_most_half_and_ends",
            ),
            models.CheckConstraint(
                condition=Q(watch_margin__gte=0, watch_margin__lt=0.5),
                name="watch_margin_is_a_share_below_half",
            ),
            models.CheckConstraint(
                condition=Q(roll_back="propose") | Q(roll_back_set_by__isnull=False),
                name="rolling_back_by_itself_was_set_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.name
