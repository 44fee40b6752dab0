"""Maps from the pruned outlines: filled areas, with hatching beside colour."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of

SHARES = {
    "none": ("#F1EAF4", ""),
    "up to a fifth": ("#C9A9D6", ""),
    "a fifth to a half": ("#9E68B3", ".."),
    "half or more": (style.ELECTRONIC, "////"),
}
"""Classes of a share of ballots, each with colour and hatch."""

TWO = (("#F1EAF4", ""), (style.ELECTRONIC, "////"))
"""Colour and hatch of the counties without and with the machines."""


def of_machines(
    outlines: pd.DataFrame,
    machines: pd.DataFrame,
    *,
    share: bool,
    sides: tuple[str, str],
    wide: bool = False,
) -> Picture | None:
    """Map of the counties by their machines; None where no county is known.

    `outlines`: the ``outlines`` table; `machines`: one row a county: ``fips``, ``value``; `share`:
    whether ``value`` is a share and not yes or no; `sides`: names of the counties without and with
    such machines, where it is yes or no; `wide`: the whole country is wider than high.
    """
    if machines.empty:
        return None
    key = SHARES if share else dict(zip(sides, TWO, strict=True))
    value = machines["value"].to_numpy(float)
    reached = np.sum([value > 0, value >= 0.2, value >= 0.5] if share else [value > 0], axis=0)
    classes = np.array([*key])[reached].tolist()
    values = dict(zip(machines["fips"].astype(str), classes, strict=True))
    tally = {name: sum(v == name for v in values.values()) for name in key}
    says = "; ".join(f"{k}: {prose.count(n, 'county', 'counties')}" for k, n in tally.items())
    height = 2.7 if wide else 3.6
    drawn = partial(choropleth, outlines, values=values, key=key, height=height)
    data = table_of({"county (FIPS)": c, "class": v} for c, v in sorted(values.items()))
    return Picture(drawn, says, data)


def choropleth(
    outlines: pd.DataFrame,
    *,
    values: Mapping[str, str],
    key: Mapping[str, tuple[str, str]],
    height: float = 3.6,
    **head: str,
) -> Figure:
    """Map of counties by their class, each with a colour, a hatch and a written key.

    `outlines`: the ``outlines`` table: level, id, part, x, y (lists, one plane); `values`: code of
    the county to the name of its class; one without an outline is left out; `key`: name of a class
    to ``(colour, hatch)``, in the order of the key.
    """
    wanted = outlines[(outlines["level"] == "county") & outlines["id"].isin(list(values))]
    areas = {str(code): _area(parts) for code, parts in wanted.groupby("id", sort=True)}
    with style.applied():
        figure, (axes,) = frame.canvas(head, height + 0.3)
        for code, area in areas.items():
            colour, hatch = key[values[code]]
            axes.add_patch(
                PathPatch(area, facecolor=colour, edgecolor="white", hatch=hatch or None, lw=0.5)
            )
        whole = Path.make_compound_path(*areas.values()).get_extents()
        axes.set_xlim(whole.x0, whole.x1)
        axes.set_ylim(whole.y0, whole.y1)
        axes.set_aspect("equal")
        axes.axis("off")
        handles = [
            Patch(facecolor=colour, hatch=hatch or None, edgecolor="white", label=name)
            for name, (colour, hatch) in key.items()
            if name in values.values()
        ]
        room: dict[str, Any] = {"handlelength": 1.4, "borderaxespad": 0, "columnspacing": 1.2}
        axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0.0), ncols=2, **room)
    return figure


def _area(parts: pd.DataFrame) -> Path:
    """One path of all parts of a county."""
    pairs = zip(parts["x"], parts["y"], strict=True)
    return Path.make_compound_path(*(Path(np.column_stack(xy), closed=True) for xy in pairs))
