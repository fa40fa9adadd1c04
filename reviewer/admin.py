"""Administration of intake and queues: to look at, and to sort out what was refused."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from projects.admin import ReadOnly
from reviewer.models import (
    Assignment,
    DeadLetter,
    Endpoint,
    Policy,
    Prediction,
    Queue,
    QueueItem,
    Reviewer,
    Score,
    Selection,
)


@admin.register(Endpoint)
class Endpoints(ReadOnly):
    list_display = ("name", "project", "schema", "created_at")
    list_select_related = ("project", "schema")


@admin.register(DeadLetter)
class DeadLetters(ReadOnly):
    """Deleted here once it is mended."""

    list_display = ("code", "endpoint", "inference_id", "project", "created_at")
    list_filter = ("code", "project")
    list_select_related = ("project",)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Policy)
class Policies(ReadOnly):
    list_display = ("project", "version", "active", "created_at", "created_by")
    list_select_related = ("project", "created_by")
    exclude = ("salt",)


@admin.register(Prediction)
class Predictions(ReadOnly):
    list_display = ("inference_id", "endpoint", "label", "verdict", "received_at")
    list_filter = ("verdict", "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("inference_id",)


@admin.register(Score)
class Scores(ReadOnly):
    list_display = ("prediction", "model_name", "model_version", "label")
    list_select_related = ("prediction",)


@admin.register(Selection)
class Selections(ReadOnly):
    list_display = ("prediction", "design", "pi", "created_at")
    list_select_related = ("prediction",)


@admin.register(Queue)
class Queues(ReadOnly):
    list_display = ("title", "project", "purpose", "overlap", "paused")
    list_select_related = ("project",)


@admin.register(QueueItem)
class QueueItems(ReadOnly):
    list_display = ("task", "queue", "state", "priority", "wanted", "done", "due_at")
    list_filter = ("state", "queue")
    list_select_related = ("task", "queue")


@admin.register(Assignment)
class Assignments(ReadOnly):
    list_display = ("item", "reviewer", "outcome", "started_at", "ended_at")
    list_filter = ("outcome",)
    list_select_related = ("item__task", "item__queue", "reviewer")


@admin.register(Reviewer)
class Reviewers(ReadOnly):
    list_display = ("user", "project", "paused", "reason")
    list_select_related = ("user", "project")
