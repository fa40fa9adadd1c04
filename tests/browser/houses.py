"""Projects to walk through: one in which everything has happened, one idle, one just made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from labeling import comments
from labeling.models import Annotation, Gold, Task
from projects import addresses, events, invitations, settings, storage
from projects.access import Member
from projects.connections import Wanted
from projects.connections import make as make_connection
from projects.models import Job, Membership, Project, Removal, Role, User
from registry_bridge import plans, retraining
from registry_bridge.models import Promotion, Snapshot, Training
from reviewer import leasing, sent_back, standing
from reviewer.models import Alarm, Export, Queue, QueueItem, Watched, Withdrawal
from tests import makers
from tests.access.world import World
from tests.registry_bridge.capturing.records import line
from tests.registry_bridge.makers import Loop, make_gate, make_loop, review, work
from tests.registry_bridge.makers import World as Outside
from tests.reviewer.disputes import answer
from tests.reviewer.pages.test_webhooks import dead

GUIDELINE = """# What counts
Choose the animal that the writer **means**.

- A puppy is a dog.
- Two animals are possible: say that it cannot be answered.
"""
# As long as what people write, and a word that cannot be broken at a space.
TEXT = (
    "Our neighbour says that she saw it on the roof again, the third night in a row. See "
    "https://pictures.example.org/2026/07/roof/IMG_20260714_231501_original_high_res.jpg"
)
WHY = "The writer never says which animal it was, and the picture shows only its tail"


@dataclass
class House:
    """Everybody by role, and what of each project its addresses name."""

    people: dict[str, User]
    full: World
    idle: World
    bare: World


def furnish(outside: Outside, base: Path) -> House:
    loop = make_loop(outside, base)
    project = loop.project
    settings.describe(
        project, name="House pets of the whole street", description=TEXT, by=loop.lead
    )
    people = _people(loop)
    ids = {**_models(loop, people), **_work(project, people), **_doors(project, people)}
    work()
    ids |= _troubles(project)
    owner = people["owner"]
    return House(people, _world(project, ids), _idle(owner), _bare(owner))


def _world(project: Project, ids: dict[str, Any]) -> World:
    return World(project, {"slug": project.slug, "project": project.slug, **ids})


def _people(loop: Loop) -> dict[str, User]:
    made: dict[str, User] = {
        role: makers.make_member(loop.project, role)
        for role in (Role.OWNER, Role.ADJUDICATOR, Role.REVIEWER)
    }
    staff = makers.make_user("root", is_staff=True, is_superuser=True)
    stranger = makers.make_user("stranger")
    return {**made, Role.LEAD: loop.lead, "staff": staff, "stranger": stranger}


def _models(loop: Loop, people: dict[str, User]) -> dict[str, Any]:
    """One training that a gate started and that waits for a decision, and one that failed."""
    make_gate(loop.project, "enough_gold", rows=100, usable_test=20)
    make_gate(loop.project, "challenger_better", by=0.02)
    review(loop, cats=60, dogs=60)
    for gold in Gold.objects.filter(project=loop.project)[:30]:
        makers.make_annotation(gold.task, people["reviewer"], str(gold.value))
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=1))
    with transaction.atomic():
        events.emit("task.settled", loop.project)
    work()
    proposed = Promotion.objects.get(project=loop.project, kind="promote")
    training = Training.objects.get(project=loop.project, snapshot__isnull=False)
    review(loop, cats=10, dogs=10)
    loop.world.broken = "ValueError: the rows of the training set have no dogs in them"
    retraining.start(loop.project, scheduled=True)
    work()
    plan = {"every": "7 days", "new_rows": 100, "cool_down_hours": 12, "most_a_week": 2}
    plans.change(loop.project, plan, loop.lead)
    _withdrawn(loop, people["reviewer"])
    return {
        "model": loop.model.pk,
        "promotion": proposed.pk,
        "training": training.pk,
        "snapshot": Snapshot.objects.filter(project=loop.project).latest("pk").pk,
        "model_version": training.version,
    }


def _withdrawn(loop: Loop, user: User) -> None:
    """As if answers of another day had been withdrawn after all was frozen."""
    at = timezone.now()
    Withdrawal.objects.create(
        project=loop.project,
        user=user,
        since=at - timedelta(days=9),
        reason=WHY,
        asked_by=loop.lead,
        asked_at=at,
        ended_at=at,
        state=Withdrawal.State.DONE,
        counts={"reopened": 31, "same": 1_200},
    )


def _work(project: Project, people: dict[str, User]) -> dict[str, Any]:
    """Queues with something in each state: disputed, sent back, flagged, waiting, late."""
    queue = makers.make_queue(
        project, "unsure-pets", overlap=2, max_overlap=2, sure=0.95
    )
    experts = makers.make_queue(project, "experts", Queue.Purpose.ADJUDICATION)
    for label in ("cat", "dog", "cat"):
        _waiting(project, queue, label)
    for given in (("cat", "cat"), ("cat", "dog"), ("dog", "dog")):
        for role, label in zip((Role.REVIEWER, Role.ADJUDICATOR), given, strict=True):
            answer(queue, people[role], label, note="Its tail is all that can be seen")
    said = Annotation.objects.filter(author=people["reviewer"]).earliest("pk")
    flagged = _flagged(project, queue, people["reviewer"])
    for late in range(6):
        item = _waiting(project, queue, "dog", audit=late == 2, check_task=False)
        item.due_at = timezone.now() + timedelta(hours=late - 1)
        item.save(update_fields=["due_at"])
    leasing.take(queue, people["lead"], 1, at=timezone.now())
    judge = Member(people["adjudicator"], project, Role.ADJUDICATOR, by_token=False)
    disputed = Task.objects.filter(queue_items__queue=experts).get()
    sent_back.send(_of(people["reviewer"], disputed).pk, _lead(project, people), WHY)
    comments.write(said.task, judge.user, "adjudicator", makers.new_uuid(), WHY)
    _watched(project, queue, people)
    return {
        "queue": queue.pk,
        "experts": experts.pk,
        "task": said.task_id,
        "said": said.pk,
        "item": QueueItem.objects.filter(queue=queue).latest("pk").pk,
        "flagged": flagged.pk,
        "person": people["reviewer"].pk,
        **_schema(project),
    }


def _watched(project: Project, queue: Queue, people: dict[str, User]) -> None:
    """A reviewer of whom much is known: blind answers of three, an alarm, and a pause."""
    blind = [makers.make_task(project, label="cat", blind=True) for _ in range(12)]
    for at, task in enumerate(blind):
        makers.make_queue_item(queue, task, state=QueueItem.State.DONE)
        makers.make_gold(task, "dog", source=Gold.Source.OUTCOME)
        for role in (Role.REVIEWER, Role.ADJUDICATOR, Role.LEAD):
            label = "dog" if at % 3 or role != Role.REVIEWER else "cat"
            makers.make_annotation(task, people[role], label, blind=True, seconds=4.0)
    user = people["reviewer"]
    Watched.objects.create(
        project=project, user=user, state=2.2, recent=[0, 1, 0, 1], judged=12
    )
    Alarm.objects.create(
        project=project, user=user, answer=1, wrong=9, of=40, at=timezone.now()
    )
    for paused in (True, False):
        standing.pause(project, user.pk, by=people["owner"], paused=paused, reason=WHY)
    Alarm.objects.update(closed_at=None)


def _lead(project: Project, people: dict[str, User]) -> Member:
    return Member(people["lead"], project, Role.LEAD, by_token=False)


def _of(user: User, task: Task) -> Annotation:
    return Annotation.objects.get(author=user, task=task)


def _waiting(project: Project, queue: Queue, label: str, **fields: Any) -> QueueItem:
    task = makers.make_task(
        project,
        label=label,
        content={"text": f"{TEXT} ({Task.objects.count()})"},
        context={"verdict": "review", "reason": "Unsure: confidence 0.6 is below 0.9"},
    )
    endpoint = project.endpoints.get()
    makers.make_prediction(endpoint, task=task, label=label, verdict="review")
    return makers.make_queue_item(queue, task, wanted=2, **fields)


def _flagged(project: Project, queue: Queue, by: User) -> QueueItem:
    _waiting(project, queue, "cat")
    (held,) = leasing.take(queue, by, 1, at=timezone.now())
    leasing.flag(held.pk, held.token, by, WHY, timezone.now())
    return QueueItem.objects.get(pk=held.pk)


def _schema(project: Project) -> dict[str, Any]:
    """A second version, to which nothing has been moved yet."""
    schema = makers.make_schema(
        project, labels=("cat", "dog", "bird"), guideline=GUIDELINE
    )
    return {"schema": schema.schema.name, "version": schema.pk}


def _doors(project: Project, people: dict[str, User]) -> dict[str, Any]:
    """What leads in and out: people, tokens, connections, exports."""
    owner = people["owner"]
    invited, code = invitations.invite(
        project, name="Ida Reader", role="lead", by=owner
    )
    token, _ = makers.make_token_row(project)
    uri = "https://mlflow.example.org/a/rather/long/address/of/a/server"
    wanted = Wanted("our-mlflow", "mlflow", uri, {}, {"a": "b"})
    make_connection(project, wanted, by=owner)
    storage.objects().put("walk/labels.csv", b"cursor\n")
    files = [{"key": "walk/labels.csv", "rows": 120, "bytes": 7}]
    export = Export.objects.create(
        project=project, format="csv", state="done", until_xid=7, files=files
    )
    Export.objects.create(project=project, state="failed", format="parquet", error=WHY)
    Export.objects.create(
        project=project,
        format="jsonl",
        state="running",
        until_xid=7,
        rows=250_000,
        estimate=10**6,
    )
    person = Membership.objects.get(user=people["reviewer"], project=project)
    return {
        "membership": person.pk,
        "invitation": invited.pk,
        "code": code,
        "wish": addresses.key(owner, "ida@example.org"),
        "token": token.pk,
        "connection": project.connections.get(name="our-mlflow").pk,
        "export": export.pk,
        "endpoint": project.endpoints.get().name,
    }


def _troubles(project: Project) -> dict[str, Any]:
    """What went wrong outside; after the work, which would take it up again."""
    webhook = makers.make_webhook(
        project, "https://orders.example.org/hooks/of/overread/for/the/street"
    )
    dead(webhook, 3)
    row = '{"inference_id": "i-1", "endpoint": "nowhere", "output": {"label": "fish"}}'
    letter = makers.make_dead_letter(project, row, detail=WHY)
    job = Job.objects.create(
        key=f"dead:{project.pk}",
        project=project,
        handler="registry_bridge.handlers.publish_metrics",
        stream=f"mlflow:{project.pk}",
        state=Job.State.DEAD,
        error=f"Traceback …\nKeyError: '{'values' * 20}'",
        attempts=12,
    )
    today = timezone.now().date()
    Removal.objects.create(project=project, what="payloads", day=today, rows=12_345)
    _sources(project)
    return {"webhook": webhook.pk, "letter": letter.pk, "job": job.pk}


def _sources(project: Project) -> None:
    """Read from S3: one with a record that was refused, one that may not be read."""
    endpoint = project.endpoints.get()
    key = "capture/birds-of-the-street/AllTraffic/2026/11/20/07/15-02-311-6a1b.jsonl"
    source = endpoint.sources.create(
        kind="capture",
        uri="s3://birds-of-the-street-captures/capture/birds-of-the-street",
        queue_url="https://sqs.eu-central-1.amazonaws.com/123456789012/captures",
        newest_at=timezone.now(),
        looked_at=timezone.now(),
        sample=line("sample"),
    )
    file = source.files.create(
        key=key, etag="e", state="read", taken=12_345, repeated=7, refused=1
    )
    source.refusals.create(
        file=file, line=812, code="not_adapted", reason=WHY, raw=line("refused") * 3
    )
    source.files.create(key=f"{key}.gz", state="gone", problem=WHY)
    endpoint.sources.create(
        kind="async",
        uri="s3://birds-of-the-street-answers/out",
        problem="AWS denies it. Allow s3:GetObject on arn:aws:s3:::birds/out/a.out.",
    ).files.create(key="out/a.out", state="failed", problem="Out of memory")


def _idle(owner: User) -> World:
    """All is set up; nothing has come yet."""
    project = makers.make_project("idle", name="Birds")
    membership = Membership.objects.create(project=project, user=owner, role="owner")
    schema = makers.make_schema(project)
    ids = {
        "schema": schema.schema.name,
        "version": schema.pk,
        "endpoint": makers.make_endpoint(project, "birds", schema).name,
        "queue": makers.make_queue(project, "birds").pk,
        "experts": makers.make_queue(project, "owls", Queue.Purpose.ADJUDICATION).pk,
        "webhook": makers.make_webhook(project).pk,
        "membership": membership.pk,
    }
    return _world(project, ids)


def _bare(owner: User) -> World:
    project = makers.make_project("bare", name="Fish")
    Membership.objects.create(project=project, user=owner, role="owner")
    return _world(project, {})
