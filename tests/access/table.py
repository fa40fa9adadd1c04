"""Who may what, address by address. A new address needs a line here.

`page` is for people who signed in, `api` for tokens as well. What is in capitals is a
method and who may use it; the rest says what an id of the address names (world.py).
"""

from __future__ import annotations

import uuid
from typing import Any

from labeling.models import Task
from tests import makers
from tests.access.people import Caller
from tests.access.rules import (
    DECIDERS,
    EVERYBODY,
    EXPERTS,
    LEADS,
    MEMBERS,
    OWNERS,
    SENDERS,
    SIGNED_IN,
    STAFF,
    WATCHERS,
    Entry,
    api,
    page,
)
from tests.access.world import World


def held(world: World, caller: Caller) -> dict[str, Any]:
    return {"token": world.lease(caller.user), "reason": "too dark"}


def said(world: World, caller: Caller) -> dict[str, Any]:
    """A comment on the task that the caller has in hand."""
    world.lease(caller.user)
    return {"text": "Is it one?", "client_id": str(uuid.uuid4())}


def leases(world: World, caller: Caller) -> dict[str, Any]:
    """All that the caller holds, at once."""
    token = world.lease(caller.user)
    return {"assignments": [{"id": str(world.ids["item"]), "token": token}]}


def answered(world: World, caller: Caller) -> dict[str, Any]:
    """What the caller answered before, in their hands again."""
    if caller.user:
        makers.make_annotation(Task.objects.get(pk=world.ids["task"]), caller.user)
    return held(world, caller)


def person(world: World, _caller: Caller) -> dict[str, Any]:
    return {**WHY, "user": str(world.ids["person"])}


def draft(world: World, caller: Caller) -> dict[str, Any]:
    return {"token": world.lease(caller.user), "answer": {"label": "cat"}}


def submission(world: World, caller: Caller) -> dict[str, Any]:
    item = {
        "assignment": str(world.ids["item"]),
        "token": world.lease(caller.user),
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "cat"},
    }
    return {"items": [item]}


def prediction(world: World, _caller: Caller) -> dict[str, Any]:
    return {
        "inference_id": "new",
        "endpoint": world.ids["endpoint"],
        "model": {"name": "m", "version": "1"},
        "input": {"text": "hello"},
        "output": {"label": "cat", "confidence": 0.9},
    }


def outcome(world: World, _caller: Caller) -> dict[str, Any]:
    return {
        "endpoint": world.ids["endpoint"],
        "inference_id": world.ids["prediction"],
        "answer": {"label": "cat"},
    }


WHY = {"reason": "because"}
GATE = {"gate-0-when": "enough_gold", "gate-0-name": "enough", "gate-0-rows": "7"}
RULES = {
    "approvals": "two_approvers",
    "canary_percent": 5,
    "canary_calls": 10,
    "canary_minutes": 1,
    "watch_days": 7,
    "watch_margin": 1,
    "roll_back": "by_itself",
}
PAUSE = {**WHY, "paused": "1"}
P = "p/<slug:slug>/"
Q = f"{P}queues/<int:queue_id>/"
V1 = "api/v1/"
V1P = f"{V1}projects/<slug:project>/"
V1A = f"{V1}assignments/<int:item_id>/"
V1Q = f"{V1}queues/<int:queue_id>/"

