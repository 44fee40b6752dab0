"""One look for every figure: colours with one meaning each, sizes for a phone first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import seaborn as sns

ELECTRONIC, PAPER, UNKNOWN = "#7B3294", "#008837", "#8A8A8A"
DEM, REP, NOBODY = "#2166AC", "#B2182B", "#6B6B6B"
"""Parties keep their usual colours whichever side the claim says was harmed."""
INK, MUTED, GRID, FILL = "#1A1A1A", "#595959", "#DDDDDD", "#F2F2F2"
WIDTH = 4.2
"""Inches; at 360 px a point of text is then about a pixel."""
DPI = 220


def _settings() -> Any:
    return {
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
        "figure.constrained_layout.use": False,
        "font.family": "DejaVu Sans",
        "font.size": 8.5,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 8.5,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.grid": False,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0,
        "hatch.linewidth": 0.5,
        "legend.frameon": False,
        "svg.hashsalt": "sevenpercent",
        "path.simplify": False,
        "text.parse_math": False,
    }


@contextmanager
def applied() -> Iterator[None]:
    """Draw inside this context to get the book's look."""
    with sns.axes_style("ticks"), mpl.rc_context(_settings()):
        yield
