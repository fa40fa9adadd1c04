"""The REST addresses of the loop; included under /api/v1/."""

from __future__ import annotations

from django.urls import path

from registry_bridge.api import deployments, lineage, promotions, trainings

project = "projects/<slug:project>"
promotion = "promotions/<int:pk>"
api_urlpatterns = [
    path(f"{project}/snapshots", trainings.Snapshots.as_view(), name="api-snapshots"),
    path(f"{project}/trainings", trainings.Trainings.as_view(), name="api-trainings"),
    path(f"{project}/trainings/<int:pk>", trainings.OneTraining.as_view()),
    path(
        f"{project}/promotions", promotions.Promotions.as_view(), name="api-promotions"
    ),
    path(f"{project}/deployments", deployments.deployments),
    path(f"{project}/snapshots/<int:pk>/rows", lineage.of_snapshot),
    path(f"{project}/versions/<str:version>/lineage", lineage.of_version),
    path(f"{project}/tasks/<int:pk>/lineage", lineage.of_task),
    path(f"{project}/reviewers/<int:pk>/lineage", lineage.of_reviewer),
    path(f"{promotion}/approve", promotions.approve, name="api-approve"),
    path(f"{promotion}/refuse", promotions.refuse, name="api-refuse"),
    path(f"{promotion}/rollback", promotions.roll_back, name="api-rollback"),
]
