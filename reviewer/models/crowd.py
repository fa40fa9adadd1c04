"""How the people of a schema answer its main question, as fitted from their answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from labeling.models import Schema


class CrowdFit(models.Model):
    """One fit; the newest is used. Answers given with and without the model stand apart."""

    schema = models.ForeignKey(
        Schema, on_delete=models.CASCADE, related_name="crowds", db_index=False
    )
    question = models.CharField(max_length=64)
    # Of answers given without seeing the model's.
    blind = models.BooleanField()
    # What can be said, in the order of the arrays; the last is "unanswerable".
    labels = models.JSONField()
    # Ids of the people, in the order of the arrays.
    people = ArrayField(models.BigIntegerField())
    # The arrays of reviewer.stats.em.Crowd.
    body = models.JSONField()
    # By which a model's probabilities are calibrated; None: too little is known for that.
    temperature = models.FloatField(null=True)
    # Answers it rests on, and tasks that two or more people answered.
    answers = models.PositiveIntegerField()
    overlapped = models.PositiveIntegerField()
    # Id of the newest answer there was, and seconds it took.
    newest = models.BigIntegerField()
    took = models.FloatField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["schema", "blind", "newest"], name="crowd_fitted_once"
            ),
        )
        indexes = (
            models.Index(fields=["schema", "blind", "-id"], name="crowd_fit_newest"),
        )

    def __str__(self) -> str:
        return f"Crowd of {self.schema}, {self.answers} answers"
