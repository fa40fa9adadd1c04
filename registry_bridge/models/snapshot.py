"""Gold rows frozen under a name and a digest, each on the train or the test side."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.models import Gold, Payload
from projects.models import Project


class Snapshot(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="snapshots"
    )
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    train = models.PositiveIntegerField()
    test = models.PositiveIntegerField()
    # Of the test side: those a fair comparison may use.
    usable = models.PositiveIntegerField()
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="following"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # Filled in by the job that publishes it: where its files lie, and MLflow's run.
    files = models.JSONField(default=dict)
    mlflow_run_id = models.CharField(max_length=64, blank=True)
    # Rows by source and by label; and what it changes beside the one before. {}: frozen
    # before such was counted.
    counts = models.JSONField(default=dict)
    difference = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="snapshot_named_once"
            ),
            models.UniqueConstraint(
                fields=["project", "digest"], name="snapshot_frozen_once"
            ),
            models.CheckConstraint(
                condition=Q(rows=models.F("train") + models.F("test")),
                name="every_row_is_on_one_side",
            ),
        )

    def __str__(self) -> str:
        return self.name


class SnapshotItemQuerySet(models.QuerySet["SnapshotItem"]):
    def usable(self) -> SnapshotItemQuerySet:
        """Of the test side: those a fair comparison may use."""
        return self.filter(side=SnapshotItem.Side.TEST).exclude(pi=None)

    def unusable(self) -> SnapshotItemQuerySet:
        return self.filter(side=SnapshotItem.Side.TEST, pi=None)


class SnapshotItem(models.Model):
    class Side(models.TextChoices):
        TRAIN = "train", _("Train")
        TEST = "test", _("Test")

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.CASCADE, related_name="items"
    )
    gold = models.ForeignKey(Gold, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=5, choices=Side)
    group = models.CharField(max_length=120)
    # Chance that this prediction was looked at; None: nobody drew it.
    drawn = models.FloatField(null=True)
    # Chance that its first blind answer is known; None: not for comparisons, and why.
    pi = models.FloatField(null=True)
    left_out = models.CharField(max_length=80, blank=True)

    objects = SnapshotItemQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["snapshot", "gold"], name="gold_frozen_once_per_snapshot"
            ),
            models.CheckConstraint(
                condition=Q(pi=None) | Q(pi__gt=0, pi__lte=1),
                name="snapshot_item_pi_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(pi__isnull=False, left_out="")
                | (Q(pi=None) & ~Q(left_out="")),
                name="without_pi_it_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.gold} in {self.snapshot}"


class SnapshotReviewer(models.Model):
    """How many rows of a snapshot rest on one person's answers, counted when it was frozen.

    A row that rests on several people is counted for each of them.
    """

    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.CASCADE, related_name="reviewers", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    train = models.PositiveIntegerField()
    test = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["snapshot", "user"], name="reviewer_counted_once_per_snapshot"
            ),
        )
        indexes = (
            models.Index(fields=["user", "-snapshot"], name="snapshots_of_reviewer"),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.snapshot}"


class PayloadSide(models.Model):
    """On which sides an input ever was, and with whom: what a later snapshot keeps to."""

    payload = models.OneToOneField(
        Payload, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=120)
    trained = models.BooleanField()
    tested = models.BooleanField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(trained=True) | Q(tested=True),
                name="payload_was_on_some_side",
            ),
        )

    def __str__(self) -> str:
        return f"Payload {self.payload_id}"
