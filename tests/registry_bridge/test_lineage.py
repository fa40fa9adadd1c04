"""Lineage both ways: from a version down to people, and from a label up to promotions."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.models import Annotation, Gold, Task
from projects.models import Project, Role, User
from registry_bridge import promotion, retraining, snapshots, tracing
from registry_bridge.models import RegisteredModel, Snapshot, Training
from reviewer import leasing
from reviewer.models import Queue, Withdrawal
from reviewer.submission import Submission, submit
from tests import makers
from tests.registry_bridge.makers import Loop, make_drawn, make_model, review, work

pytestmark = pytest.mark.django_db


@dataclass
class Shop:
    """A project whose people answer, and whose gold is frozen."""

    project: Project
    queue: Queue
    ann: User
    bob: User
    lead: User
    model: RegisteredModel

    def settle(self, label: str, *people: User) -> Gold:
        """A drawn prediction that these people answer alike."""
        task = makers.make_task(self.project, label="cat", blind=True)
        make_drawn(self.project, "cat", task, pi=1.0, b=1.0, u=0.5, version="1")
        makers.make_queue_item(self.queue, task, wanted=len(people))
        for person in people:
            at = timezone.now()
            (item,) = leasing.take(self.queue, person, 1, at=at)
            given = Submission(item.pk, item.token, makers.new_uuid(), {"label": label})
            submit(self.queue, person, given, at)
        return Gold.objects.current().get(task=task)

    def get(self, path: str) -> Any:
        return self.client.get(f"/p/{self.project.slug}/{path}")

    def api(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/projects/{self.project.slug}/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    @property
    def client(self) -> Client:
        return makers.sign_in(self.lead)


@pytest.fixture
def shop() -> Shop:
    model = make_model()
    project = model.project
    queue = Queue.objects.get(project=project, purpose="review")
    ann, bob = makers.make_member(project), makers.make_member(project)
    return Shop(project, queue, ann, bob, makers.make_member(project, Role.LEAD), model)


def counts(snapshot: Snapshot) -> dict[str, int]:
    return {
        each.user.username: each.train + each.test
        for each in tracing.reviewers(snapshot)
    }


def every(snapshot: Snapshot, **only: Any) -> list[int]:
    return [each.gold for each in tracing.every_label(snapshot, tracing.Only(**only))]


def test_a_snapshot_counts_people_sources_and_labels(shop: Shop) -> None:
    shop.settle("cat", shop.ann)
    shop.settle("dog", shop.ann, shop.bob)
    makers.make_gold(makers.make_task(shop.project), source=Gold.Source.IMPORT)

    frozen = snapshots.freeze(shop.project)

    assert counts(frozen) == {shop.ann.username: 2, shop.bob.username: 1}
    totals = {
        name: {row[0]: row[1] + row[2] for row in frozen.counts[name]}
        for name in ("sources", "labels")
    }
    assert totals["sources"] == {"single": 1, "consensus": 1, "import": 1}
    assert totals["labels"] == {"cat": 2, "dog": 1}


def test_rows_tell_answers_and_prediction_and_are_filtered(shop: Shop) -> None:
    cat = shop.settle("cat", shop.ann)
    dog = shop.settle("dog", shop.bob, shop.ann)
    frozen = snapshots.freeze(shop.project)

    first, second = tracing.labels(frozen, tracing.Only())

    assert [one.user for one in first.answers] == [shop.ann]
    assert {one.user for one in second.answers} == {shop.ann, shop.bob}
    assert first.inference_id == cat.task.prediction.inference_id
    assert every(frozen, reviewer=shop.bob.pk) == [dog.pk]
    assert every(frozen, label="cat") == every(frozen, source="single") == [cat.pk]
    assert sorted(every(frozen, side="train") + every(frozen, side="test")) == [
        cat.pk,
        dog.pk,
    ]


def test_who_was_replaced_before_it_settled_is_not_behind_a_row(shop: Shop) -> None:
    """As after a withdrawal: the old answer counted, and no longer did when gold came."""
    gold = shop.settle("dog", shop.ann, shop.bob)
    old = Annotation.objects.get(task=gold.task, author=shop.bob)
    makers.make_annotation(
        gold.task, shop.bob, "dog", supersedes=old, counted=False, blind=True
    )
    newer = makers.make_gold(gold.task, "dog", source="single", supersedes=gold)
    frozen = snapshots.freeze(shop.project)

    (row,) = tracing.labels(frozen, tracing.Only())

    assert [one.user for one in row.answers] == [shop.ann]
    assert every(frozen, reviewer=shop.ann.pk) == [newer.pk]
    assert every(frozen, reviewer=shop.bob.pk) == []


def test_pages_of_rows_follow_one_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = [shop.settle("cat", shop.ann).pk for _ in range(5)]
    frozen = snapshots.freeze(shop.project)

    first = shop.api(f"snapshots/{frozen.pk}/rows?limit=3")
    rest = shop.api(f"snapshots/{frozen.pk}/rows?limit=3&after={first['next']}")

    assert [row["gold"] for row in [*first["rows"], *rest["rows"]]] == gold
    assert rest["next"] is None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "side=left", "source=x", "after=-1", "reviewer=ann"]
)
def test_what_an_address_cannot_mean_is_said(shop: Shop, query: str) -> None:
    shop.settle("cat", shop.ann)
    frozen = snapshots.freeze(shop.project)
    path = f"/api/v1/projects/{shop.project.slug}/snapshots/{frozen.pk}/rows?{query}"

    assert shop.client.get(path).status_code == 400


def test_an_older_snapshot_keeps_the_answers_of_its_time(shop: Shop) -> None:
    gold = shop.settle("cat", shop.ann)
    before = snapshots.freeze(shop.project)
    expert = makers.make_member(shop.project, "adjudicator")
    makers.make_annotation(gold.task, expert, "dog", expert=True)
    makers.make_gold(gold.task, "dog", source=Gold.Source.EXPERT, supersedes=gold)

    after = snapshots.freeze(shop.project)

    assert counts(before) == {shop.ann.username: 1}
    assert counts(after) == {expert.username: 1}
    for frozen, who in ((before, shop.ann), (after, expert)):
        (row,) = tracing.labels(frozen, tracing.Only())
        assert [one.user for one in row.answers] == [who]
    assert after.difference == {"gone": 0, "new": 0, "changed": 1, "moved": 0}


def test_the_difference_names_each_row(shop: Shop) -> None:
    stays, goes = shop.settle("cat", shop.ann), shop.settle("dog", shop.bob)
    snapshots.freeze(shop.project)
    makers.make_gold(
        goes.task, source="withdrawn", value=None, unanswerable=True, supersedes=goes
    )
    comes = shop.settle("dog", shop.ann)

    frozen = snapshots.freeze(shop.project)

    assert frozen.difference == {"gone": 1, "new": 1, "changed": 0, "moved": 0}
    answer = shop.get(f"snapshots/{frozen.pk}/changes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["gold_before"], row["gold"]) for row in rows] == [
        (str(goes.pk), ""),
        ("", str(comes.pk)),
    ]
    assert str(stays.task_id) not in [row["task"] for row in rows]


def test_a_version_names_people_and_promotions(loop: Loop) -> None:
    review(loop)
    person = makers.make_member(loop.project)
    for gold in Gold.objects.filter(project=loop.project)[:7]:
        makers.make_annotation(gold.task, person, str(gold.value))
    Gold.objects.update(created_at=timezone.now())
    retraining.start(loop.project, by=loop.lead)
    work()
    made = Training.objects.latest("pk")
    promotion.propose(loop.project, made.version, by=loop.lead, reason="Better.")
    url = f"/api/v1/projects/{loop.project.slug}"
    client = makers.sign_in(loop.lead)

    down = client.get(f"{url}/versions/{made.version}/lineage").json()
    up = client.get(f"{url}/reviewers/{person.pk}/lineage").json()
    page = client.get(f"/p/{loop.project.slug}/versions/{made.version}/")

    (reviewer,) = down["reviewers"]
    assert (reviewer["user"], reviewer["train"] + reviewer["test"]) == (
        person.username,
        7,
    )
    assert [each["to"] for each in down["promotions"]] == [made.version]
    (touched,) = up["snapshots"]
    (training,) = touched["trainings"]
    assert training["version"] == made.version
    assert [each["state"] for each in training["promotions"]] == ["proposed"]
    assert str(person) in page.content.decode()


def test_a_label_knows_every_snapshot_training_and_promotion(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    task = Task.objects.filter(project=loop.project, gold__isnull=False).first()
    assert task is not None

    (found,) = tracing.of_task(loop.project, task.pk)

    assert (found.value, found.train + found.test) == ("cat", 1)
    assert [each.training.version for each in found.made] == ["2"]


def test_lineage_is_a_table_for_spreadsheets_too(shop: Shop) -> None:
    shop.settle("cat", shop.ann)
    frozen = snapshots.freeze(shop.project, name="=1+1")

    answer = shop.get(f"reviewers/{shop.ann.pk}/lineage.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert [row["snapshot"] for row in rows] == ["'=1+1"]
    assert rows[0]["digest"] == frozen.digest


def test_a_version_says_whose_answers_were_withdrawn_since(shop: Shop) -> None:
    shop.settle("cat", shop.ann)
    frozen = snapshots.freeze(shop.project)
    Withdrawal.objects.create(
        project=shop.project,
        user=shop.ann,
        reason="Guessed.",
        asked_by=shop.lead,
        asked_at=timezone.now(),
    )

    page = shop.get(f"snapshots/{frozen.pk}/").content.decode()

    assert f"Answers of {shop.ann} were withdrawn" in page


def test_pages_ask_as_often_however_much_there_is(
    shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        gold = shop.settle("cat", shop.ann, shop.bob)
        frozen = snapshots.freeze(shop.project)
        Training.objects.create(
            project=shop.project,
            snapshot=frozen,
            job_name=f"job-{frozen.pk}",
            version=str(frozen.pk),
            state="done",
        )
    paths = [
        f"snapshots/{frozen.pk}/",
        f"snapshots/{frozen.pk}/rows/?reviewer={shop.ann.pk}",
        f"versions/{frozen.pk}/",
        f"tasks/{gold.task_id}/lineage/",
        f"reviewers/{shop.ann.pk}/lineage/",
        f"reviewers/{shop.ann.pk}/withdrawal/",
    ]
    client = shop.client

    for path in paths:
        with django_assert_max_num_queries(24):
            answer = client.get(f"/p/{shop.project.slug}/{path}")
        assert answer.status_code == 200


def test_a_version_that_no_database_can_hold_is_none(shop: Shop) -> None:
    assert shop.get("versions/a%00b/").status_code == 404
