"""A deployed model that posts predictions, and the rows of it that were refused."""

from __future__ import annotations

from django.db import models

from labeling.models import Schema


class Endpoint(models.Model):
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="endpoints"
    )
    name = models.SlugField(max_length=63)
    schema = models.ForeignKey(
        Schema, on_delete=models.PROTECT, related_name="endpoints"
    )
    # Predictions that it may send in a minute; None: as many as it can.
    quota = models.PositiveIntegerField(null=True, blank=True)
    # How raw bodies become predictions (reviewer/adapting); None: it posts them itself.
    adapter = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="endpoint_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class EndpointUse(models.Model):
    """How much of its quota an endpoint used in a minute, in slots that do not collide.

    Each database session writes one slot, so that no row is hot; the sum is what counts.
    """

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    slot = models.PositiveSmallIntegerField()
    minute = models.BigIntegerField()
    n = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "slot"], name="endpoint_use_one_row_per_slot"
            ),
        )

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.n}"


class DeadLetter(models.Model):
    """A row that could not be taken in, kept with the reason until it is mended."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="dead_letters"
    )
    # Text, not a key: an unknown endpoint is one of the reasons.
    endpoint = models.CharField(max_length=120, blank=True)
    inference_id = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    detail = models.TextField()
    row = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["project", "endpoint", "-id"], name="dead_letter_by_endpoint"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code}: {self.inference_id}"
