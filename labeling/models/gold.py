"""The settled value of one question of a task; a correction supersedes, never edits."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.models.task import Task
from projects.models.audit import TransactionId


class GoldQuerySet(models.QuerySet["Gold"]):
    def current(self) -> GoldQuerySet:
        return self.filter(superseded_by=None)

    def answered(self) -> GoldQuerySet:
        return self.filter(unanswerable=False)


class Gold(models.Model):
    class Source(models.TextChoices):
        SINGLE = "single", _("One reviewer")
        CONSENSUS = "consensus", _("Consensus")
        EXPERT = "expert", _("Adjudicator")
        OUTCOME = "outcome", _("Known outcome")
        IMPORT = "import", _("Import")
        # Not known any more: what it superseded rested on answers that were withdrawn.
        WITHDRAWN = "withdrawn", _("Withdrawn")

    project = models.ForeignKey(
        "projects.Project",
        on_delete=models.CASCADE,
        related_name="gold",
        db_index=False,
    )
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="gold")
    question = models.CharField(max_length=64)
    value = models.JSONField(null=True)
    unanswerable = models.BooleanField(default=False)
    source = models.CharField(max_length=9, choices=Source)
    # A posterior with a model as prior helped to settle it: training only.
    uses_model = models.BooleanField(default=False)
    posterior = models.FloatField(null=True)
    # Every answer behind it was given without seeing the model's.
    blind = models.BooleanField(default=False)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # The transaction that wrote it: readers who go on later wait until older ones ended.
    xid = models.BigIntegerField(db_default=TransactionId())

    objects = GoldQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "question"],
                condition=Q(supersedes=None),
                name="one_first_gold_per_question",
            ),
            models.CheckConstraint(
                condition=Q(unanswerable=True, value=None)
                | Q(unanswerable=False, value__isnull=False),
                name="gold_is_a_value_or_unanswerable",
            ),
            models.CheckConstraint(
                condition=~Q(source="withdrawn")
                | Q(unanswerable=True, supersedes__isnull=False),
                name="withdrawn_gold_has_no_value",
            ),
        )
        indexes = (
            models.Index(fields=["project", "id"], name="gold_by_project"),
            models.Index(fields=["project", "xid", "id"], name="gold_by_transaction"),
            # Few of many: whoever asks what is superseded reads this one, not all gold.
            models.Index(
                fields=["supersedes"],
                include=["xid"],
                condition=Q(supersedes__isnull=False),
                name="gold_corrections",
            ),
        )

    def __str__(self) -> str:
        return f"{self.question} of {self.task}"
