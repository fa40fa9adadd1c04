"""A configured outside system of a project; its secrets are stored encrypted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models.project import Project


class Connection(models.Model):
    class Kind(models.TextChoices):
        MLFLOW = "mlflow", _("MLflow server")
        LOCAL = "local", _("This machine")
        S3 = "s3", "S3"
        AWS = "aws", "Amazon Web Services"

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="connections"
    )
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind)
    uri = models.CharField(max_length=500, blank=True)
    options = models.JSONField(default=dict, blank=True)
    secret = models.BinaryField(default=b"", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="connection_named_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"
