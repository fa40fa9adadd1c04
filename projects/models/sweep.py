"""How far the nightly removal has come, and what it removed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from projects.models.project import Project


class Sweep(models.Model):
    """One kind of rows that are removed when their time is over (SWEEPS)."""

    name = models.CharField(max_length=120, unique=True)
    # Rows with larger numbers are still to be looked at in this round.
    position = models.BigIntegerField(default=0)
    # The first row that may be due another night: there the next round begins.
    again_from = models.BigIntegerField(null=True)
    next_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Removal(models.Model):
    """So many rows of one kind, of one project, removed on one day."""

    # None: rows of the service itself, such as jobs that are done.
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, related_name="removals"
    )
    what = models.CharField(max_length=40)
    day = models.DateField()
    rows = models.PositiveBigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "what", "day"],
                nulls_distinct=False,
                name="removal_counted_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(rows__gt=0), name="removal_removed_something"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rows} {self.what} on {self.day}"
