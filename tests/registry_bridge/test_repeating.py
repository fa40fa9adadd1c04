"""A training is run again from its MLflow run, and it is said whether the result agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_bridge import origins, repeating, retraining
from registry_bridge.models import RegisteredModel, SnapshotItem, Training
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, World, dead_letters, review, work

State = Training.State


@pytest.fixture
def trained(loop: Loop, tmp_path: Path) -> Training:
    script = tmp_path / "train.py"
    script.write_text("# the first way\n")
    RegisteredModel.objects.update(script=str(script), hyperparameters={"C": 1.5})
    review(loop)
    made = retraining.start(loop.project, by=loop.lead)
    work()
    made.refresh_from_db()
    assert made.state == State.DONE
    return made


def repeat(loop: Loop, first: Training) -> Training:
    again = repeating.again(first, loop.lead)
    work()
    again.refresh_from_db()
    return again


def test_the_same_again_agrees_and_makes_no_version(
    loop: Loop, trained: Training
) -> None:
    again = repeat(loop, trained)

    run = loop.world.tracking.run(again.mlflow_run_id)
    assert (again.state, again.version, again.repeats) == (State.DONE, "", trained)
    assert again.agreement["agrees"]
    assert again.agreement["model"] == "same"
    assert "agrees with" in again.outcome
    assert again.digests == trained.digests
    assert run.tags["overread.repeats"] == trained.job_name
    assert run.params == {"C": "1.5"}
    assert loop.world.alias(loop.model, "challenger") == trained.version
    assert len(loop.world.registry.known[loop.model.name]) == 2
    assert dead_letters() == []


def test_another_result_is_said_to_disagree(loop: Loop, trained: Training) -> None:
    Training.objects.filter(pk=trained.pk).update(metrics={"train_accuracy": 0.7})

    again = repeat(loop, trained)

    assert not again.agreement["agrees"]
    assert "does not agree with" in again.outcome
    assert "train_accuracy" in again.outcome
    page = makers.sign_in(loop.lead).get(
        f"/p/{loop.project.slug}/trainings/{again.pk}/"
    )
    assert "Does not agree" in page.content.decode()
    assert trained.job_name in page.content.decode()


def test_metrics_agree_within_rounding_though_the_files_differ(
    loop: Loop, trained: Training
) -> None:
    metrics = {"train_accuracy": 0.75 + 1e-9}
    digests = {**trained.digests, "model": "0" * 64}
    Training.objects.filter(pk=trained.pk).update(metrics=metrics, digests=digests)

    again = repeat(loop, trained)

    assert again.agreement["agrees"]
    assert again.agreement["model"] == "other"


def test_a_model_of_no_file_but_its_description_is_not_called_the_same(
    tmp_path: Path,
) -> None:
    (tmp_path / "MLmodel").write_text("flavors: {}")

    assert origins.of_model(tmp_path) == ""


def test_another_script_is_refused_with_both_digests(
    loop: Loop, trained: Training
) -> None:
    Path(RegisteredModel.objects.get().script).write_text("# another way\n")

    again = repeat(loop, trained)

    assert again.state == State.FAILED
    assert "The training script is another one" in again.reason
    assert trained.digests["code"][:12] in again.reason


def test_another_base_folder_is_refused(loop: Loop, trained: Training) -> None:
    (Path(loop.model.base) / "more.jsonl").write_text("{}\n")

    assert "The base folder is another one" in repeat(loop, trained).reason


def test_a_parameter_that_the_run_does_not_know_is_refused(
    loop: Loop, trained: Training
) -> None:
    Training.objects.filter(pk=trained.pk).update(hyperparameters={"C": 2})
    trained.refresh_from_db()

    assert "Its run says C = 1.5; here it is 2." in repeat(loop, trained).reason


def test_a_snapshot_whose_rows_were_changed_is_never_trained_on(
    loop: Loop, trained: Training
) -> None:
    frozen = trained.snapshot
    assert frozen is not None
    SnapshotItem.objects.filter(snapshot=frozen, side="train").first().delete()  # type: ignore[union-attr]

    again = repeat(loop, trained)
    other = retraining.start(loop.project, by=loop.lead, snapshot=frozen)
    work()

    other.refresh_from_db()
    for refused in (again, other):
        assert refused.state == State.FAILED
        assert "something changed what was frozen" in refused.reason
        assert frozen.digest[:12] in refused.reason


def test_only_a_training_with_a_finished_run_is_repeated(
    loop: Loop, world: World
) -> None:
    review(loop)
    world.broken = "No memory."
    failed = retraining.start(loop.project, by=loop.lead)
    work()
    failed.refresh_from_db()

    with pytest.raises(repeating.NotRepeatable):
        repeating.again(failed, loop.lead)


def test_a_repetition_that_fails_is_tried_again_as_one(
    loop: Loop, trained: Training
) -> None:
    loop.world.broken = "No memory."
    failed = repeat(loop, trained)
    loop.world.broken = ""

    again = retraining.again(failed, loop.lead)
    work()

    again.refresh_from_db()
    assert failed.state == State.FAILED
    assert (again.repeats, again.state, again.version) == (trained, State.DONE, "")


@pytest.mark.parametrize("after", sometimes_all(6))
def test_a_worker_killed_while_it_repeats_leaves_one_run(
    loop: Loop, trained: Training, after: int
) -> None:
    again = repeating.again(trained, loop.lead)

    work_and_die(loop.world, after)

    again.refresh_from_db()
    runs = [
        run
        for run in loop.world.tracking.runs.values()
        if run.tags.get("overread.repeats") == trained.job_name
    ]
    assert again.agreement["agrees"]
    assert len(runs) == 1
    assert dead_letters() == []


def test_a_page_asks_for_it_with_one_button(loop: Loop, trained: Training) -> None:
    client = makers.sign_in(loop.lead)
    url = f"/p/{loop.project.slug}/trainings/{trained.pk}/"

    before = client.get(url).content.decode()
    client.post(f"{url}repeat/")
    work()
    after = client.get(url).content.decode()

    assert "Run again from its MLflow run" in before
    assert "Run again: the result agrees" in after
