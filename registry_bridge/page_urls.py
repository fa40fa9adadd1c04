"""The addresses of pages about models: promotions, trainings, snapshots, operations."""

from __future__ import annotations

from django.urls import path

from registry_bridge.views import (
    connections,
    gates,
    history,
    lineage,
    managed,
    operations,
    promotions,
    rules,
    snapshots,
    sources,
    studies,
    trainings,
    withdrawals,
)

project = "p/<slug:slug>"
promotion = f"{project}/promotions/<int:promotion_id>"
training = f"{project}/trainings/<int:training_id>"
snapshot = f"{project}/snapshots/<int:snapshot_id>"
sources_of = f"{project}/endpoints/<slug:name>/sources"
reviewer = f"{project}/reviewers/<int:user_id>"
task = f"{project}/tasks/<int:task_id>"
urlpatterns = [
    path(f"{project}/promotions/", promotions.promotions, name="promotions"),
    path(
        f"{project}/promotions/propose/", promotions.propose, name="promotion-propose"
    ),
    path(
        f"{project}/promotions/install/", promotions.install, name="promotion-install"
    ),
    path(f"{project}/promotions/history/", history.page, name="promotion-history"),
    path(
        f"{project}/promotions/history.csv",
        history.file,
        name="promotion-history-csv",
    ),
    path(f"{project}/promotions/rules/", rules.one, name="promotion-rules"),
    path(
        f"{project}/promotions/rules/change/",
        rules.change,
        name="promotion-rules-change",
    ),
    path(f"{project}/gates/", gates.page, name="gates"),
    path(f"{project}/mlflow/", managed.enter, name="into-mlflow"),
    path(f"{promotion}/", promotions.one, name="promotion"),
    path(f"{promotion}/approve/", promotions.approve, name="promotion-approve"),
    path(f"{promotion}/refuse/", promotions.refuse, name="promotion-refuse"),
    path(f"{promotion}/rollback/", promotions.roll_back, name="promotion-rollback"),
    path(
        f"{promotion}/answer-again/",
        promotions.answer_again,
        name="promotion-answer-again",
    ),
    path(f"{project}/trainings/", trainings.trainings, name="trainings"),
    path(f"{project}/trainings/start/", trainings.start, name="training-start"),
    path(f"{project}/trainings/plan/", trainings.change_plan, name="training-plan"),
    path(f"{project}/trainings/looked/", trainings.looked, name="trainings-looked"),
    path(f"{training}/", trainings.one, name="training"),
    path(f"{training}/again/", trainings.again, name="training-again"),
    path(f"{training}/study/", studies.one, name="study"),
    path(f"{training}/study/begin/", studies.begin, name="study-begin"),
    path(f"{training}/study/stop/", studies.stop, name="study-stop"),
    path(f"{training}/study/go-on/", studies.go_on, name="study-go-on"),
    path(f"{training}/repeat/", trainings.repeat, name="training-repeat"),
    path(f"{project}/snapshots/", snapshots.listing, name="snapshots"),
    path(f"{project}/snapshots/freeze/", snapshots.freeze, name="snapshot-freeze"),
    path(f"{project}/snapshots/<int:snapshot_id>/", snapshots.one, name="snapshot"),
    path(f"{snapshot}/rows/", lineage.rows, name="snapshot-rows"),
    path(f"{snapshot}/rows.csv", lineage.rows_file, name="snapshot-rows-file"),
    path(f"{snapshot}/changes.csv", lineage.changes_file, name="snapshot-changes"),
    path(
        f"{project}/snapshots/<int:snapshot_id>/<str:name>",
        snapshots.file,
        name="snapshot-file",
    ),
    path(f"{project}/versions/<str:version>/", lineage.version, name="version"),
    path(f"{task}/lineage/", lineage.task, name="task-lineage"),
    path(f"{task}/lineage.csv", lineage.task_file, name="task-lineage-file"),
    path(f"{reviewer}/lineage/", lineage.reviewer, name="reviewer-lineage"),
    path(
        f"{reviewer}/lineage.csv", lineage.reviewer_file, name="reviewer-lineage-file"
    ),
    path(f"{reviewer}/withdrawal/", withdrawals.page, name="withdrawal"),
    path(f"{reviewer}/withdrawal/start/", withdrawals.start, name="withdrawal-start"),
    path(f"{sources_of}/", sources.page, name="endpoint-sources"),
    path(f"{sources_of}/<int:source_id>/stop/", sources.stop, name="source-stop"),
    path(f"{sources_of}/<int:source_id>/resume/", sources.resume, name="source-resume"),
    path(f"{sources_of}/<int:source_id>/again/", sources.again, name="source-again"),
    path(f"{project}/operations/", operations.of_project, name="project-operations"),
    path(
        f"{project}/operations/<int:job_id>/revive/",
        operations.revive,
        name="project-job-revive",
    ),
    path(
        f"{project}/connections/<int:pk>/try/",
        connections.attempt,
        name="connection-try",
    ),
    path("operations/", operations.everything, name="operations"),
    path("operations/<int:job_id>/revive/", operations.revive_any, name="job-revive"),
]
