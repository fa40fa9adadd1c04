"""The benchmark's own rules: goals in words, and no row that ends the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from benchmarks.bench import Bench, Topic
from benchmarks.figures import Figure, found
from benchmarks.goals import GOALS
from benchmarks.report import main
from benchmarks.run import TOPICS, chosen, told
from benchmarks.sizes import Sizes, from_environment

NOTHING = cast("Bench", None)


def test_every_goal_is_measured_by_one_topic() -> None:
    names = [name for topic in TOPICS for name in topic.names]

    assert sorted(names) == sorted(GOALS)


def test_what_falls_short_is_said_in_words() -> None:
    figure = found("intake_batch_rows_per_s", 20_000, limit=50_000, also=["1 failed"])

    assert figure.reached is False
    assert figure.ratio == 0.4
    assert figure.short == (
        "20,000 rows/s is below 30,000; 40% of the limit is below 50%; 1 failed"
    )


def test_a_row_that_fails_says_why_and_the_run_goes_on() -> None:
    def measure(_bench: Bench) -> Iterator[Figure]:
        yield found("cycle_per_s_10k", 500.0)
        raise RuntimeError("the disk is full")

    topic = Topic(("cycle_per_s_10k", "cycle_p99_ms_10k"), measure)

    first, second = told(topic, NOTHING)

    assert first.reached is True
    assert second.reached is None
    assert second.short == "RuntimeError: the disk is full"


def test_words_choose_the_rows_and_unknown_ones_are_refused() -> None:
    names = [t.names for t in chosen(["cycle"], ["export"], Sizes())]

    assert ("cycle_per_s_1m", "cycle_p99_ms_1m") in names
    assert ("cycle_per_s_10m", "cycle_p99_ms_10m") not in names
    assert ("cycle_during_export_p99_ratio",) not in names
    with pytest.raises(SystemExit, match="Nothing is named speed"):
        chosen(["speed"], [], Sizes())


def test_ten_million_wait_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = from_environment()
    monkeypatch.setenv("FULL", "1")

    assert usual.most is None
    assert from_environment().most == 10_000_000


def test_the_page_keeps_what_stands_around_the_table(tmp_path: Path) -> None:
    page, results = tmp_path / "page.md", tmp_path / "results.jsonl"
    page.write_text("above\n<!-- results -->\nold\n<!-- end of results -->\nbelow\n")
    results.write_text("")

    main([str(results), "--into", str(page)])

    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("above", "below")
    assert "old" not in lines
    assert len(lines) == len(GOALS) + 6
