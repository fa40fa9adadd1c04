"""The REST addresses of intake and review."""

from __future__ import annotations

from django.urls import path

from reviewer.api import (
    becoming,
    exports,
    gold,
    labels,
    leases,
    predictions,
    quality,
    queues,
    stop,
    together,
    work,
)

queue = "queues/<int:queue_id>"
assignment = "assignments/<int:item_id>"
urlpatterns = [
    path("projects/<slug:project>/predictions", predictions.Predictions.as_view()),
    path(
        "projects/<slug:project>/predictions/<slug:endpoint>/<str:inference_id>",
        becoming.OnePrediction.as_view(),
    ),
    path("projects/<slug:project>/labels", labels.Labels.as_view()),
    path("projects/<slug:project>/exports", exports.Exports.as_view()),
    path("projects/<slug:project>/exports/<int:pk>", exports.one),
    path("projects/<slug:project>/exports/<int:pk>/files/<int:number>", exports.file),
    path("projects/<slug:project>/quality", quality.project_quality),
    path("projects/<slug:project>/gold", gold.KnownAnswers.as_view()),
    path("projects/<slug:project>/queues", queues.project_queues),
    path("projects/<slug:project>/stop", stop.StopSwitch.as_view()),
    path("projects/<slug:project>/stop/end", stop.end),
    path(f"{queue}/claim", work.claim, name="api-claim"),
    path(f"{queue}/submissions", work.submissions, name="api-submissions"),
    path(f"{queue}/renew", leases.renew, name="api-renew"),
    path(f"{queue}/release", leases.release, name="api-release"),
    path(f"{assignment}/draft", work.draft),
    path(f"{assignment}/skip", work.skip),
    path(f"{assignment}/flag", work.flag),
    path(f"{assignment}/release", work.release),
    path(f"{assignment}/renew", work.renew),
    path(f"{assignment}/undo", work.undo),
    path("tasks/<int:task_id>/comments", together.Comments.as_view()),
    path("tasks/<int:task_id>/history", together.history),
    path("comments/<int:comment_id>/resolve", together.resolve),
    path("annotations/<int:annotation_id>/send-back", together.send_back),
]
