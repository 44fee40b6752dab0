"""How electronic the electronic places were: ballots by the method that clerks reported."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.frames import require
from sevenpercent.model.numbers import row

METHODS = ("ballots_paper", "ballots_scan", "ballots_dre", "ballots_automark")


def by_method(units: pd.DataFrame, electronic: pd.Series[float]) -> pd.DataFrame:
    """Ballots by method of voting, in electronic places and elsewhere.

    Returns rows ``electronic``, ``paper``, ``all``; columns ``places``, ``unknown`` (places without
    a figure, which add nothing), ``ballots_total``, one column per method, and ``dre_share``: DRE
    ballots as a share of ballots (0 to 1).

    `units`: table ``wi_units`` or ``wi_municipalities``, or any with ``fips``, ``ballots_total``
    and the columns of :data:`METHODS`. `electronic`: treatment of each county, indexed by FIPS
    code. Places with a value above zero are electronic; unknown ones count in ``all`` only.
    """
    require(units, ["fips", "ballots_total", *METHODS])
    treated = units["fips"].map(electronic.astype(float))
    counted = units[["ballots_total", *METHODS]].astype(float)
    unknown = counted["ballots_total"].isna() | counted["ballots_dre"].isna()
    sides = {
        "electronic": treated > 0,
        "paper": treated == 0,
        "all": pd.Series(True, index=units.index),
    }
    found = {}
    for side, mask in sides.items():
        of = {"places": int(mask.sum()), "unknown": int((mask & unknown).sum())}
        found[side] = {**of, **counted[mask & ~unknown].sum()}
    out = pd.DataFrame(found).T
    total = out["ballots_total"]
    out["dre_share"] = out["ballots_dre"] / total.where(total > 0)
    return out


def rows(sides: pd.DataFrame, place: str, claimed: int | None) -> pd.DataFrame:
    """Ballots by method as rows to publish: place, part, value, n, unit, label.

    `sides`: as :func:`by_method` gives it; `claimed`: votes that are said to be missing, to be set
    against all ballots cast on DREs.
    """
    made = []
    for side, own in sides.iterrows():
        n, where = int(own["places"] - own["unknown"]), f"in {side} counties"
        counted = "ballots_dre" if side == "all" else "ballots_total"
        for name, unit in (("dre_share", "share"), (counted, "ballots")):
            made.append(row(f"ballots.{side}.{name}", own[name], unit, f"{name} {where}", n=n))
    if claimed is not None:
        label = "claimed votes as a share of all ballots cast on DREs"
        share, n = claimed / float(sides["ballots_dre"]["all"]), int(sides["places"]["all"])
        made.append(row("ballots.claimed_share", share, "share", label, n=n))
    return pd.DataFrame(made).assign(place=place)
