"""The addresses of reviewers' and leads' pages."""

from __future__ import annotations

from django.urls import path

from reviewer.views import (
    adapters,
    desk,
    endpoints,
    exports,
    likely_wrong,
    mine,
    moving,
    overview,
    people,
    policy,
    policy_editing,
    quality,
    queues,
    shadow,
    stopping,
    tasks,
    trends,
    webhooks,
    worth,
)

task = "p/<slug:slug>/tasks/<int:task_id>"
queue = "p/<slug:slug>/queues/<int:queue_id>"
export = "p/<slug:slug>/exports/<int:export_id>"
webhook = "p/<slug:slug>/webhooks/<int:webhook_id>"
urlpatterns = [
    path("", desk.home, name="home"),
    path("p/<slug:slug>/", overview.overview, name="project"),
    path("p/<slug:slug>/queues/", queues.queues, name="queues"),
    path(f"{queue}/", queues.queue, name="queue"),
    path(f"{queue}/work/", desk.work, name="work"),
    path(f"{queue}/pause/", queues.pause, name="queue-pause"),
    path(f"{queue}/ways/", queues.change_ways, name="queue-ways"),
    path(f"{queue}/overlap/", queues.change_overlap, name="queue-overlap"),
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
    path("p/<slug:slug>/reviewers/pausing/", people.set_pauses, name="pausing"),
    path("p/<slug:slug>/reviewers/<int:user_id>/", people.page, name="reviewer"),
    path(
        "p/<slug:slug>/reviewers/<int:user_id>/alarms/close/",
        people.close_alarms,
        name="alarms-close",
    ),
    path(
        "p/<slug:slug>/reviewers/<int:user_id>/pause/",
        queues.pause_reviewer,
        name="reviewer-pause",
    ),
    path(
        "p/<slug:slug>/reviewers/<int:user_id>/skills/",
        queues.set_skills,
        name="reviewer-skills",
    ),
    path("p/<slug:slug>/mine/", mine.page, name="mine"),
    path(f"{task}/", tasks.page, name="task"),
    path(
        f"{task}/answers/<int:annotation_id>/send-back/",
        tasks.send_back,
        name="answer-send-back",
    ),
    path("p/<slug:slug>/endpoints/", endpoints.endpoints, name="endpoints"),
    path("p/<slug:slug>/endpoints/<slug:name>/", endpoints.endpoint, name="endpoint"),
    path(
        "p/<slug:slug>/endpoints/<slug:name>/adapter/",
        adapters.page,
        name="endpoint-adapter",
    ),
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
    path("p/<slug:slug>/exports/", exports.exports, name="exports"),
    path("p/<slug:slug>/exports/ask/", exports.ask, name="export-ask"),
    path(f"{export}/retry/", exports.retry, name="export-retry"),
    path(f"{export}/<int:number>", exports.file, name="export-file"),
    path("p/<slug:slug>/quality/", quality.page, name="quality"),
    path("p/<slug:slug>/quality/time/", trends.page, name="quality-time"),
    path("p/<slug:slug>/quality/return/", worth.page, name="return-on-review"),
    path("p/<slug:slug>/quality/labels/", likely_wrong.page, name="likely-wrong"),
    path(
        "p/<slug:slug>/quality/labels/<int:task_id>/expert/",
        likely_wrong.to_expert,
        name="likely-wrong-expert",
    ),
    path("p/<slug:slug>/policy/", policy.page, name="policy"),
    path("p/<slug:slug>/policy/edit/", policy_editing.edit, name="policy-edit"),
    path(
        "p/<slug:slug>/policy/versions/<int:policy_id>/back/",
        policy.roll_back,
        name="policy-back",
    ),
    path("p/<slug:slug>/policy/shadow/", shadow.page, name="policy-shadow"),
    path("p/<slug:slug>/policy/shadow/adopt/", shadow.adopt, name="shadow-adopt"),
    path("p/<slug:slug>/policy/shadow/end/", shadow.end, name="shadow-end"),
    path("p/<slug:slug>/stop/", stopping.begin, name="stop"),
    path("p/<slug:slug>/stop/end/", stopping.end, name="stop-end"),
    path("p/<slug:slug>/schemas/<slug:name>/move/", moving.page, name="schema-move"),
    path("p/<slug:slug>/webhooks/", webhooks.listing, name="webhooks"),
    path(f"{webhook}/", webhooks.one, name="webhook"),
    path(f"{webhook}/change/", webhooks.change, name="webhook-change"),
    path(f"{webhook}/rotate/", webhooks.rotate, name="webhook-rotate"),
    path(f"{webhook}/switch/", webhooks.switch, name="webhook-switch"),
    path(f"{webhook}/remove/", webhooks.remove, name="webhook-remove"),
    path(f"{webhook}/test/", webhooks.test, name="webhook-test"),
    path(f"{webhook}/replay/", webhooks.replay, name="webhook-replay"),
]
