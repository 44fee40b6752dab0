"""What the elections drawn by lot say of tests, intervals and bounds, as tidy frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from sevenpercent.model.numbers import row
from sevenpercent.model.scenario import Validity
from sevenpercent.stats.designs import paper
from sevenpercent.stats.validity.elections import Elections, Harm, explained, shared, spoilt
from sevenpercent.stats.validity.score import Drawn, rate

SIDES = {"two_sided": "rejects", "harm": "harm", "gain": "gain"}
"""Tests, and what of :class:`Drawn` says whether they reject."""

SHARE = "share of draws"
SIZE = dict.fromkeys(SIDES, (SHARE, "rejects although nothing was done"))
PLANTED = {
    "coverage": (SHARE, "the interval holds the truth"),
    "power": (SHARE, "harm is found"),
    "cleared": (SHARE, "harm of that size is excluded"),
}
"""Units and labels of the numbers that are published."""


def rejections(e: Elections, anew: Mapping[str, Drawn]) -> pd.DataFrame:
    """How often each design's tests reject although nothing was done.

    `anew`: range -> the county design with machines reassigned at random.

    Returns one row a design and kind of chance: ``part, design, chance``; ``mean`` (of the
    estimates, in points, 0 if nothing pulls them to a side); ``two_sided``, ``harm``, ``gain``
    (share of draws that a 5 % test rejects: in either direction, for harm, for the opposite), each
    with ``_lo`` and ``_hi``; ``n`` (draws).
    """
    county, *others = e.trials
    kinds = [(county.name, "field", e.null(county))]
    kinds += [(county.name, name, drawn) for name, drawn in anew.items()]
    kinds += [(t.name, "flips", e.null(t)) for t in others]
    if e.paper is not None:
        kinds.append((paper.DESIGN.key, "flips", e.paper.drawn(e.signs, 0.0)))
    rows = []
    for design, chance, drawn in kinds:
        own: dict[str, object] = {"part": f"size.{design}.{chance}", "design": design}
        own |= {"chance": chance, "n": len(drawn.se), "mean": float(drawn.estimate.mean())}
        for side, answer in SIDES.items():
            own |= rate(getattr(drawn, answer), side)
        rows.append(own)
    return pd.DataFrame(rows)


def tried(e: Elections, harms: Iterable[Harm]) -> pd.DataFrame:
    """Plant each harm in each pattern, and ask every design about it.

    Returns one row a harm, pattern and design: ``part, harm, label, how, share, pattern, design``;
    ``truth``, ``estimate``, ``bias`` in points (**negative** = harm), ``size`` as the book converts
    the harm (positive); ``coverage`` (of the truth), ``coverage_size`` (of the size), ``power`` and
    ``cleared`` (harm of that size excluded although it is there) as shares of draws with ``_lo``
    and ``_hi``; ``n`` (draws).
    """
    planted = pd.DataFrame(
        own
        for harm in harms
        for pattern in (e.hits if harm.votes is not None else ["uniform"])
        for own in spoilt(e, harm, pattern)
    )
    part = "planted." + planted["harm"] + "." + planted["pattern"] + "." + planted["design"]
    planted.insert(0, "part", part)
    return planted


def judged(size: pd.DataFrame, planted: pd.DataFrame, v: Validity) -> pd.DataFrame:
    """Hold every share against what was declared as failing.

    Returns one row a cell: ``what`` (``two_sided, harm, gain, coverage, coverage_size, cleared``),
    ``design``, ``chance`` or ``harm, label, pattern``; ``value``, ``limit``, ``above`` (whether it
    fails above it, or below), ``fails``.
    """
    held = [(side, size, v.most_size, True) for side in SIDES]
    held += [(c, planted, v.least_coverage, False) for c in ("coverage", "coverage_size")]
    held += [("cleared", planted, v.most_size, True)]
    cells = []
    for what, frame, limit, above in held:
        own = frame.reindex(columns=["design", "chance", "harm", "label", "pattern"]).astype(object)
        if frame is size:
            own["harm"] = ""  # there it is a share of draws
        share = frame[what]
        fails = share > limit if above else share < limit
        own = own.fillna("").assign(what=what, value=share, limit=limit, above=above, fails=fails)
        cells.append(own)
    return pd.concat(cells, ignore_index=True)


def single(e: Elections, harm: Harm) -> pd.DataFrame:
    """What is one number of the whole: the field, and what the county design shares with others.

    `harm`: of a known number of votes, for the share of it that the county design's controls
    explain. Returns ``part, value, n, unit, label``.
    """
    county = e.trials[0]
    used, many = len(county.used), len(e.counties)
    error, with_county = "county design's errors", "with the county design's errors, were signs of"
    gain = "gain over independent errors"
    rows = [
        row("field.range_km", e.field.range_km, "km", f"range of the {error}", n=used),
        row("field.nugget", e.field.nugget, "share", f"of the {error}, no neighbour's", n=used),
        row("field.gain", e.field.gain, "log likelihood", gain, n=used),
    ]
    if e.by_town:
        label = "of the variation of harm between electronic counties, by the controls"
        rows.append(row("explained", explained(e, harm), "share", label))
    label = f"{with_county} counties shared"
    for name, value in shared(e).items():
        rows.append(row(f"shared.{name}", value, "correlation", label, n=many))
    return pd.DataFrame(rows)


def counts(cells: pd.DataFrame) -> pd.DataFrame:
    """How many cells fail, in all and by kind, as rows to publish."""
    rows = [row("fails", int(cells["fails"].sum()), "cells", "that fail", n=len(cells))]
    for what, own in cells.groupby("what", sort=False):
        fails = int(own["fails"].sum())
        rows.append(row(f"fails.{what}", fails, "cells", str(what), n=len(own)))
    return pd.DataFrame(rows)


def by_kind(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that fail, by what and in which design, each kind with its worst one.

    Returns ``what, design, failing, of``, and the columns of the worst cell; kinds without one that
    fails are left out.
    """
    rows = []
    for _, own in cells.groupby(["what", "design"], sort=False):
        failing = own[own["fails"]]
        if len(failing):
            far = int((failing["value"] - failing["limit"]).abs().argmax())
            rows.append({**failing.iloc[far], "failing": len(failing), "of": len(own)})
    return pd.DataFrame(rows, columns=[*cells.columns, "failing", "of"])
