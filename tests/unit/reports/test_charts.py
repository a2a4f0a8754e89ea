from itertools import count

import pytest

from injerto.core.plan import FreezeRow
from injerto.reports.charts.frame import WIDTH, Scale, ticks
from injerto.reports.charts.layers import draw_layers
from injerto.reports.charts.lines import Axis, Line, draw_lines
from injerto.reports.charts.rows import Row, draw_intervals


def test_a_scale_puts_its_ends_at_its_ends_and_the_rest_between() -> None:
    scale = Scale(low=10, high=30, start=100, end=200)
    assert [scale.at(value) for value in (10, 20, 30, 0, 99)] == [100, 150, 200, 100, 200]
    turned = Scale(low=0, high=1, start=200, end=100)
    assert turned.at(0.25) == 175
    assert Scale(low=1, high=100, start=0, end=2, logarithmic=True).at(10) == 1
    assert Scale(low=5, high=5, start=0, end=10).at(5) == 5


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.07, 0.5), (3, 1000), (0, 1e-6), (2, 2)])
def test_ticks_are_round_few_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 11
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in found)
    assert found == sorted(set(found))


def test_a_chart_is_announced_and_described_and_stays_on_its_drawing() -> None:
    line = Line(name="a<b", x=[1, 2, 3], y=[0.1, 0.2, 0.9], low=[0, 0.1, 0.8], high=[0.2, 0.3, 1])
    drawn = draw_lines(
        [line],
        Axis(words="x", low=1, high=3),
        Axis(words="y", low=0, high=1),
        title="<title>",
        description="what it shows",
        numbers=count(7),
    )
    assert 'role="img" aria-labelledby="chart-7-title chart-7-text"' in drawn
    assert "&lt;title&gt;" in drawn
    assert "a&lt;b" in drawn
    assert f'viewBox="0 0 {WIDTH} ' in drawn


def test_an_interval_that_lies_outside_the_axis_is_cut_and_not_lost() -> None:
    row = Row(name="r", words="w", value=0.0, low=-9, high=9)
    drawn = draw_intervals([row], low=-1, high=1, write="{:g}".format, title="t", description="d", numbers=count(1))
    assert "nan" not in drawn
    assert drawn.count("<circle") == 1


def test_only_groups_that_learn_are_filled() -> None:
    rows = [
        FreezeRow(
            group=str(i),
            trained=i > 1,
            learning_rate=None,
            batch_norm="none",
            num_parameters=10 * i,
            num_trained=10 * i,
        )
        for i in range(4)
    ]
    drawn = draw_layers(rows, input_words="in", head_words="head", title="t", description="d", numbers=count(1))
    assert drawn.count("layer learns") == 2 + 1  # and the head
    assert drawn.count("layer frozen") == 4
