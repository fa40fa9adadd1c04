"""A condition with its evidence, and each look at it that changed something."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Project


class GateQuerySet(models.QuerySet["Gate"]):
    def that_retrain(self) -> GateQuerySet:
        return self.filter(active=True, action=Gate.Action.RETRAIN)

    def that_propose(self) -> GateQuerySet:
        return self.filter(active=True, action=Gate.Action.PROPOSE)

    def that_hold_back(self) -> GateQuerySet:
        return self.filter(active=True, action=Gate.Action.HOLD)


class Gate(models.Model):
    class Condition(models.TextChoices):
        ENOUGH_GOLD = "enough_gold", _("Enough new gold")
        QUALITY_BELOW = "quality_below", _("Quality below a line")
        CHALLENGER_BETTER = "challenger_better", _("Challenger better than champion")
        CHALLENGER_NOT_WORSE = (
            "challenger_not_worse",
            _("Challenger not worse than champion"),
        )
        CALIBRATION = "calibration", _("Calibration of the challenger")
        LATENCY = "latency", _("Latency of the challenger")
        COST = "cost", _("Cost of the challenger in reviews")

    class Action(models.TextChoices):
        RETRAIN = "retrain", _("Retrain")
        PROPOSE = "propose", _("Propose a promotion")
        # Beside those that propose: as long as it is not open, none of them does.
        HOLD = "hold", _("Hold a proposal back")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="gates")
    name = models.SlugField(max_length=60)
    condition = models.CharField(max_length=20, choices=Condition)
    action = models.CharField(max_length=8, choices=Action)
    settings = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GateQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["project", "name"], name="gate_named_once"),
            models.CheckConstraint(
                condition=models.Q(
                    condition__in=["enough_gold", "quality_below"], action="retrain"
                )
                | models.Q(
                    condition__in=["challenger_better", "challenger_not_worse"],
                    action="propose",
                )
                | models.Q(
                    condition__in=["calibration", "latency", "cost"], action="hold"
                ),
                name="gate_condition_fits_its_action",
            ),
        )

    def __str__(self) -> str:
        return self.name


class GateCheck(models.Model):
    class Verdict(models.TextChoices):
        OPEN = "open", _("Open")
        SHUT = "shut", _("Shut")
        NOT_ENOUGH = "not_enough", _("Not enough evidence")

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="checks")
    verdict = models.CharField(max_length=10, choices=Verdict)
    evidence = models.JSONField()
    # The study whose evidence it is; None: a comparison's, or it was not about versions.
    study = models.ForeignKey(
        "registry_bridge.Study",
        on_delete=models.PROTECT,
        null=True,
        related_name="checks",
    )
    # One sentence for people: what was seen, and what that means.
    words = models.CharField(max_length=400)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["gate", "-id"], name="gate_check_newest"),)

    def __str__(self) -> str:
        return f"{self.gate}: {self.get_verdict_display()}"
