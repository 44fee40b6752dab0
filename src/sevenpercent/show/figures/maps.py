"""Maps from the pruned outlines: filled areas, with hatching beside colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
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


def share_class(share: float) -> str:
    """Which class of :data:`SHARES` a share between 0 and 1 falls in."""
    return list(SHARES)[0 if share == 0 else 1 if share < 0.2 else 2 if share < 0.5 else 3]


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
    values = {
        str(fips): share_class(value) if share else sides[int(value > 0)]
        for fips, value in zip(machines["fips"], machines["value"], strict=True)
    }
    tally = [sum(v == name for v in values.values()) for name in key]
    says = "; ".join(
        f"{k}: {prose.count(n, 'county', 'counties')}" for k, n in zip(key, tally, strict=True)
    )
    draw_it = partial(choropleth, outlines, level="county", values=values, key=key)
    data = table_of({"county (FIPS)": c, "class": v} for c, v in sorted(values.items()))
    return Picture(partial(draw_it, height=2.7 if wide else 3.6), says, data)


def shapes(outlines: pd.DataFrame, level: str, ids: Sequence[str]) -> dict[str, Path]:
    """One compound path per area.

    `outlines`: the ``outlines`` table: level, id, part, x, y (lists, one plane); `level`:
    ``county`` or ``state``; `ids`: codes wanted; a code without an outline is left out.
    """
    wanted = outlines[(outlines["level"] == level) & outlines["id"].isin(list(ids))]
    out: dict[str, Path] = {}
    for code, parts in wanted.groupby("id", sort=True):
        rings = [
            Path(np.column_stack([x, y]), closed=True)
            for x, y in zip(parts["x"], parts["y"], strict=True)
        ]
        out[str(code)] = Path.make_compound_path(*rings)
    return out


def draw(
    axes: Axes,
    areas: Mapping[str, Path],
    colours: Mapping[str, str],
    hatches: Mapping[str, str] | None = None,
    missing: str = style.UNKNOWN,
) -> None:
    """Fill the areas on axes whose scale is then equal and without ticks."""
    for code, path in areas.items():
        hatch = (hatches or {}).get(code, "")
        axes.add_patch(
            PathPatch(
                path,
                facecolor=colours.get(code, missing),
                edgecolor="white",
                hatch=hatch or None,
                lw=0.5,
            )
        )
    everything = PathCollection(list(areas.values()), offsets=[(0, 0)])
    box = Path.make_compound_path(*everything.get_paths()).get_extents()
    axes.set_xlim(box.x0, box.x1)
    axes.set_ylim(box.y0, box.y1)
    axes.set_aspect("equal")
    axes.axis("off")


def choropleth(
    outlines: pd.DataFrame,
    *,
    level: str,
    values: Mapping[str, str],
    key: Mapping[str, tuple[str, str]],
    height: float = 3.6,
    **head: str,
) -> Figure:
    """Map of classes, each with a colour, a hatch and a written key.

    `values`: code of the place to the name of its class; `key`: name of a class to ``(colour,
    hatch)``, in the order of the key.
    """
    areas = shapes(outlines, level, list(values))
    with style.applied():
        figure, (axes,) = frame.canvas(head, height + 0.3)
        draw(
            axes,
            areas,
            {c: key[v][0] for c, v in values.items()},
            {c: key[v][1] for c, v in values.items()},
        )
        axes.legend(
            handles=[
                Patch(facecolor=colour, hatch=hatch or None, edgecolor="white", label=name)
                for name, (colour, hatch) in key.items()
                if name in values.values()
            ],
            loc="upper left",
            bbox_to_anchor=(0, 0.0),
            ncols=2,
            handlelength=1.4,
            borderaxespad=0,
            columnspacing=1.2,
        )
    return figure
