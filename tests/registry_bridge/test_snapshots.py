"""What a snapshot holds, on which side, and with which chance of being known."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from labeling import payloads
from labeling.models import Gold
from projects.models import Project
from registry_bridge import base, drawn, snapshots
from registry_bridge.models import RegisteredModel, SnapshotItem
from reviewer.models import QueueItem
from tests import makers
from tests.registry_bridge.makers import (
    World,
    make_model,
    make_reviewed,
    make_waiting,
    work,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> RegisteredModel:
    return make_model()


@pytest.fixture
def project(model: RegisteredModel) -> Project:
    return model.project


def freeze_one(project: Project, gold: Gold) -> SnapshotItem:
    return snapshots.freeze(project).items.get(gold=gold)


def test_the_same_gold_is_the_same_snapshot(project: Project) -> None:
    make_reviewed(project)

    first, second = snapshots.freeze(project), snapshots.freeze(project)

    assert first == second


def test_postgresql_is_told_of_a_large_snapshot_before_its_rows_are_joined(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MANY", 5)
    for _ in range(5):
        make_reviewed(project)

    frozen = snapshots.freeze(project)

    with connection.cursor() as cursor:
        cursor.execute(
            "select most_common_vals::text from pg_stats where attname = 'snapshot_id' "
            "and tablename = 'registry_bridge_snapshotitem'"
        )
        assert cursor.fetchone() == (f"{{{frozen.pk}}}",)


def test_new_gold_makes_a_snapshot_that_names_the_one_before(project: Project) -> None:
    make_reviewed(project)
    first = snapshots.freeze(project)
    make_reviewed(project)

    second = snapshots.freeze(project)

    assert (second.rows, second.previous) == (2, first)
    assert second.digest != first.digest


def test_the_digest_is_the_sha256_of_the_rows_as_written(
    project: Project, world: World
) -> None:
    make_reviewed(project, pi=0.125, b=0.5)
    make_reviewed(project, "dog")
    frozen = snapshots.freeze(project)

    work()

    written = world.objects.kept[f"snapshots/{project.pk}/{frozen.digest}/rows.jsonl"]
    assert hashlib.sha256(written).hexdigest() == frozen.digest


def test_the_digest_survives_an_erased_payload(project: Project, world: World) -> None:
    gold = make_reviewed(project)
    frozen = snapshots.freeze(project)
    payload = gold.task.payload
    payload.content = None
    payload.save()

    work()

    frozen.refresh_from_db()
    assert frozen.mlflow_run_id
    assert (
        world.objects.kept[f"snapshots/{project.pk}/{frozen.digest}/data.jsonl"] == b""
    )


def test_a_group_is_never_on_both_sides(project: Project) -> None:
    for at in range(60):
        make_reviewed(project, group=f"document {at % 6}")

    items = snapshots.freeze(project).items.all()

    sides = {(item.group, item.side) for item in items}
    assert len(sides) == 6
    assert {side for _, side in sides} == {"train", "test"}


def test_a_row_stays_on_its_side_in_every_later_snapshot(project: Project) -> None:
    for _ in range(20):
        make_reviewed(project)
    before = dict(snapshots.freeze(project).items.values_list("gold", "side"))
    for _ in range(20):
        make_reviewed(project)

    after = dict(snapshots.freeze(project).items.values_list("gold", "side"))

    assert before.items() <= after.items()


def test_a_repeat_goes_to_the_side_of_the_group_it_first_came_with(
    project: Project,
) -> None:
    first = make_reviewed(project, group="document 1")
    task = makers.make_task(project, blind=True)
    task.payload = first.task.payload
    task.save()
    makers.make_prediction(
        endpoint=first.task.prediction.endpoint,
        task=task,
        verdict="review",
        repeats=True,
        group="document 2",
        payload=first.task.payload,
    )
    again = makers.make_gold(task, blind=True)

    item = freeze_one(project, again)

    assert item.group == "document 1"


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"blind": False}, drawn.SHOWN),
        ({"gold": {"uses_model": True}}, drawn.USES_MODEL),
        ({"repeats": True}, drawn.REPEATED),
    ],
)
def test_what_a_comparison_may_not_use_says_why(
    project: Project, how: dict[str, object], why: str
) -> None:
    gold = make_reviewed(project, **how)  # type: ignore[arg-type]

    item = freeze_one(project, gold)

    assert (item.pi, item.left_out) == (None, why)


def test_an_outcome_that_nobody_drew_is_no_evidence(project: Project) -> None:
    task = makers.make_task(project)
    gold = makers.make_gold(task, source=Gold.Source.OUTCOME)

    item = freeze_one(project, gold)

    assert (item.pi, item.drawn, item.left_out) == (None, None, drawn.NOT_DRAWN)


def test_the_chance_of_an_answer_is_that_of_both_draws(project: Project) -> None:
    gold = make_reviewed(project, pi=0.125, b=0.5)

    item = freeze_one(project, gold)

    assert (item.drawn, item.pi) == (0.125, 0.0625)


def test_while_earlier_tasks_are_open_later_ones_are_no_evidence(
    project: Project,
) -> None:
    early = make_reviewed(project, u=0.1)
    late = make_reviewed(project, u=0.9)
    make_waiting(project, u=0.5)

    items = snapshots.freeze(project).items

    assert items.get(gold=early).pi == 0.5
    assert items.get(gold=late).left_out == drawn.TOO_EARLY


def test_audits_and_reviews_are_two_orders(project: Project) -> None:
    audit = make_reviewed(project, pi=0.2, u=0.1)
    make_waiting(project, u=0.01)

    assert freeze_one(project, audit).pi == 0.2


def test_an_overdue_task_is_no_longer_waited_for(project: Project) -> None:
    late = make_reviewed(project, u=0.9)
    make_waiting(project, u=0.5, due_at=timezone.now() - timedelta(hours=1))

    assert freeze_one(project, late).pi == 1.0


def test_an_unfinished_queue_in_the_order_of_doubt_gives_no_evidence(
    project: Project,
) -> None:
    gold = make_reviewed(project, u=0.1)
    waiting = make_waiting(project, u=0.5)
    QueueItem.objects.filter(pk=waiting.pk).update(place=0.4)

    assert freeze_one(project, gold).left_out == drawn.TOO_EARLY


def test_check_tasks_and_unanswerable_ones_are_not_frozen(project: Project) -> None:
    make_reviewed(project)
    check = make_reviewed(project)
    QueueItem.objects.filter(task=check.task).update(check_task=True)
    make_reviewed(project, gold={"value": None, "unanswerable": True})

    assert snapshots.freeze(project).rows == 1


def test_a_corrected_value_takes_the_place_of_the_first(project: Project) -> None:
    old = make_reviewed(project, "cat")
    new = makers.make_gold(
        old.task, "dog", source=Gold.Source.EXPERT, blind=True, supersedes=old
    )

    items = snapshots.freeze(project).items.all()

    assert [item.gold for item in items] == [new]


def test_the_weight_of_a_row_is_how_many_predictions_it_stands_for(
    project: Project,
) -> None:
    make_reviewed(project, pi=0.125)

    (row,) = snapshots.full_rows(snapshots.freeze(project))

    assert row["weight"] == 8
    assert row["input"]["text"]
    assert (row["label"], row["answer"]) == ("cat", {"label": "cat"})


def test_what_the_first_model_was_trained_on_compares_nothing(
    project: Project, model: RegisteredModel, tmp_path: Path
) -> None:
    gold = make_reviewed(project)
    gold.task.payload.sha256 = payloads.digest({"text": "seen before"})
    gold.task.payload.save()
    (tmp_path / "data.jsonl").write_text(
        'no JSON\n{"input": {"text": "seen before"}}\n'
    )
    RegisteredModel.objects.update(base=str(tmp_path))

    item = freeze_one(project, gold)

    assert (item.pi, item.left_out) == (None, base.SEEN)
