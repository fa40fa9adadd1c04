"""Where the parts of a chart lie: inside its frame, in order, with round ends."""

from __future__ import annotations

import pytest

from reviewer import charts
from reviewer.charts import Value


def written(value: float) -> str:
    return f"{value:g}"


def value(at: float, height: float, half: float = 0.05) -> Value:
    return Value(at, height, height - half, height + half)


def test_higher_values_stand_higher_and_all_lie_in_the_frame() -> None:
    series = [("one", [value(0, 0.7), value(1, 0.8)]), ("two", [value(1, 0.93)])]

    plot = charts.plot(series, ["Mon", "Tue"], written)

    dots = [dot for line in plot.lines for dot in line.dots]
    assert [dot.y for dot in dots] == sorted((dot.y for dot in dots), reverse=True)
    assert all(plot.top <= end <= plot.bottom for d in dots for end in (d.low, d.high))
    assert all(plot.left <= dot.x <= plot.right for dot in dots)


def test_the_axis_has_few_round_ticks_that_hold_all_values() -> None:
    plot = charts.plot([("a", [value(0, 0.912, 0.031)])], ["x"], written)

    labels = [float(tick.label) for tick in plot.y_ticks]
    assert labels[0] <= 0.881
    assert labels[-1] >= 0.943
    assert len(labels) <= charts.MOST_TICKS + 2


@pytest.mark.parametrize("height", [0.0, 0.5, 1.0, 37.0, 5_000.0])
def test_a_single_value_without_width_has_an_axis_too(height: float) -> None:
    plot = charts.plot(
        [("a", [Value(0, height, height, height)])], ["x"], written, least=0.0
    )

    assert plot.bottom >= plot.lines[0].dots[0].y >= plot.top
    assert len({tick.at for tick in plot.y_ticks}) == len(plot.y_ticks) >= 2


def test_of_many_places_only_some_are_labelled() -> None:
    plot = charts.plot([("a", [value(0, 0.5)])], [str(n) for n in range(60)], written)

    assert 4 <= len(plot.x_ticks) <= charts.MOST_LABELS


def test_intervals_of_several_series_do_not_hide_each_other() -> None:
    plot = charts.plot([(n, [value(3, 0.5)]) for n in "abc"], list("wxyz"), written)

    assert len({line.dots[0].x for line in plot.lines}) == 3


def test_what_is_as_sure_as_right_lies_on_the_diagonal() -> None:
    plot = charts.against_diagonal([("a", [value(0.8, 0.8), value(0.2, 0.2)])], written)

    (x0, y0), (x1, y1) = (map(float, each.split(",")) for each in plot.diagonal.split())
    for dot in plot.lines[0].dots:
        along = (dot.x - x0) / (x1 - x0)
        assert dot.y == pytest.approx(y0 + along * (y1 - y0), abs=0.2)
