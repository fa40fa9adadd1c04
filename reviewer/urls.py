"""The addresses of reviewers' and leads' pages."""

from __future__ import annotations

from django.urls import path

from reviewer.views import desk, endpoints, overview, policy, quality, queues

queue = "p/<slug:slug>/queues/<int:queue_id>"
urlpatterns = [
    path("", desk.home, name="home"),
    path("p/<slug:slug>/", overview.overview, name="project"),
    path("p/<slug:slug>/queues/", queues.queues, name="queues"),
    path(f"{queue}/", queues.queue, name="queue"),
    path(f"{queue}/work/", desk.work, name="work"),
    path(f"{queue}/pause/", queues.pause, name="queue-pause"),
    path(f"{queue}/free/", queues.free, name="queue-free"),
    path(
        f"{queue}/tasks/<int:item_id>/priority/",
        queues.priority,
        name="queue-priority",
    ),
    path(
        f"{queue}/tasks/<int:item_id>/<slug:verb>/",
        queues.flagged,
        name="queue-flagged",
    ),
    path(
        "p/<slug:slug>/reviewers/<int:user_id>/pause/",
        queues.pause_reviewer,
        name="reviewer-pause",
    ),
    path("p/<slug:slug>/endpoints/", endpoints.endpoints, name="endpoints"),
    path("p/<slug:slug>/endpoints/<slug:name>/", endpoints.endpoint, name="endpoint"),
    path(
        "p/<slug:slug>/refused/<int:letter_id>/send/",
        endpoints.send_again,
        name="letter-send",
    ),
    path(
        "p/<slug:slug>/refused/<int:letter_id>/put-away/",
        endpoints.put_away,
        name="letter-put-away",
    ),
    path("p/<slug:slug>/quality/", quality.page, name="quality"),
    path("p/<slug:slug>/policy/", policy.page, name="policy"),
]
