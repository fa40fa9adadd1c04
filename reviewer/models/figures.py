"""Figures of a project that take too long to compute while somebody waits."""

from __future__ import annotations

from django.db import models


class Figures(models.Model):
    """Quality, agreement and scorecards of one window, as of the time they were made."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="figures"
    )
    # 0: of all time.
    days = models.PositiveIntegerField()
    # None until they are computed for the first time.
    body = models.JSONField(null=True)
    # What is known of each person (reviewer/people.py): large, and read by few.
    people = models.JSONField(null=True)
    made_at = models.DateTimeField(null=True)
    took = models.FloatField(default=0)
    # The newest rows they rest on: while these are the same, little can have changed.
    rests_on = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    # When they are looked at again; a while ahead while somebody computes them.
    next_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "days"], name="figures_kept_once_per_window"
            ),
        )

    def __str__(self) -> str:
        return f"Figures of {self.project} over {self.days or 'all'} days"
