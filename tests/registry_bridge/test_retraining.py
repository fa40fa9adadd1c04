"""Trainings: one at a time, followed through kills and outages, failing in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_bridge import retraining, snapshots
from registry_bridge.gateways.fakes import TrainingFailed
from registry_bridge.gateways.ports import TrainingState, TrainingStatus
from registry_bridge.models import Promotion, RegisteredModel, Snapshot, Training
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import (
    Loop,
    World,
    dead_letters,
    make_gate,
    make_loop,
    review,
    work,
)

State = Training.State


def newest(loop: Loop) -> Training:
    return Training.objects.filter(project=loop.project).latest("pk")


CALLS = 39


@pytest.mark.parametrize("after", sometimes_all(CALLS))
def test_a_worker_killed_after_any_call_leaves_one_training_and_one_version(
    loop: Loop, after: int
) -> None:
    make_gate(loop.project, "challenger_better")
    review(loop)
    retraining.start(loop.project, by=loop.lead)

    work_and_die(loop.world, after)

    purposes = [
        run.tags["overread.purpose"] for run in loop.world.tracking.runs.values()
    ]
    assert dead_letters() == []
    assert newest(loop).state == State.DONE
    assert sorted(loop.world.registry.known[loop.model.name]) == ["1", "2"]
    assert sorted(purposes) == [
        *("evaluation", "review", "snapshot", "training", "training")
    ]
    assert Promotion.objects.get(state="proposed").to_version == "2"


def test_the_kills_above_reach_the_end_of_the_way(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)

    assert not work_and_die(loop.world, after=CALLS + 1)


def test_a_failing_training_says_why_and_can_be_tried_again(loop: Loop) -> None:
    review(loop)
    loop.world.broken = "ValueError: no rows of dogs"
    retraining.start(loop.project, by=loop.lead)
    work()
    failed = newest(loop)
    loop.world.broken = ""
    RegisteredModel.objects.update(hyperparameters={"since": "then"})

    retraining.again(failed, by=loop.lead)
    work()

    failed.refresh_from_db()
    assert (failed.state, failed.reason) == (
        State.FAILED,
        "ValueError: no rows of dogs",
    )
    assert newest(loop).state == State.DONE
    assert newest(loop).attempt == 2
    assert newest(loop).snapshot == failed.snapshot
    assert newest(loop).hyperparameters == failed.hyperparameters == {}


def test_a_failed_comparison_is_tried_again_with_a_new_training(loop: Loop) -> None:
    review(loop)

    def breaks(name: str, row: object) -> str:
        raise TrainingFailed("the champion cannot be loaded")

    loop.world.says = breaks
    retraining.start(loop.project, by=loop.lead)
    work()

    assert newest(loop).state == State.FAILED
    assert "cannot be loaded" in newest(loop).reason
    assert loop.world.alias(loop.model) == "1"


def test_only_one_training_of_a_project_runs_at_a_time(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)

    with pytest.raises(retraining.TrainingUnderWay):
        retraining.start(loop.project, by=loop.lead)


def test_an_interrupted_training_starts_again_by_itself(loop: Loop) -> None:
    review(loop)
    first = retraining.start(loop.project, by=loop.lead)
    loop.world.compute.states[first.job_name] = TrainingState(
        TrainingStatus.STOPPED, "The machine was shut down."
    )
    loop.world.compute.specs[first.job_name] = None  # type: ignore[assignment]

    work()

    first.refresh_from_db()
    assert first.state == State.FAILED
    assert newest(loop).attempt == 2
    assert newest(loop).state == State.DONE


def test_an_interrupted_scoring_starts_again_by_itself(loop: Loop) -> None:
    review(loop)
    training = retraining.start(loop.project, by=loop.lead)
    scoring = f"{training.job_name}-compare-1"
    loop.world.compute.states[scoring] = TrainingState(TrainingStatus.STOPPED, "Away.")

    work()

    assert newest(loop).pk == training.pk
    assert newest(loop).state == State.DONE
    assert f"{training.job_name}-compare-2" in loop.world.compute.specs


def test_mlflow_away_delays_the_registration_and_loses_nothing(loop: Loop) -> None:
    review(loop)
    loop.world.mlflow_down()
    retraining.start(loop.project, by=loop.lead)
    work(rounds=6)
    meanwhile = newest(loop).state

    loop.world.mlflow_down(False)
    work()

    assert meanwhile == State.TRAINED
    assert newest(loop).state == State.DONE
    assert Snapshot.objects.get().mlflow_run_id != ""
    assert dead_letters() == []


def leave_nothing(*_folders: object) -> None:
    """A script that ends well and forgets its model."""


def test_a_script_that_leaves_no_model_is_told_so(loop: Loop) -> None:
    review(loop)
    loop.world.compute.train = leave_nothing

    retraining.start(loop.project, by=loop.lead)
    work()

    assert newest(loop).state == State.FAILED
    assert "MLmodel" in newest(loop).reason


def test_a_run_holds_parameters_metrics_and_lineage(loop: Loop) -> None:
    review(loop)

    retraining.start(loop.project, by=loop.lead, hyperparameters={"depth": 3})
    work()

    training, frozen = newest(loop), Snapshot.objects.get()
    run = loop.world.tracking.run(training.mlflow_run_id)
    version = loop.world.registry.version(loop.model.name, "2")
    assert run.params == {"depth": "3"}
    assert run.metrics == {"train_accuracy": 0.75}
    assert run.status == "FINISHED"
    assert run.tags["overread.champion"] == "1"
    assert run.datasets == (
        (f"{loop.project.slug}/{frozen.name}", frozen.digest[:32], "training"),
    )
    assert version is not None
    assert version.tags["overread.snapshot_digest"] == frozen.digest


def test_without_gold_on_the_train_side_nothing_is_trained(loop: Loop) -> None:
    with pytest.raises(snapshots.NothingToFreeze):
        retraining.start(loop.project, by=loop.lead)


def test_the_first_model_learns_from_the_base_folder_alone(
    world: World, tmp_path: Path, db: None
) -> None:
    loop = make_loop(world, tmp_path / "base", champion=False)

    retraining.first_model(loop.project, by=loop.lead)
    work()

    spec = world.compute.specs[newest(loop).job_name]
    assert set(spec.channels) == {"base"}
    assert newest(loop).version == "1"
    assert world.alias(loop.model, "challenger") is None
