"""A model version proposed, decided by a named person, carried out, perhaps undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from registry_bridge.models.gate import Gate
from registry_bridge.models.training import Training


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def open(self) -> PromotionQuerySet:
        return self.filter(state__in=Promotion.OPEN)

    def under_way(self) -> PromotionQuerySet:
        return self.filter(state__in=Promotion.UNDER_WAY)


class Promotion(models.Model):
    class Kind(models.TextChoices):
        # The first model of a project, or what somebody set in the registry by hand.
        INSTALL = "install", _("Installed by hand")
        PROMOTE = "promote", _("Promotion")
        ROLLBACK = "rollback", _("Roll back")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a decision")
        APPROVED = "approved", _("Approved")
        BESIDE = "beside", _("Coming up beside the version in use")
        CANARY = "canary", _("Answers a share of the calls")
        DEPLOYING = "deploying", _("Being deployed")
        VERIFIED = "verified", _("Deployed; alias follows")
        DONE = "done", _("In use")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Rolled back")

    UNDER_WAY = (
        State.APPROVED,
        State.BESIDE,
        State.CANARY,
        State.DEPLOYING,
        State.VERIFIED,
    )
    OPEN = (State.PROPOSED, *UNDER_WAY)

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
    # None: a gate proposed it, or a watch.
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
    # In place of a person: who set the rule by which a watch decided.
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The watch that proposed this roll back, or that closed this by one.
    aftercare = models.ForeignKey(
        "registry_bridge.Aftercare",
        on_delete=models.PROTECT,
        null=True,
        related_name="decided",
    )
    # Of the version before, as the new one's watch goes by it: {} before that is known.
    line = models.JSONField(default=dict)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # A challenger's: the rule (RegisteredModel.Approvals) that it was approved under.
    rule = models.CharField(max_length=13, blank=True)
    # What was done, in order: {"step", "words", "at"}.
    steps = models.JSONField(default=list)
    # How the step that is under way stands.
    doing = models.CharField(max_length=1_000, blank=True)
    failure = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(
                    state__in=[
                        *("proposed", "approved", "beside", "canary"),
                        *("deploying", "verified"),
                    ]
                ),
                name="one_open_promotion_per_project",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed")
                | Q(decided_at__isnull=False)
                & ~Q(reason="")
                & (
                    Q(decided_by__isnull=False, ruled_by=None)
                    | Q(
                        decided_by=None, ruled_by__isnull=False, aftercare__isnull=False
                    )
                ),
                name="decision_has_a_person_or_a_rule_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ruled_by=None) | Q(kind="rollback") | Q(state="refused"),
                name="a_rule_only_rolls_back",
            ),
            models.CheckConstraint(
                condition=~Q(kind="promote")
                | Q(proposed_by=None)
                | Q(decided_by=None)
                | ~Q(decided_by=F("proposed_by"))
                | Q(state="refused")
                | Q(rule="one_person"),
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
    def proposer(self) -> str:
        """Who proposed it: a person, a gate or a watch."""
        if self.proposed_by:
            return str(self.proposed_by)
        if self.aftercare_id:
            said = gettext("the watch after version %(version)s")
            return said % {"version": self.from_version}
        if self.gate:
            return gettext("the gate %(gate)s") % {"gate": self.gate}
        return gettext("a gate")

    @property
    def decider(self) -> str:
        """Who decided; "" while nobody has."""
        if self.ruled_by:
            return gettext("the rule that %(who)s set") % {"who": self.ruled_by}
        return str(self.decided_by or "")

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY


class Approval(models.Model):
    """One person's yes to a promotion, of as many as the rule asks for."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="approvals"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["promotion", "by"], name="one_approval_a_person"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="approval_has_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.by}, {self.promotion}"
