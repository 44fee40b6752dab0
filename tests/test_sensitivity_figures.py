"""Figures of the sensitivity chapter carry the numbers they are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from sevenpercent.show.figures import probes
from sevenpercent.stats.sensitivity import hidden

WORDS: dict[str, Any] = {"title": "Title", "subtitle": "Measure", "source": "Agency"}


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def texts(figure: Figure) -> str:
    inside = [t.get_text() for axes in figure.axes for t in axes.texts]
    return "\n".join([t.get_text() for t in figure.texts] + inside)


def test_event_study_marks_clean_years_and_the_year_asked() -> None:
    points = pd.DataFrame({"year": [2000, 2016], "estimate": [0.4, -3.3]})
    points = points.assign(lo=points["estimate"] - 2, hi=points["estimate"] + 2)
    figure = probes.event_study(
        {"raw": ("raw", points), "held": ("held", points)},
        clean=[2000],
        asked=2016,
        unit="points",
        **WORDS,
    )
    words = texts(figure)
    for word in ("no machines yet", "2016", "+0.4", "−3.3", "Source: Agency"):
        assert word in words
    labels = [t.get_text() for t in figure.axes[0].get_xticklabels()]
    assert labels == ["2000", "2016"]
    without = probes.event_study(
        {"raw": ("raw", points)}, clean=[], asked=2024, unit="points", **WORDS
    )
    assert "no machines yet" not in texts(without)


def test_contours_reach_the_marked_line_at_the_robustness_value() -> None:
    figure = probes.contours(
        -0.5,
        0.5,
        67,
        [("race", 0.1, 0.2), ("education", 0.2, 1.0)],
        marked=[(-1.2, "−1.2")],
        **WORDS,
    )
    words = texts(figure)
    for word in ("as estimated −0.5", "race", "education, and beyond", "−1.2"):
        assert word in words
    label = next(t for t in figure.axes[0].texts if t.get_text() == "−1.2")
    assert isinstance(label, Annotation)
    at = hidden.robustness_value(-0.5, 0.5, 67, -1.2)
    assert label.xy == pytest.approx((at, at), abs=0.01)
    squares = [
        (float(np.asarray(x.get_xdata())[0]), float(np.asarray(x.get_ydata())[0]))
        for x in figure.axes[0].lines
        if x.get_marker() == "s"
    ]
    assert squares == [(0.1, 0.2), (0.2, 0.8)]
