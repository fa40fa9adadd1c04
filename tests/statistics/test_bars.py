"""The harness of `make bench-stats` says truly what was reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.bars import __main__ as harness
from benchmarks.bars.__main__ import measured, topics
from benchmarks.bars.bar import Bar
from benchmarks.bars.populations import VARIABLE, load, names


@pytest.mark.parametrize(
    ("value", "goal", "reached"),
    [
        (0.94, "at least", True),
        (0.92, "at least", False),
        (0.92, "at most", True),
        (0.94, "at most", False),
        (float("nan"), "at least", False),
        (float("nan"), "at most", False),
    ],
)
def test_a_bar_is_reached_on_its_right_side_only(
    value: float, goal: str, reached: bool
) -> None:
    assert Bar("coverage", value, "", 0.93, goal).reached is reached


def test_a_goal_is_at_least_or_at_most() -> None:
    with pytest.raises(ValueError, match="a goal is one of"):
        Bar("coverage", 0.9, "", 0.93, ">=")


def test_topics_are_found_by_their_module() -> None:
    assert {"accuracy", "classes", "two_phase"} <= topics().keys()


def test_a_missing_data_set_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    with pytest.raises(LookupError, match=str(tmp_path)):
        load("cifar10-not-here")
    with pytest.raises(LookupError, match=VARIABLE):
        names()


def test_a_topic_without_its_data_says_so_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    simulated = Bar("simulated_alone", 1.0, "", 0.5, "at least")
    both = {"accuracy": topics()["accuracy"], "later": lambda _: iter([simulated])}
    monkeypatch.setattr(harness, "topics", lambda: both)

    found = list(measured([], 1))

    assert found == [simulated]
    said = capsys.readouterr().out
    assert "accuracy: not measured" in said
    assert str(tmp_path) in said


def test_a_population_leaves_out_what_nobody_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    np.savez(
        tmp_path / "three.npz",
        probs=np.array([[2.0, 2.0], [1.0, 3.0], [3.0, 1.0]], dtype=np.float32),
        pred=np.array([0, 1, 0]),
        corrected=np.array([-1, 1, 1]),
    )

    found = load("three")

    assert found.right.tolist() == [1.0, 0.0]
    assert found.confidence.tolist() == [0.75, 0.75]
