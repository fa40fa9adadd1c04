"""What is kept of a project's predictions so that policies can be replayed on them at once."""

from __future__ import annotations

from django.db import models


class Replay(models.Model):
    """What the columns of one project hold, how far they are, and what answers tell.

    `keys`: of the metadata, those that are kept as columns; other ones need all columns
    anew. `answers` are a replaying.answers.Answers as bytes.
    """

    project = models.OneToOneField(
        "projects.Project", on_delete=models.CASCADE, related_name="+"
    )
    keys = models.JSONField(default=list)
    # How many predictions are in, of how many that were there when the work began.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    answers = models.BinaryField(null=True)
    answered_at = models.DateTimeField(null=True)
    # Seconds that people spend on a task, as an estimate's JSON.
    seconds = models.JSONField(null=True)
    asked_at = models.DateTimeField()
    # When it is looked at again; a while ahead while somebody works on it.
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Columns of {self.project}: {self.done} of {self.total}"


class ReplayChunk(models.Model):
    """Some predictions in the order of intake, as columns; never edited."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # Predictions numbered above `after`, up to `upto`.
    after = models.BigIntegerField()
    upto = models.BigIntegerField()
    n = models.PositiveIntegerField()
    columns = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "after"], name="predictions_in_one_chunk"
            ),
        )

    def __str__(self) -> str:
        return f"{self.n} predictions after {self.after}"