# fmt: off
TABLE: dict[str, Entry] = {
    # The service
    "livez": page(GET=EVERYBODY),
    "readyz": page(GET=EVERYBODY),
    "metrics": page(GET=EVERYBODY),  # on this machine; test_metrics says the rest
    "api/schema": api(GET=SIGNED_IN),

    # Accounts
    "language/": page(POST=EVERYBODY),
    "accounts/login/": page(GET=EVERYBODY, POST=EVERYBODY),
    "accounts/logout/": page(GET=EVERYBODY, POST=EVERYBODY),
    "accounts/inactive/": page(GET=EVERYBODY),
    "accounts/reauthenticate/": page(GET=SIGNED_IN, POST=SIGNED_IN),
    "accounts/password/change/": page(GET=SIGNED_IN, POST=SIGNED_IN),
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": page(GET=EVERYBODY, POST=EVERYBODY, uidb36="=0", key="=no-key"),
    "accounts/password/reset/key/done/": page(GET=EVERYBODY),
    "invitations/<str:code>/": page(GET=EVERYBODY, POST=EVERYBODY, code="code"),
    "objects/<str:token>": page(GET=SIGNED_IN, token="object"),
    "notices/": page({"email": ""}, GET=SIGNED_IN, POST=SIGNED_IN),
    "notices/address/<str:key>/": page(GET=SIGNED_IN, POST=SIGNED_IN, key="wish"),

    # People and settings of a project
    f"{P}members/": page(GET=MEMBERS),
    f"{P}members/<int:pk>/": page(GET=OWNERS, pk="membership"),
    f"{P}members/<int:pk>/role/": page({"role": "lead"}, POST=OWNERS, pk="membership"),
    f"{P}members/<int:pk>/end/": page(POST=OWNERS, pk="membership"),
    f"{P}members/<int:pk>/password/": page(POST=OWNERS, pk="membership"),
    f"{P}invitations/": page({"name": "Ida", "role": "lead"}, POST=OWNERS),
    f"{P}invitations/<int:pk>/withdraw/": page(POST=OWNERS, pk="invitation"),
    f"{P}tokens/": page({"name": "t", "role": "endpoint", "days": "30"}, GET=OWNERS, POST=OWNERS),
    f"{P}tokens/<int:pk>/revoke/": page(POST=OWNERS, pk="token"),
    f"{P}settings/": page({"name": "Other"}, GET=LEADS, POST=OWNERS),
    f"{P}settings/retention/": page({"predictions": "90"}, POST=OWNERS),
    f"{P}connections/new/": page({"name": "c", "kind": "local"}, GET=OWNERS, POST=OWNERS),
    f"{P}connections/<int:pk>/": page({"uri": ""}, GET=OWNERS, POST=OWNERS, pk="connection"),
    f"{P}connections/<int:pk>/remove/": page(POST=OWNERS, pk="connection"),
    f"{P}connections/<int:pk>/try/": page(POST=OWNERS, pk="connection"),
    f"{P}audit/": page(GET=LEADS),
    f"{P}audit/verify/": page(POST=LEADS),
    f"{P}audit/export.jsonl": page(GET=LEADS),

    # Work and its overview
    "": page(GET=SIGNED_IN),
    P: page(GET=MEMBERS),
    f"{P}queues/": page(GET=MEMBERS),
    Q: page(GET=LEADS, queue_id="queue"),
    f"{Q}work/": page(GET=MEMBERS, queue_id="queue"),
    f"{Q}ways/": page({"skips_to": "me"}, POST=LEADS, queue_id="queue"),
    f"{P}mine/": page(GET=MEMBERS),
    f"{P}tasks/<int:task_id>/": page(held, GET=MEMBERS, task_id="task"),  # who has it in hand
    f"{P}tasks/<int:task_id>/answers/<int:annotation_id>/send-back/": page(WHY, POST=EXPERTS, task_id="task", annotation_id="said"),
    f"{Q}overlap/": page({"fewest": "1", "most": "5", "sure": "95"}, POST=LEADS, queue_id="queue"),
    f"{Q}pause/": page(PAUSE, POST=LEADS, queue_id="queue"),
    f"{Q}free/": page(person, POST=LEADS, queue_id="queue"),
    f"{Q}tasks/<int:item_id>/priority/": page({"priority": "3"}, POST=LEADS, queue_id="queue", item_id="item"),
    f"{Q}tasks/<int:item_id>/<slug:verb>/": page(WHY, POST=LEADS, queue_id="queue", item_id="flagged", verb="=return"),
    f"{P}reviewers/pausing/": page({"pauses": "1"}, POST=LEADS),
    f"{P}reviewers/<int:user_id>/": page(GET=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/alarms/close/": page(POST=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/pause/": page(PAUSE, POST=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/skills/": page({"skills": "de"}, POST=LEADS, user_id="person"),
    f"{P}endpoints/": page(GET=LEADS),
    f"{P}endpoints/<slug:name>/": page(GET=LEADS, name="endpoint"),
    f"{P}endpoints/<slug:name>/adapter/": page({"step": "save"}, GET=LEADS, POST=LEADS, name="endpoint"),
    f"{P}endpoints/<slug:name>/sources/": page({"kind": "capture", "uri": "s3://b/new"}, GET=LEADS, POST=LEADS, name="endpoint"),
    f"{P}endpoints/<slug:name>/sources/<int:source_id>/stop/": page(POST=LEADS, name="endpoint", source_id="source"),
    f"{P}endpoints/<slug:name>/sources/<int:source_id>/resume/": page(POST=LEADS, name="endpoint", source_id="source"),
    f"{P}endpoints/<slug:name>/sources/<int:source_id>/again/": page(POST=LEADS, name="endpoint", source_id="source"),
    f"{P}refused/<int:letter_id>/send/": page({"row": "{}"}, POST=LEADS, letter_id="letter"),
    f"{P}refused/<int:letter_id>/put-away/": page(POST=LEADS, letter_id="letter"),
    f"{P}quality/": page(GET=LEADS),
    f"{P}quality/time/": page(GET=LEADS),
    f"{P}quality/return/": page(GET=LEADS),
    f"{P}quality/labels/": page(GET=EXPERTS),
    f"{P}quality/labels/<int:task_id>/expert/": page(POST=EXPERTS, task_id="task"),
    f"{P}exports/": page(GET=LEADS),
    f"{P}exports/ask/": page({"format": "csv"}, POST=LEADS),
    f"{P}exports/<int:export_id>/retry/": page(POST=LEADS, export_id="export"),
    f"{P}exports/<int:export_id>/<int:number>": page(GET=LEADS, export_id="export", number="=1"),
    f"{P}schemas/": page(GET=LEADS),
    f"{P}schemas/<slug:name>/": page(GET=LEADS, name="schema"),
    f"{P}schemas/<slug:name>/edit/": page({"text": "name: x", "based_on": "1"}, GET=LEADS, POST=LEADS, name="schema"),
    f"{P}schemas/<slug:name>/check": page({"text": "name: x"}, POST=LEADS, name="schema"),
    f"{P}schemas/<slug:name>/move/": page({"to": "1"}, GET=LEADS, POST=LEADS, name="schema"),
    f"{P}schemas/<slug:name>/versions/<int:number>/small/": page({"small": "1"}, POST=LEADS, name="schema", number="=1"),
    f"{P}schemas/<int:version_id>/guideline": page(GET=MEMBERS, version_id="version"),
    f"{P}schemas/<int:version_id>/changes": page(GET=MEMBERS, version_id="version"),
    f"{P}schemas/<int:version_id>/acknowledge": page(POST=MEMBERS, version_id="version"),
    f"{P}policy/": page(GET=LEADS),
    f"{P}policy/edit/": page({**WHY, "text": "audit: 0.5", "step": "save", "based_on": "1"}, GET=LEADS, POST=LEADS),
    f"{P}policy/versions/<int:policy_id>/back/": page({**WHY, "based_on": "1"}, POST=LEADS, policy_id="policy"),
    f"{P}policy/shadow/": page(GET=LEADS),
    f"{P}policy/shadow/adopt/": page({**WHY, "based_on": "1"}, POST=LEADS),
    f"{P}policy/shadow/end/": page(WHY, POST=LEADS),
    f"{P}stop/": page(WHY, POST=LEADS),
    f"{P}stop/end/": page(WHY, POST=LEADS),
    f"{P}webhooks/": page({"name": "w", "url": "https://example.org/h", "events": ["prediction.settled"]}, GET=LEADS, POST=OWNERS),
    f"{P}webhooks/<int:webhook_id>/": page(GET=LEADS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/change/": page({"url": "https://example.org/i", "events": ["prediction.settled"]}, POST=OWNERS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/rotate/": page(POST=OWNERS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/switch/": page({"on": "0"}, POST=OWNERS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/remove/": page(POST=OWNERS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/test/": page(POST=LEADS, webhook_id="webhook"),
    f"{P}webhooks/<int:webhook_id>/replay/": page(POST=LEADS, webhook_id="webhook"),

    # Models: what was trained, decided and lags behind
    f"{P}promotions/": page(GET=LEADS),
    f"{P}promotions/propose/": page({**WHY, "version": "3"}, POST=LEADS),
    f"{P}promotions/install/": page({**WHY, "version": "3"}, POST=LEADS),
    f"{P}trainings/<int:training_id>/repeat/": page(POST=LEADS, training_id="training"),
    f"{P}promotions/history/": page(GET=LEADS),
    f"{P}promotions/history.csv": page(GET=LEADS),
    f"{P}gates/": page({**WHY, **GATE}, GET=LEADS, POST=LEADS),
    f"{P}promotions/rules/": page(GET=LEADS),
    f"{P}promotions/rules/change/": page({**WHY, **RULES}, POST=OWNERS),
    f"{P}promotions/<int:promotion_id>/": page(GET=LEADS, promotion_id="promotion"),
    f"{P}promotions/<int:promotion_id>/approve/": page(WHY, POST=LEADS, promotion_id="promotion"),
    f"{P}promotions/<int:promotion_id>/refuse/": page(WHY, POST=LEADS, promotion_id="promotion"),
    f"{P}promotions/<int:promotion_id>/rollback/": page(WHY, POST=LEADS, promotion_id="promotion"),
    f"{P}promotions/<int:promotion_id>/answer-again/": page(POST=LEADS, promotion_id="promotion"),
    f"{P}mlflow/": page(POST=LEADS),
    f"{P}trainings/": page(GET=LEADS),
    f"{P}trainings/start/": page(POST=LEADS),
    f"{P}trainings/plan/": page({"schedule": "days", "days": "7"}, POST=LEADS),
    f"{P}trainings/looked/": page(POST=LEADS),
    f"{P}trainings/<int:training_id>/": page(GET=LEADS, training_id="training"),
    f"{P}trainings/<int:training_id>/study/": page(GET=LEADS, training_id="training"),
    f"{P}trainings/<int:training_id>/study/begin/": page(
        POST=LEADS, training_id="training"
    ),
    f"{P}trainings/<int:training_id>/study/stop/": page(
        POST=LEADS, training_id="training"
    ),
    f"{P}trainings/<int:training_id>/study/go-on/": page(
        POST=LEADS, training_id="training"
    ),
    f"{P}trainings/<int:training_id>/again/": page(POST=LEADS, training_id="training"),
    f"{P}snapshots/": page(GET=LEADS),
    f"{P}snapshots/freeze/": page(POST=LEADS),
    f"{P}snapshots/<int:snapshot_id>/": page(GET=LEADS, snapshot_id="snapshot"),
    f"{P}snapshots/<int:snapshot_id>/rows/": page(GET=LEADS, snapshot_id="snapshot"),
    f"{P}snapshots/<int:snapshot_id>/rows.csv": page(GET=LEADS, snapshot_id="snapshot"),
    f"{P}snapshots/<int:snapshot_id>/changes.csv": page(GET=LEADS, snapshot_id="snapshot"),
    f"{P}versions/<str:version>/": page(GET=LEADS, version="model_version"),
    f"{P}tasks/<int:task_id>/lineage/": page(GET=LEADS, task_id="task"),
    f"{P}tasks/<int:task_id>/lineage.csv": page(GET=LEADS, task_id="task"),
    f"{P}reviewers/<int:user_id>/lineage/": page(GET=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/lineage.csv": page(GET=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/withdrawal/": page(GET=LEADS, user_id="person"),
    f"{P}reviewers/<int:user_id>/withdrawal/start/": page({**WHY, "sure": "1"}, POST=LEADS, user_id="person"),
    f"{P}snapshots/<int:snapshot_id>/<str:name>": page(GET=LEADS, snapshot_id="snapshot", name="=rows.jsonl"),
    f"{P}operations/": page(GET=LEADS),
    f"{P}operations/<int:job_id>/revive/": page(WHY, POST=LEADS, job_id="job"),
    "operations/": page(GET=STAFF),
    "operations/<int:job_id>/revive/": page(WHY, POST=STAFF, job_id="job"),

    # The REST API of intake and review
    f"{V1P}predictions": api(prediction, POST=SENDERS),
    f"{V1P}predictions/<slug:endpoint>/<str:inference_id>": api(GET=WATCHERS, endpoint="endpoint", inference_id="prediction"),
    f"{V1P}quality": api(GET=LEADS),
    f"{V1P}labels": api(GET=LEADS),
    f"{V1P}exports": api({"format": "csv"}, GET=LEADS, POST=LEADS),
    f"{V1P}exports/<int:pk>": api(GET=LEADS, pk="export"),
    f"{V1P}exports/<int:pk>/files/<int:number>": api(GET=LEADS, pk="export", number="=1"),
    f"{V1P}stop": api(WHY, GET=WATCHERS, POST=DECIDERS),  # a lead's own token does, too
    f"{V1P}stop/end": api(WHY, POST=DECIDERS),
    f"{V1P}gold": api(outcome, POST=SENDERS),
    f"{V1P}queues": api(GET=MEMBERS),
    f"{V1Q}claim": api({"count": 1}, POST=MEMBERS, queue_id="queue"),
    f"{V1Q}submissions": api(submission, POST=MEMBERS, queue_id="queue"),
    f"{V1Q}renew": api(leases, POST=MEMBERS, queue_id="queue"),
    f"{V1Q}release": api(leases, POST=MEMBERS, queue_id="queue"),
    f"{V1A}draft": api(draft, POST=MEMBERS, item_id="item"),
    f"{V1A}skip": api(held, POST=MEMBERS, item_id="item"),
    f"{V1A}flag": api(held, POST=MEMBERS, item_id="item"),
    f"{V1A}release": api(held, POST=MEMBERS, item_id="item"),
    f"{V1A}renew": api(held, POST=MEMBERS, item_id="item"),
    f"{V1}tasks/<int:task_id>/comments": api(said, GET=MEMBERS, POST=MEMBERS, task_id="task"),  # who has it in hand
    f"{V1}tasks/<int:task_id>/history": api(held, GET=MEMBERS, task_id="task"),
    f"{V1}comments/<int:comment_id>/resolve": api(held, POST=EXPERTS, comment_id="comment"),
    f"{V1}annotations/<int:annotation_id>/send-back": api(WHY, POST=EXPERTS, annotation_id="said"),
    f"{V1A}undo": api(answered, POST=MEMBERS, item_id="item"),

    # What tasks refer to; the link is one person's, others are told so (409)
    f"{V1P}media/<str:token>": api(GET=MEMBERS, token="link"),

    # The REST API of what follows for models
    f"{V1P}snapshots": api({"name": "new"}, GET=LEADS, POST=LEADS),
    f"{V1P}trainings": api(GET=LEADS, POST=LEADS),
    f"{V1P}trainings/<int:pk>": api(GET=LEADS, pk="training"),
    f"{V1P}snapshots/<int:pk>/rows": api(GET=LEADS, pk="snapshot"),
    f"{V1P}versions/<str:version>/lineage": api(GET=LEADS, version="model_version"),
    f"{V1P}tasks/<int:pk>/lineage": api(GET=LEADS, pk="task"),
    f"{V1P}reviewers/<int:pk>/lineage": api(GET=LEADS, pk="person"),
    f"{V1P}promotions": api({**WHY, "version": "3"}, GET=LEADS, POST=DECIDERS),
    f"{V1P}deployments": api(GET=LEADS),
    f"{V1}promotions/<int:pk>/approve": api(WHY, POST=DECIDERS, pk="promotion"),
    f"{V1}promotions/<int:pk>/refuse": api(WHY, POST=DECIDERS, pk="promotion"),
    f"{V1}promotions/<int:pk>/rollback": api(WHY, POST=DECIDERS, pk="promotion"),
}
# The same entry where the id is that of the adjudication queue.
EXPERTS_ONLY: dict[str, Entry] = {
    f"{Q}work/": page(GET=EXPERTS, queue_id="experts"),
    f"{V1Q}claim": api({"count": 1}, POST=EXPERTS, queue_id="experts"),
    f"{V1Q}submissions": api({"items": []}, POST=EXPERTS, queue_id="experts"),
    f"{V1Q}renew": api({"assignments": []}, POST=EXPERTS, queue_id="experts"),
    f"{V1Q}release": api({"assignments": []}, POST=EXPERTS, queue_id="experts"),
}
# fmt: on
