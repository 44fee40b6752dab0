"""The figure of rejection rates says what it is given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt

from sevenpercent.show.figures.rates import rates

NAMES = ("label", "two_sided", "two_sided_lo", "two_sided_hi", "harm", "gain")
ROWS = [
    dict(zip(NAMES, row, strict=True))
    for row in (
        ("Design one: a kind of chance", 0.051, 0.047, 0.055, 0.05, 0.049),
        ("Design two: another", 0.109, 0.103, 0.115, 0.047, 0.134),
    )
]


@pytest.mark.parametrize("harm", [0.047, 0.003])
def test_rates_stand_where_the_numbers_are(harm: float) -> None:
    rows = [ROWS[0], {**ROWS[1], "harm": harm}]
    figure = rates(
        rows, promised=0.05, limit=0.075, title="Title", subtitle="Measure", source="Agency"
    )
    (axes,) = figure.axes
    lines = [np.asarray(line.get_xdata(), float).tolist() for line in axes.lines]
    assert [4.7, 5.5] in [[round(x, 6) for x in line] for line in lines]
    marks = [round(line[0], 6) for line in lines if len(line) == 1]
    assert marks == [5.0, 4.9, 5.1, round(100 * harm, 6), 13.4, 10.9]
    words = [t.get_text().strip() for t in axes.texts]
    for word in (
        "promised",
        "fails",
        "5.1 %",
        "10.9 %",
        "finds harm",
        "clears",
        str(ROWS[0]["label"]),
    ):
        assert words.count(word) == 1
    figure.canvas.draw()
    box = axes.get_window_extent()
    for text in axes.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0 - 8
        assert extent.x1 <= box.x1 + 8
    plt.close(figure)
