"""Administration of labels: to look at; answers and gold are written by people's work."""

from __future__ import annotations

from django.contrib import admin

from labeling.models import (
    Acknowledgement,
    Annotation,
    Draft,
    Gold,
    Payload,
    Schema,
    SchemaVersion,
    Task,
)
from projects.admin import ReadOnly

# "Golds" is only ever read here; in the model it would need a migration.
Gold._meta.verbose_name_plural = "gold"


@admin.register(Schema)
class Schemas(ReadOnly):
    list_display = ("name", "project")
    list_select_related = ("project",)


@admin.register(SchemaVersion)
class SchemaVersions(ReadOnly):
    list_display = ("schema", "number", "created_at", "created_by")
    list_select_related = ("schema", "created_by")


@admin.register(Acknowledgement)
class Acknowledgements(ReadOnly):
    list_display = ("version", "user", "at")
    list_select_related = ("version__schema", "user")


@admin.register(Payload)
class Payloads(ReadOnly):
    list_display = ("sha256", "project", "created_at")
    list_select_related = ("project",)
    search_fields = ("sha256",)


@admin.register(Task)
class Tasks(ReadOnly):
    list_display = ("pk", "project", "state", "blind", "created_at", "settled_at")
    list_filter = ("state", "project")
    list_select_related = ("project",)


@admin.register(Draft)
class Drafts(ReadOnly):
    list_display = ("task", "author", "updated_at")
    list_select_related = ("task", "author")


@admin.register(Annotation)
class Annotations(ReadOnly):
    list_display = ("task", "author", "counted", "late", "blind", "created_at")
    list_filter = ("counted", "late", "blind", "check_task")
    list_select_related = ("task", "author")


@admin.register(Gold)
class Golds(ReadOnly):
    list_display = ("task", "question", "source", "unanswerable", "created_at")
    list_filter = ("source", "unanswerable", "uses_model")
    list_select_related = ("task",)
