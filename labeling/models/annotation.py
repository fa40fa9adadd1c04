"""What one person answered: drafts that change, annotations that never do."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.models.task import Task


class Draft(models.Model):
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    answer = models.JSONField()
    # What they said before they saw the model's answer, once they have seen it.
    guess = models.JSONField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "author"], name="one_draft_per_person"
            ),
        )

    def __str__(self) -> str:
        return f"Draft of {self.author} for {self.task}"


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def not_withdrawn(self) -> AnnotationQuerySet:
        """Without the answers that a lead withdrew, and what withdrew them."""
        gone = Annotation.objects.filter(
            withdrawn=True,
            task=models.OuterRef("task"),
            author=models.OuterRef("author"),
        )
        return self.filter(~models.Exists(gone))


class Annotation(models.Model):
    client_id = models.UUIDField(unique=True)
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="annotations",
        db_index=False,
    )
    answer = models.JSONField()
    seconds = models.FloatField(null=True)
    blind = models.BooleanField()
    late = models.BooleanField(default=False)
    # False: an extra opinion, kept but not one of the answers that were wanted.
    counted = models.BooleanField(default=True)
    # An answer to a task whose gold was known before: it measures the reviewer only.
    check_task = models.BooleanField(default=False)
    # An adjudicator's: it settles the task instead of being one of several.
    expert = models.BooleanField(default=False)
    # Why it was decided so: an adjudicator's reason, or why an answer sent back stands.
    note = models.TextField(blank=True, db_default="")
    # The answer before the model's was shown, where a queue keeps it back until then.
    guess = models.JSONField(null=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    # No answer: a lead took the one that it supersedes out of everything.
    withdrawn = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task", "author"],
                condition=Q(supersedes=None),
                name="one_first_answer_per_person",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False)
                | Q(counted=False, supersedes__isnull=False),
                name="what_is_withdrawn_counts_no_more",
            ),
            models.CheckConstraint(
                condition=Q(seconds=None) | Q(seconds__gte=0),
                name="annotation_took_no_negative_time",
            ),
        )
        indexes = (
            models.Index(fields=["author", "-id"], name="annotation_by_author"),
            models.Index(fields=["task"], name="annotation_by_task"),
            # Few of many: whoever counts first answers asks which of them stand no more.
            models.Index(
                fields=["task", "author"],
                condition=Q(withdrawn=True),
                name="annotation_withdrawn",
            ),
        )

    def __str__(self) -> str:
        return f"Answer of {self.author} to {self.task}"
