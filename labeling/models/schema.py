"""A versioned list of questions about a payload, with its guideline, and who has read it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Schema(models.Model):
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="schemas"
    )
    name = models.SlugField(max_length=60)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="schema_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class SchemaVersion(models.Model):
    schema = models.ForeignKey(
        Schema, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    questions = models.JSONField()
    fields = models.JSONField()
    guideline = models.TextField(blank=True)
    # Why it was made, in the words of whoever made it.
    note = models.TextField(blank=True, default="")
    # Not by a project.yaml: a file that is applied later would replace it.
    in_browser = models.BooleanField(default=False)
    # A lead says so: whoever read the guideline before need not read it again.
    small = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["schema", "number"], name="schema_version_numbered_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.schema} version {self.number}"


class Acknowledgement(models.Model):
    """Somebody has read the guideline of a version."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    version = models.ForeignKey(
        SchemaVersion, on_delete=models.CASCADE, related_name="acknowledgements"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "version"], name="guideline_acknowledged_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} has read {self.version}"
