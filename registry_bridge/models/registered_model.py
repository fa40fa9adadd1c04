"""The model of a project: its name in the registry, how it is trained, what serves it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from projects.models import Connection, Project


def new_salt() -> bytes:
    return secrets.token_bytes(32)


class RegisteredModel(models.Model):
    class Target(models.TextChoices):
        NONE = "none", "Nowhere: only the alias moves"
        LOCAL = "local", "This machine"

    project = models.OneToOneField(
        Project, on_delete=models.CASCADE, related_name="registered_model"
    )
    # None: the MLflow server that the service itself is set up with.
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=120)
    experiment = models.CharField(max_length=200)
    # The question of the schema that the model answers.
    question = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=63)
    target = models.CharField(max_length=5, choices=Target, default=Target.LOCAL)
    script = models.CharField(max_length=500)
    # A folder with what the first model was trained on; every training gets it too.
    base = models.CharField(max_length=500, blank=True)
    hyperparameters = models.JSONField(default=dict, blank=True)
    test_percent = models.PositiveSmallIntegerField(default=20)
    # Fixed for good: a row that moved to the other side would make the test unfair.
    split_salt = models.BinaryField(max_length=64, default=new_salt)
    # The registry's own alias is written after this; a difference is drift, and shown.
    champion = models.CharField(max_length=60, blank=True)
    alias_seen = models.CharField(max_length=60, blank=True)
    alias_seen_at = models.DateTimeField(null=True, blank=True)
    metrics_run_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["connection", "name"],
                name="registered_model_has_one_project",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(test_percent__range=(5, 90)),
                name="test_side_is_5_to_90_percent",
            ),
        )

    def __str__(self) -> str:
        return self.name
