"""Figures say what they are given: texts, marks and intervals stand where the numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sevenpercent.show import style
from sevenpercent.show.figures import bars as drawn_bars
from sevenpercent.show.figures import chance, college, forest, frame, maps, polls
from sevenpercent.show.figures.bars import Bar, Part
from sevenpercent.show.validity import of_rejections

WORDS: dict[str, Any] = {
    "title": "Title that shows",
    "subtitle": "Measure and unit",
    "source": "Agency",
}


def bars(figure: Figure) -> list[Rectangle]:
    return [cast(Rectangle, p) for p in figure.axes[0].patches]


def texts(figure: Figure) -> str:
    inside = [t.get_text() for axes in figure.axes for t in axes.texts]
    return "\n".join([t.get_text() for t in figure.texts] + inside)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_wrap_fits_the_width() -> None:
    lines = frame.wrap("word " * 60, 8.5, 4.7).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) * 0.555 * 8.5 / 72 <= 4.7


def test_forest_draws_each_row_at_its_value() -> None:
    rows = [
        forest.Row("raw", -9.6, -14.0, -5.0, group="A"),
        forest.Row("held", 0.4, -1.0, 2.0, kind="held", group="B"),
    ]
    figure = forest.forest(rows, unit="points", marks=[forest.Mark(-7, "claimed: 7")], **WORDS)
    axes = figure.axes[0]
    lines = [np.asarray(line.get_xdata(), float).tolist() for line in axes.lines]
    marks = [x[0] for x in lines if len(x) == 1]
    assert marks == [-9.6, 0.4]
    assert [-14.0, -5.0] in lines
    assert [-1.0, 2.0] in lines
    for word in ("Title that shows", "Source: Agency", "−9.6", "+0.4", "claimed: 7", "A", "B"):
        assert word in texts(figure)


def test_ranking_marks_an_interval_that_leaves_the_axis() -> None:
    states = {
        "state": ["AA", "BB"], "error": [1.0, -1.0], "lo": [-30.0, -2.0], "hi": [30.0, 0.0],
        "n": [5, 5], "claimed": [True, False], "any": [1.0, 0.0],
    }  # fmt: skip
    named = ("machines", "paper")
    figure = polls.ranking(pd.DataFrame(states), "any", named, "Bell").draw(**WORDS)
    ends = [line.get_marker() for line in figure.axes[0].lines]
    assert "<" in ends
    assert ">" in ends


def test_model_rows_tell_controls_apart() -> None:
    models = pd.DataFrame(
        {
            "who": ["x", "y"],
            "says": ["a", "b"],
            "estimate": [1.0, 2.0],
            "lo": [0.0, 1.0],
            "hi": [2.0, 3.0],
            "controls": ["none", "race"],
            "place": ["WI", "PA"],
        }
    )
    places = {"WI": "Wisconsin", "PA": "Pennsylvania"}
    for headings, groups in ((None, ["", ""]), (places, list(places.values()))):
        picture = forest.of_models(models, axis="points", headings=headings)
        rows = cast(Any, picture).draw.args[0]
        assert [r.kind for r in rows] == ["raw", "held"]
        assert [r.group for r in rows] == groups


def test_bars_add_up_and_carry_their_numbers() -> None:
    rows = [
        Bar("as reported", [Part(232, style.DEM, None, "232"), Part(306, style.REP, None, "306")]),
        Bar("b", [Part(538, style.NOBODY, "////", "538")], note="nobody"),
    ]
    figure = drawn_bars.bars(rows, ticks={0: "0", 538: "538"}, middle="270 elect", **WORDS)
    assert sum(p.get_width() for p in bars(figure)) == 2 * 538
    for word in ("232", "306", "538", "nobody", "270 elect", "as reported"):
        assert word in texts(figure)


def test_tiles_hold_every_state_once() -> None:
    assert len(college.GRID) == 51
    assert len(set(college.GRID.values())) == 51
    winners = dict.fromkeys(college.GRID, "dem") | {"WI": "rep"}
    figure = college.tiles(winners, dict.fromkeys(college.GRID, 3), ["WI"], **WORDS)
    faces = [to_hex(p.get_facecolor()).upper() for p in figure.axes[0].patches]
    assert faces.count(style.REP) == 1
    assert faces.count(style.DEM) == 50


def test_chance_shows_the_observed_gap() -> None:
    rng = np.random.default_rng(1)
    spatial, naive = rng.normal(-4, 2, 500), rng.normal(0, 1, 500)
    figure = chance.chance(spatial, naive, -9.6, unit="points", **WORDS)
    lines = [float(np.asarray(line.get_xdata())[0]) for line in figure.axes[0].lines]
    assert -9.6 in lines
    assert "observed −9.6" in texts(figure)


def test_ballots_are_hatched_where_electronic() -> None:
    sides = pd.DataFrame(
        {"ballots_total": [400.0, 600.0], "dre_share": [0.25, 0.0]}, index=["electronic", "paper"]
    )
    picture = cast(Any, drawn_bars.of_methods(sides, "electronic", "Agency"))
    figure = picture.draw(**WORDS)
    drawn = [p for p in bars(figure) if p.get_width()]
    assert [round(p.get_width(), 2) for p in drawn] == [0.25, 0.75, 1]
    assert [bool(p.get_hatch()) for p in drawn] == [True, False, False]
    assert "electronic 25 %" in texts(figure)


def test_map_fills_each_area_with_its_class() -> None:
    outlines = pd.DataFrame(
        {
            "level": ["county", "county"],
            "id": ["01001", "01003"],
            "part": [0, 0],
            "x": [[0, 1, 1, 0, 0], [1, 2, 2, 1, 1]],
            "y": [[0, 0, 1, 1, 0], [0, 0, 1, 1, 0]],
        }
    )
    figure = maps.choropleth(
        outlines,
        values={"01001": "electronic", "01003": "paper"},
        key={"electronic": (style.ELECTRONIC, "////"), "paper": (style.PAPER, "")},
        **WORDS,
    )
    faces = [to_hex(p.get_facecolor()).upper() for p in figure.axes[0].patches]
    assert faces == [style.ELECTRONIC, style.PAPER]


@pytest.mark.parametrize("harm", [0.047, 0.003])
def test_rates_stand_where_the_numbers_are(harm: float) -> None:
    rows = {
        "design": ["p1", "p2"], "chance": ["field", "flips"], "two_sided": [0.051, 0.109],
        "two_sided_lo": [0.047, 0.103], "two_sided_hi": [0.055, 0.115], "harm": [0.05, harm],
        "gain": [0.049, 0.134],
    }  # fmt: skip
    figure = of_rejections(pd.DataFrame(rows), promised=0.05, limit=0.075).draw(**WORDS)
    axes = figure.axes[0]
    lines = [[round(float(x), 6) for x in np.asarray(line.get_xdata())] for line in axes.lines]
    assert [4.7, 5.5] in lines
    assert [line[0] for line in lines if len(line) == 1] == [5.1, 10.9]
    for word in ("fails", "5.1 %", "10.9 %", "13.4 %", "county comparison"):
        assert word in texts(figure)
