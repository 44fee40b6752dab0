"""One look for every figure: colours with one meaning each, sizes for a phone first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ELECTRONIC, PAPER, UNKNOWN = "#7B3294", "#008837", "#8A8A8A"
DEM, REP, NOBODY = "#2166AC", "#B2182B", "#6B6B6B"
"""Parties keep their usual colours whichever side the claim says was harmed."""
INK, MUTED, GRID, FILL = "#1A1A1A", "#595959", "#DDDDDD", "#F2F2F2"
WIDTH = 3.5
"""Inches; on a phone of 360 px, whose pages are 336 px wide, a point of text is then 1.3 pixels."""
SMALL = 8.5
"""Points of the smallest text: 11 pixels on such a phone."""
DPI = 240


_SETTINGS: Any = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.constrained_layout.use": False,
    "font.family": "DejaVu Sans",
    "font.size": SMALL,
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
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "svg.hashsalt": "sevenpercent",
    "svg.fonttype": "none",
    "path.simplify": False,
    "text.parse_math": False,
}

_DARK = {
    "#ffffff": "#121212",
    INK: "#e8e8e8",
    MUTED: "#b0b0b0",
    GRID: "#3c3c3c",
    FILL: "#262626",
    ELECTRONIC: "#c792dc",
    PAPER: "#58c285",
    UNKNOWN: "#8f8f8f",
    DEM: "#6ba6e0",
    REP: "#f08080",
    NOBODY: "#9a9a9a",
    "#f1eaf4": "#2b2431",  # of maps
    "#c9a9d6": "#5f4570",
    "#9e68b3": "#9365a8",
    "#3b3b3b": "#d6d6d6",  # of published figures
    "#9a9a9a": "#666666",
    "#e08214": "#a35d0a",
}


def behind(pad: float, alpha: float = 0.85) -> dict[str, Any]:
    """White behind words, so that lines below do not touch them; `pad` in points."""
    return {"facecolor": "white", "edgecolor": "none", "pad": pad, "alpha": alpha}


def dark(svg: str) -> str:
    """A drawing in the colours that its own have on a dark page; white words turn dark with it."""
    known = {light.lower(): instead for light, instead in _DARK.items()}
    return re.sub(r"#[0-9a-f]{6}\b", lambda m: known.get(m[0], m[0]), svg)


@contextmanager
def applied() -> Iterator[None]:
    """Draw inside this context to get the book's look."""
    import matplotlib as mpl  # both here, since pages are made without drawing anything
    import seaborn as sns

    with sns.axes_style("ticks"), mpl.rc_context(_SETTINGS):
        yield
