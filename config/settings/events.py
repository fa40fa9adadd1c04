"""Who acts when something happened: event -> handlers, each a job of its own."""

from __future__ import annotations

# name of the event: dotted functions that take (payload: dict). A handler that adds up
# (it looks at everything there is, not at one event) has at most one job waiting.
EVENT_HANDLERS: dict[str, tuple[str, ...]] = {
    "member.left": ("reviewer.leasing.free_leases",),
    # A role that may do less: what it holds may be tasks it may no longer see.
    "member.demoted": ("reviewer.leasing.free_leases",),
    "task.settled": ("registry_bridge.handlers.gold_settled",),
    "tasks.to_move": ("reviewer.moving.asked",),
    "answers.to_withdraw": ("reviewer.withdrawing.asked",),
    "export.asked": ("reviewer.exports.files.asked",),
    "snapshot.frozen": ("registry_bridge.handlers.publish_snapshot",),
    "training.asked": ("registry_bridge.handlers.follow_training",),
    "training.completed": ("registry_bridge.handlers.register_challenger",),
    "challenger.registered": ("registry_bridge.handlers.compare_models",),
    "training.finished": ("registry_bridge.handlers.training_finished",),
    "promotion.approved": ("registry_bridge.handlers.promotion_approved",),
    "model.promoted": (
        "registry_bridge.handlers.model_promoted",
        "registry_bridge.notices.happened",
    ),
    # While they went on, gates were shut: gold that settled meanwhile counts now.
    "training.ended": ("registry_bridge.handlers.gold_settled",),
    "promotion.ended": ("registry_bridge.handlers.gold_settled",),
    "study.ended": ("registry_bridge.handlers.gold_settled",),
    "promotion.proposed": ("registry_bridge.notices.happened",),
    "promotion.failed": ("registry_bridge.notices.happened",),
    "training.failed": ("registry_bridge.notices.happened",),
    "gate.opened": ("registry_bridge.notices.happened",),
}
# These add up: many events, one waiting job for each stream.
COALESCED = frozenset({"registry_bridge.handlers.gold_settled"})
# These keep to streams of their own: news of a failure must not wait behind it.
APART = frozenset({"registry_bridge.notices.happened"})
# Handed to django-q2, which may take minutes over them; the loop goes on meanwhile. All
# that talks to MLflow is here: its client is large, and its server may be slow or away.
LONG_JOBS = frozenset(
    {
        "reviewer.exports.files.asked",
        "reviewer.moving.asked",
        "reviewer.withdrawing.asked",
        "registry_bridge.handlers.publish_snapshot",
        "registry_bridge.handlers.register_challenger",
        "registry_bridge.handlers.compare_models",
        "registry_bridge.handlers.training_finished",
        "registry_bridge.handlers.promotion_approved",
        "registry_bridge.handlers.model_promoted",
        "registry_bridge.handlers.publish_metrics",
        "registry_bridge.handlers.measure",
        "registry_bridge.handlers.look_outside",
        "registry_bridge.handlers.probe",
        "registry_bridge.handlers.answer_behind",
        "registry_bridge.handlers.publish_check",
        # reads S3 for most of a minute
        "registry_bridge.handlers.read_source",
        # it may freeze a snapshot of a million rows
        "registry_bridge.scheduling.look",
        "projects.mailing.send",
        "projects.addresses.send",
    }
)
# A dead letter holds up what comes after it in these streams (by prefix).
STREAMS_THAT_STOP = ("alias:", "deployment:")
# Seconds between two rounds of what must be done every so often.
SCHEDULES: dict[str, float] = {
    "projects.audit.seal": 5.0,
    "reviewer.rollups.turn.take": 3.0,
    "reviewer.figures.ask": 5.0,
    "reviewer.trends.ask": 60.0,
    "reviewer.promising.ask": 60.0,
    "reviewer.planning.ask": 60.0,
    "reviewer.drifting.take": 15.0,
    "reviewer.crowds.ask": 60.0,
    "reviewer.replaying.keeping.ask": 5.0,
    "projects.sweeping.sweep": 5.0,
    "projects.replica.beat": 5.0,
    "registry_bridge.streams.ask_to_probe": 10.0,
    "registry_bridge.watching.ask": 60.0,
    "registry_bridge.scheduling.ask": 60.0,
    "registry_bridge.measures.ask": 60.0,
    "registry_bridge.study_work.take": 15.0,
    "registry_bridge.gates.ask": 60.0,
    "registry_bridge.shadowing.ask": 15.0,
    "registry_bridge.aftercare.ask": 20.0,
    "registry_bridge.capturing.rounds.ask": 5.0,
    # Not handlers of events: whoever settles a task writes nothing for them.
    "reviewer.webhooks.announcing.announce": 1.0,
    "reviewer.webhooks.delivering.turn": 0.5,
    "reviewer.webhooks.delivering.forget": 600.0,
    "projects.mailing.ask": 15.0,
    "reviewer.lateness.look": 300.0,
}
# What is removed when its time is over, a kind of rows each (projects/sweeping.py).
SWEEPS: tuple[str, ...] = (
    "reviewer.retention.predictions",
    "reviewer.retention.payloads",
    "reviewer.retention.letters",
    "labeling.retention.drafts",
    "reviewer.webhooks.sweeping.deliveries",
    "projects.outbox.events",
    "projects.outbox.jobs",
    "projects.outbox.notices",
    "projects.outbox.results",
    "projects.outbox.sessions",
)
