"""What the bridge relies on when it writes runs, data sets, metrics and models."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry_bridge.gateways.ports import (
    Dataset,
    MetricPoint,
    Rejected,
    Tracking,
)

AT = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
DATASET = Dataset(
    name="digits-gold",
    digest="ab" * 32,
    source="s3://gold/digits.jsonl",
    rows=120,
    context="train",
    schema={"image": "string", "label": "string"},
)


def point(value: float, step: int = 0, key: str = "accuracy") -> MetricPoint:
    return MetricPoint(key, value, step, AT)


def make_run(tracking: Tracking, name: str) -> str:
    return tracking.find_or_create_run(name, f"run:{name}", "a run", {"team": "birds"})


def test_a_run_asked_for_twice_is_made_once(tracking: Tracking, name: str) -> None:
    first = make_run(tracking, name)

    again = make_run(tracking, name)

    assert again == first
    assert tracking.run(first).tags["team"] == "birds"
    assert tracking.run(first).name == "a run"


def test_two_keys_make_two_runs(tracking: Tracking, name: str) -> None:
    first = make_run(tracking, name)

    other = tracking.find_or_create_run(name, "another key", "a run", {})

    assert other != first


def test_a_run_known_by_its_id_is_taken_as_it_is(tracking: Tracking, name: str) -> None:
    run_id = make_run(tracking, name)

    found = tracking.find_or_create_run(name, f"run:{name}", "a run", {}, known=run_id)

    assert found == run_id


def test_a_known_run_that_is_gone_is_made_again(tracking: Tracking, name: str) -> None:
    gone = "f" * 32

    run_id = tracking.find_or_create_run(name, f"run:{name}", "a run", {}, known=gone)

    assert run_id != gone
    assert tracking.run(run_id).status == "RUNNING"


def test_a_finished_run_says_how_it_ended(tracking: Tracking, name: str) -> None:
    good, bad = make_run(tracking, name), make_run(tracking, f"{name}-bad")

    tracking.finish(good)
    tracking.finish(bad, failed=True)

    assert tracking.run(good).status == "FINISHED"
    assert tracking.run(bad).status == "FAILED"


def test_a_data_set_logged_twice_is_one_input_with_its_full_digest(
    tracking: Tracking, name: str
) -> None:
    run_id = make_run(tracking, name)

    tracking.log_dataset(run_id, DATASET)
    tracking.log_dataset(run_id, DATASET)

    run = tracking.run(run_id)
    assert run.datasets == (("digits-gold", "ab" * 16, "train"),)
    assert run.tags["overread.dataset.digits-gold"] == "ab" * 32


def test_the_same_points_sent_again_are_kept_once(
    tracking: Tracking, name: str
) -> None:
    run_id = make_run(tracking, name)
    points = [point(0.5, step=1), point(0.75, step=2), point(3, key="volume")]

    for _ in range(3):
        tracking.log_metrics(run_id, points)

    assert tracking.run(run_id).metrics == {"accuracy": 0.75, "volume": 3.0}


def test_more_points_than_one_call_takes_all_arrive(
    tracking: Tracking, name: str
) -> None:
    run_id = make_run(tracking, name)

    tracking.log_metrics(run_id, [point(n / 2, step=n) for n in range(2_500)])

    assert tracking.run(run_id).metrics == {"accuracy": 2_499 / 2}


def test_more_parameters_and_tags_than_one_call_takes_all_arrive(
    tracking: Tracking, name: str
) -> None:
    run_id = make_run(tracking, name)
    many = {f"p{number}": str(number) for number in range(205)}

    tracking.log_params(run_id, many)
    tracking.set_tags(run_id, many)

    run = tracking.run(run_id)
    assert run.params == many
    assert many.items() <= run.tags.items()


def test_a_parameter_is_written_once(tracking: Tracking, name: str) -> None:
    run_id = make_run(tracking, name)
    tracking.log_params(run_id, {"depth": "3"})

    tracking.log_params(run_id, {"depth": "3"})
    with pytest.raises(Rejected):
        tracking.log_params(run_id, {"depth": "4"})

    assert tracking.run(run_id).params == {"depth": "3"}


def test_a_run_that_is_not_there_is_refused_for_good(tracking: Tracking) -> None:
    with pytest.raises(Rejected):
        tracking.log_metrics("e" * 32, [point(1)])


def test_a_model_logged_twice_is_one_model(
    tracking: Tracking, name: str, model_dir: Path
) -> None:
    run_id = make_run(tracking, name)
    first = tracking.log_model(run_id, model_dir, "digits")

    again = tracking.log_model(run_id, model_dir, "digits")

    assert again.model_id == first.model_id
    assert again.uri == f"models:/{first.model_id}"
    assert again.ready


def test_a_folder_without_a_model_is_refused(
    tracking: Tracking, name: str, tmp_path: Path
) -> None:
    run_id = make_run(tracking, name)

    with pytest.raises(Rejected, match="no MLflow model"):
        tracking.log_model(run_id, tmp_path, "digits")


def test_an_evaluation_is_bound_to_its_model_and_its_data_set(
    tracking: Tracking, name: str, model_dir: Path
) -> None:
    run_id = make_run(tracking, name)
    model = tracking.log_model(run_id, model_dir, "digits")

    for _ in range(2):
        tracking.log_model_metrics(run_id, model.model_id, DATASET, [point(0.93)])

    (metric,) = tracking.model(model.model_id).metrics
    assert (metric.key, metric.value) == ("accuracy", 0.93)
    assert (metric.dataset, metric.digest) == ("digits-gold", "ab" * 16)
    assert len(tracking.run(run_id).datasets) == 1


def test_a_file_logged_twice_is_no_error(
    tracking: Tracking, name: str, tmp_path: Path
) -> None:
    run_id = make_run(tracking, name)
    file = tmp_path / "gold.jsonl"
    file.write_text('{"label": "seven"}\n')

    tracking.log_file(run_id, "snapshot", file)
    tracking.log_file(run_id, "snapshot", file)

    assert tracking.run(run_id).status == "RUNNING"


def test_it_says_that_it_is_well_and_where_a_run_is_shown(
    tracking: Tracking, name: str
) -> None:
    run_id = make_run(tracking, name)

    assert tracking.healthy()
    assert tracking.url(run_id) == tracking.run(run_id).url
    assert tracking.url(run_id).endswith(run_id)
