"""What the registry was seen to say when others changed it: one row for each change."""

from __future__ import annotations

from django.db import models

from projects.models import Project


class Sighting(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="sightings"
    )
    # In use here at that moment.
    champion = models.CharField(max_length=60)
    # What the alias champion named there; "": nothing.
    alias = models.CharField(max_length=60, blank=True)
    # The version in use was not there any more.
    gone = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["project", "-id"], name="sighting_newest"),)

    def __str__(self) -> str:
        return f"{self.alias or 'none'} instead of {self.champion}"
