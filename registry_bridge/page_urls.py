"""The addresses of pages about models: promotions, trainings, snapshots, operations."""

from __future__ import annotations

from django.urls import path

from registry_bridge.views import operations, promotions, snapshots, trainings

project = "p/<slug:slug>"
promotion = f"{project}/promotions/<int:promotion_id>"
training = f"{project}/trainings/<int:training_id>"
urlpatterns = [
    path(f"{project}/promotions/", promotions.promotions, name="promotions"),
    path(
        f"{project}/promotions/propose/", promotions.propose, name="promotion-propose"
    ),
    path(
        f"{project}/promotions/install/", promotions.install, name="promotion-install"
    ),
    path(f"{promotion}/", promotions.one, name="promotion"),
    path(f"{promotion}/approve/", promotions.approve, name="promotion-approve"),
    path(f"{promotion}/refuse/", promotions.refuse, name="promotion-refuse"),
    path(f"{promotion}/rollback/", promotions.roll_back, name="promotion-rollback"),
    path(f"{project}/trainings/", trainings.trainings, name="trainings"),
    path(f"{project}/trainings/start/", trainings.start, name="training-start"),
    path(f"{training}/", trainings.one, name="training"),
    path(f"{training}/again/", trainings.again, name="training-again"),
    path(f"{project}/snapshots/", snapshots.listing, name="snapshots"),
    path(f"{project}/snapshots/freeze/", snapshots.freeze, name="snapshot-freeze"),
    path(f"{project}/snapshots/<int:snapshot_id>/", snapshots.one, name="snapshot"),
    path(
        f"{project}/snapshots/<int:snapshot_id>/<str:name>",
        snapshots.file,
        name="snapshot-file",
    ),
    path(f"{project}/operations/", operations.of_project, name="project-operations"),
    path(
        f"{project}/operations/<int:job_id>/revive/",
        operations.revive,
        name="project-job-revive",
    ),
    path("operations/", operations.everything, name="operations"),
    path("operations/<int:job_id>/revive/", operations.revive_any, name="job-revive"),
]
