"""A model version proposed, decided by a named person, carried out, perhaps undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.models import Project
from registry_bridge.models.gate import Gate
from registry_bridge.models.training import Training


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def open(self) -> PromotionQuerySet:
        return self.filter(state__in=Promotion.OPEN)


class Promotion(models.Model):
    class Kind(models.TextChoices):
        # The first model of a project, or what somebody set in the registry by hand.
        INSTALL = "install", "Installed by hand"
        PROMOTE = "promote", "Promotion"
        ROLLBACK = "rollback", "Roll back"

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waiting for a decision"
        APPROVED = "approved", "Approved"
        DEPLOYING = "deploying", "Being deployed"
        VERIFIED = "verified", "Deployed; alias follows"
        DONE = "done", "In use"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Rolled back"

    OPEN = (State.PROPOSED, State.APPROVED, State.DEPLOYING, State.VERIFIED)
    UNDER_WAY = (State.APPROVED, State.DEPLOYING, State.VERIFIED)

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="promotions"
    )
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PROMOTE)
    # "" before there was any champion.
    from_version = models.CharField(max_length=60, blank=True)
    to_version = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=State, default=State.PROPOSED)
    # Frozen when it was proposed: what the decision rests on.
    evidence = models.JSONField(default=dict)
    training = models.ForeignKey(
        Training, on_delete=models.PROTECT, null=True, related_name="promotions"
    )
    # The promotion that a roll back takes back.
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by"
    )
    # None: a gate proposed it.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    gate = models.ForeignKey(
        Gate, on_delete=models.SET_NULL, null=True, related_name="promotions"
    )
    proposal_reason = models.TextField(blank=True)
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # What was done, in order: {"step", "words", "at"}.
    steps = models.JSONField(default=list)
    failure = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(
                    state__in=["proposed", "approved", "deploying", "verified"]
                ),
                name="one_open_promotion_per_project",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed")
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                name="decision_has_a_person_and_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="promote")
                | Q(proposed_by=None)
                | Q(decided_by=None)
                | ~Q(decided_by=F("proposed_by"))
                | Q(state="refused"),
                name="nobody_approves_their_own_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(to_version="") & ~Q(to_version=F("from_version")),
                name="promotion_goes_to_another_version",
            ),
            models.CheckConstraint(
                condition=Q(kind="install") | ~Q(from_version=""),
                name="only_an_installed_model_follows_none",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(failure=""),
                name="failed_promotion_says_why",
            ),
        )
        indexes = (models.Index(fields=["project", "-id"], name="promotion_newest"),)

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()}: {self.from_version or '–'} → {self.to_version}"
        )

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY
