"""Waiting tasks with one purpose, and each task's place among them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labeling.models import Task


class Queue(models.Model):
    class Purpose(models.TextChoices):
        REVIEW = "review", _("Review")
        ADJUDICATION = "adjudication", _("Adjudication")

    class Order(models.TextChoices):
        DRAW = "draw", _("As drawn (keeps estimates honest while unfinished)")
        MARGIN = "margin", _("Most doubtful first (estimates from closed windows only)")
        DUE = "due", _("Due first (estimates from closed windows only)")

    class SkipsTo(models.TextChoices):
        OTHERS = "others", _("Somebody else")
        ME = "me", _("Whoever skipped it, when nothing else is left for them")
        EXPERT = "expert", _("An adjudicator")

    class Shown(models.TextChoices):
        AT_ONCE = "at_once", _("At once, to start from")
        AFTER_GUESS = "after_guess", _("After a first answer of one’s own")
        NEVER = "never", _("Never")

    class Reasons(models.TextChoices):
        OPTIONAL = "optional", _("Optional")
        REQUIRED = "required", _("Required")

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="queues"
    )
    name = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.REVIEW)
    order = models.CharField(max_length=6, choices=Order, default=Order.DRAW)
    overlap = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    # When the first answers disagree, up to so many are asked before an adjudicator.
    max_overlap = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    # Adaptive: one more answer only while no label is so probable; None: while they differ.
    sure = models.FloatField(null=True, blank=True)
    # Until when it adapted, where it does no longer; kept by the database.
    adaptive_until = models.DateTimeField(null=True, editable=False)
    lease_seconds = models.PositiveIntegerField(default=600)
    # Share of claims kept for what chance drew, so that audits never starve.
    audit_share = models.FloatField(default=0.2)
    due_hours = models.PositiveIntegerField(default=72)
    paused = models.BooleanField(default=False)
    # The key of the metadata whose value names the skill that a task needs; "": none.
    skill_from = models.CharField(max_length=60, blank=True)
    # Most answers that one person hands in here in a day (UTC); None: as many as wanted.
    daily_cap = models.PositiveIntegerField(null=True, blank=True)
    # With so many tasks waiting, predictions are refused until some are done.
    most_waiting = models.PositiveIntegerField(null=True, blank=True)
    # Where a skipped task goes; after a few people skipped it, a lead looks at it.
    skips_to = models.CharField(
        max_length=6, choices=SkipsTo, default=SkipsTo.OTHERS, db_default=SkipsTo.OTHERS
    )
    # When people see the model's answer; what chance drew blind they never see.
    pre_label = models.CharField(
        max_length=11, choices=Shown, default=Shown.AT_ONCE, db_default=Shown.AT_ONCE
    )
    # Since when it is never shown; kept by the database.
    alone_since = models.DateTimeField(null=True, editable=False)
    # Whether an adjudicator says why.
    decision_reason = models.CharField(
        max_length=8,
        choices=Reasons,
        default=Reasons.OPTIONAL,
        db_default=Reasons.OPTIONAL,
    )
    # Of what reviewers settle blind, the part that an expert answers anew.
    expert_share = models.FloatField(default=0, db_default=0)
    # Since when there is such a part: only predictions from then on are corrected by it.
    expert_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="queue_named_once"
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(purpose="adjudication"),
                name="one_adjudication_queue_per_project",
            ),
            models.CheckConstraint(
                condition=Q(overlap__range=(1, 9), max_overlap__range=(1, 9))
                & Q(max_overlap__gte=F("overlap")),
                name="queue_overlap_is_1_to_9",
            ),
            models.CheckConstraint(
                condition=Q(sure=None) | Q(sure__gte=0.5, sure__lt=1),
                name="sure_is_half_to_below_one",
            ),
            models.CheckConstraint(
                condition=Q(audit_share__range=(0, 1)), name="audit_share_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(purpose="adjudication", skips_to="expert"),
                name="experts_do_not_skip_to_experts",
            ),
            models.CheckConstraint(
                condition=Q(expert_share=0)
                | Q(
                    purpose="review",
                    expert_share__range=(0, 1),
                    expert_since__isnull=False,
                ),
                name="experts_check_a_share_of_reviews",
            ),
        )

    def __str__(self) -> str:
        return self.title


class QueueItem(models.Model):
    """Everything a claim needs in one row; claims never touch the task."""

    class State(models.IntegerChoices):
        OPEN = 0, _("Waiting")
        LEASED = 1, _("With a reviewer")
        DONE = 2, _("Done")
        FLAGGED = 3, _("Flagged")
        WITHDRAWN = 4, _("Withdrawn")

    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        related_name="items",
        db_constraint=False,
        db_index=False,
    )
    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="queue_items", db_index=False
    )
    state = models.PositiveSmallIntegerField(choices=State, default=State.OPEN)
    priority = models.SmallIntegerField(default=0)
    # Lower is earlier: -priority + u/pi (or the margin, or the due time).
    place = models.FloatField()
    # Only who has this skill is asked; "": everybody.
    skill = models.CharField(max_length=60, blank=True)
    audit = models.BooleanField(default=False)
    check_task = models.BooleanField(default=False)
    wanted = models.PositiveSmallIntegerField(default=1)
    done = models.PositiveSmallIntegerField(default=0)
    # Whoever answered or skipped, in order of their ids: never offered to them again.
    seen = ArrayField(models.BigIntegerField(), default=list)
    skips = models.PositiveSmallIntegerField(default=0)
    lease_by = models.BigIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    leased_at = models.DateTimeField(null=True)
    token = models.BigIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "queue"], name="task_waits_once_per_queue"
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("wanted")), name="never_more_than_wanted"
            ),
            models.CheckConstraint(
                condition=~Q(state=1)
                | Q(lease_by__isnull=False, lease_until__isnull=False),
                name="leased_item_has_a_holder",
            ),
        )
        indexes = (
            # Items that the same people have seen stand together, each such set in order:
            # a claim looks at the head of each set and never at what its person has seen.
            models.Index(
                fields=["queue", "skill", "audit", "seen", "place", "id"],
                condition=Q(state=0),
                name="queue_item_waiting",
            ),
            models.Index(
                fields=["queue", "lease_until"],
                condition=Q(state=1),
                name="queue_item_leased",
            ),
            models.Index(
                fields=["lease_by", "queue"],
                condition=Q(state=1),
                name="queue_item_held",
            ),
            # Since when tasks wait, and how many are late (reviewer/backlog.py).
            models.Index(
                fields=["queue", "state", "id"],
                condition=Q(state__in=[0, 3]),
                name="queue_item_by_age",
            ),
            models.Index(
                fields=["queue", "due_at"],
                condition=Q(state=0),
                name="queue_item_by_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.task} in {self.queue}"


class PutOff(models.Model):
    """A task that somebody skipped for later: theirs once nothing else is left for them.

    The item keeps its place, so that the sample stays fair, and others may take it there.
    """

    item = models.ForeignKey(
        QueueItem, on_delete=models.CASCADE, related_name="put_off", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "item"], name="put_off_once"),
        )
        indexes = (models.Index(fields=["item"], name="put_off_by_item"),)

    def __str__(self) -> str:
        return f"{self.item}, put off by {self.user}"
