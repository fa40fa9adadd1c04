"""What MLflow is told: once, in order, whenever it is there again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Annotation
from projects.models import Job, User
from registry_bridge import measures, publishing, retraining, snapshots, streams
from registry_bridge.models import Promotion, Snapshot, Training
from reviewer.models import Queue
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, dead_letters, review, work


def run_of(loop: Loop, purpose: str) -> Any:
    (found,) = [
        run
        for run in loop.world.tracking.runs.values()
        if run.tags["overread.purpose"] == purpose
    ]
    return found


def answer(loop: Loop, seconds: float = 4.0) -> Annotation:
    return makers.make_annotation(
        makers.make_task(loop.project), seconds=seconds, blind=True
    )


def test_a_snapshot_is_a_run_with_its_files_its_digest_and_its_dataset(
    loop: Loop,
) -> None:
    review(loop, 3, 3)

    frozen = snapshots.freeze(loop.project)
    work()

    run = run_of(loop, "snapshot")
    assert set(run.files) == {
        "snapshot/rows.jsonl",
        "snapshot/data.jsonl",
        "snapshot/data.parquet",
    }
    assert run.params["digest"] == frozen.digest
    assert run.params["rows"] == "6"
    assert list(run.datasets) == [
        (f"{loop.project.slug}/{frozen.name}", frozen.digest[:32])
    ]
    assert run.tags["overread.state"] == "complete"
    assert run.status == "FINISHED"


def test_the_parquet_file_holds_the_rows(loop: Loop, tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    review(loop, 2, 3)
    snapshots.freeze(loop.project)
    work()

    path = tmp_path / "data.parquet"
    path.write_bytes(run_of(loop, "snapshot").files["snapshot/data.parquet"])
    rows = pq.read_table(path).to_pylist()
    assert sorted(row["label"] for row in rows) == ["cat", "cat", "dog", "dog", "dog"]
    assert all(json.loads(row["input"])["text"] for row in rows)


CALLS = 11


@pytest.mark.parametrize("after", sometimes_all(CALLS))
def test_a_worker_killed_while_it_publishes_leaves_one_run(
    loop: Loop, after: int
) -> None:
    review(loop, 2, 2)
    frozen = snapshots.freeze(loop.project)

    struck = work_and_die(loop.world, after)

    frozen.refresh_from_db()
    assert struck
    assert run_of(loop, "snapshot").tags["overread.state"] == "complete"
    assert frozen.mlflow_run_id in loop.world.tracking.runs


def test_rows_that_are_not_what_was_frozen_are_not_published(loop: Loop) -> None:
    review(loop, 2, 2)
    frozen = snapshots.freeze(loop.project)
    frozen.items.filter(pk=frozen.items.earliest("pk").pk).delete()

    work()

    assert "something changed what was frozen" in dead_letters()[0]


def test_mlflow_away_for_long_loses_nothing_and_doubles_nothing(loop: Loop) -> None:
    loop.world.mlflow_down()
    for _ in range(3):
        answer(loop)
        measures.take(loop.model)
        review(loop, 1, 1)
        snapshots.freeze(loop.project)
        work(rounds=3)
    behind = streams.overview([loop.project])

    loop.world.mlflow_down(False)
    work()

    run = run_of(loop, "review")
    steps = sorted(point[2] for point in run.points if point[0] == "review/answers")
    snapshot_runs = [
        each
        for each in loop.world.tracking.runs.values()
        if each.tags["overread.purpose"] == "snapshot"
    ]
    assert [(s.name, s.waiting) for s in behind] == [(f"mlflow:{loop.project.pk}", 6)]
    assert "down" in behind[0].last_error
    assert steps == [1, 2, 3]
    assert len(snapshot_runs) == 3
    assert dead_letters() == []
    assert streams.overview([loop.project]) == []


def test_a_point_is_fixed_when_it_is_taken(loop: Loop) -> None:
    answer(loop, seconds=4)
    measures.take(loop.model)
    job = Job.objects.get(handler=measures.PUBLISH)
    answer(loop, seconds=40)

    publishing.metrics(job.payload)
    publishing.metrics(job.payload)

    points = run_of(loop, "review").points
    seconds = {p for p in points if p[0] == "review/seconds_median_of_reviewers"}
    assert {(value, step) for _, value, step, _ in seconds} == {(4.0, 1)}
    assert len(seconds) == 1


def test_without_a_new_answer_there_is_no_new_point(loop: Loop) -> None:
    answer(loop)
    measures.take(loop.model)

    assert not measures.take(loop.model)
    measures.ask()

    assert Job.objects.filter(handler=measures.PUBLISH).count() == 1
    assert not Job.objects.filter(handler=measures.MEASURE).exists()


def test_reviewers_appear_under_a_name_that_tells_nobody_who_they_are(
    loop: Loop,
) -> None:
    given = answer(loop)

    found = measures.values(loop.model, timezone.now())

    name = measures.pseudonym(loop.model, given.author)
    assert found[f"reviewer/{name}/answers"] == 1.0
    assert given.author.username not in " ".join(found)


def test_a_number_goes_with_its_interval_and_its_count(loop: Loop) -> None:
    review(loop, 10, 10)

    found = measures.values(loop.model, timezone.now())

    name = "version/1/accuracy"
    assert found[name] == 0.5
    assert found[f"{name}_low"] < 0.5 < found[f"{name}_high"]
    assert found[f"{name}_n"] == 20


def crowd_of(loop: Loop) -> list[User]:
    """Three people: two who agree, one who errs in a third and keeps what the model says."""
    people = [makers.make_member(loop.project) for _ in range(3)]
    for at in range(12):
        truth = "cat" if at % 2 else "dog"
        other = "dog" if at % 2 else "cat"
        task = makers.make_task(loop.project, blind=True)
        for user in people:
            odd = user is people[2] and at % 3 == 0
            makers.make_annotation(task, user, other if odd else truth, blind=True)
    queue = Queue.objects.filter(project=loop.project, purpose="review").first()
    for at in range(12):
        task = makers.make_task(loop.project, label="cat", blind=at % 2 == 0)
        makers.make_queue_item(queue, task)
        makers.make_gold(task, "dog", source="outcome")
        said = "dog" if task.blind else "cat"
        makers.make_annotation(task, people[2], said, blind=task.blind)
    return people


def test_skill_and_leaning_go_to_mlflow_with_their_intervals_and_without_names(
    loop: Loop,
) -> None:
    people = crowd_of(loop)

    measures.take(loop.model)
    work()
    work()

    points = run_of(loop, "review").points
    told = {key: value for key, value, *_ in points}
    names = [f"reviewer/{measures.pseudonym(loop.model, user)}" for user in people]
    for name in names:
        low, value, high = (told[f"{name}/skill{end}"] for end in ("_low", "", "_high"))
        assert low < value < high
    assert told[f"{names[2]}/skill"] < told[f"{names[0]}/skill"]
    assert told[f"{names[0]}/skill_n"] == 12
    assert told[f"{names[2]}/automation_bias"] == pytest.approx(1.0)
    assert told[f"{names[2]}/automation_bias_n"] == 6
    # of whoever never met a mistake of the model nothing is said
    assert f"{names[0]}/automation_bias" not in told
    assert len(points) == len(told)
    every = " ".join(told)
    assert not any(user.username in every or user.name in every for user in people)


def test_an_evaluation_binds_both_models_to_the_data_they_were_compared_on(
    loop: Loop,
) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()

    training, frozen = Training.objects.get(version="2"), Snapshot.objects.get()
    run = run_of(loop, "evaluation")
    models = loop.world.tracking.models
    named = {
        metric.key: (metric.value, metric.digest)
        for model in models.values()
        for metric in model.metrics
    }
    assert run.tags["overread.outcome"] == training.outcome
    assert named["challenger.accuracy"] == (1.0, frozen.digest[:32])
    assert named["champion.accuracy"][0] < 0.8
    assert json.loads(run.files["evidence.json"]) == training.evidence
    assert {"difference", "difference_low", "p_value"} <= {p[0] for p in run.points}


def test_the_run_of_a_training_says_when_its_model_came_into_use(loop: Loop) -> None:
    first = Promotion.objects.get()
    training = Training.objects.get()

    tags = loop.world.tracking.runs[training.mlflow_run_id].tags

    assert tags["overread.promoted"].startswith(f"promotion {first.pk}, ")


def test_work_that_waits_for_mlflow_goes_on_when_it_is_back(loop: Loop) -> None:
    answer(loop)
    loop.world.mlflow_down()
    measures.take(loop.model)
    work(rounds=2)
    later = timezone.now() + timedelta(minutes=5)
    waiting = Job.objects.filter(handler=measures.PUBLISH)
    waiting.update(next_at=later)
    streams.ask_to_probe()
    away = streams.probe(loop.project)
    still = waiting.get().next_at

    loop.world.mlflow_down(False)
    back = streams.probe(loop.project)

    assert (away, back) == (False, True)
    assert still == later
    assert waiting.get().next_at < later
    assert Job.objects.filter(handler=streams.PROBE).exists()


@pytest.mark.django_db
def test_nothing_is_asked_of_mlflow_while_nothing_waits(loop: Loop) -> None:
    streams.ask_to_probe()

    assert not Job.objects.filter(handler=streams.PROBE).exists()
