"""A later draw of a prediction by another design, fixed before its answer is seen."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from labeling.models import Task
from reviewer.models.prediction import Prediction


class Selection(models.Model):
    prediction = models.ForeignKey(
        Prediction, on_delete=models.PROTECT, related_name="selections"
    )
    design = models.CharField(max_length=60)
    pi = models.FloatField()
    u = models.FloatField()
    # What whoever was drawn to look at it answers; None: not drawn, since u >= pi, or
    # answered by the prediction's own task, which is blind (reviewer/disagreements.py).
    task = models.OneToOneField(
        Task, on_delete=models.PROTECT, null=True, related_name="selection"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["prediction", "design"], name="drawn_once_by_each_design"
            ),
            models.CheckConstraint(
                condition=Q(pi__gt=0, pi__lte=1, u__gte=0, u__lt=1),
                name="selection_has_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(task=None) | Q(u__lt=F("pi")),
                name="only_the_drawn_are_looked_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.design}: {self.prediction}"
