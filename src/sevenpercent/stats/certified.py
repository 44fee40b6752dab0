"""Sums of county votes beside the totals that officials certified, and cells that were corrected."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import pandas as pd

SIDES = ("dem", "rep")


def reconcile(votes: pd.DataFrame, certified: pd.DataFrame) -> pd.DataFrame:
    """Sums of county votes beside the certified totals of the same count.

    `votes`: the ``county_votes`` table; `certified`: the ``certified_totals`` table; ``place`` is a
    postal code or ``US``. Returns one row per certified total: ``place``, ``year``, ``vintage``,
    ``dem`` and ``rep`` as certified, ``dem_difference`` and ``rep_difference`` = ours minus
    certified, votes (NA where nothing was certified), and ``exact``: whether both are zero.
    """
    rows, kept = [], ["place", "year", "vintage", *SIDES]
    for row in certified.to_dict("records"):
        own = votes[votes["year"] == row["year"]]
        if row["place"] != "US":
            own = own[own["state"] == row["place"]]
        named = own[own["vintage"] == row["vintage"]]
        own = named if len(named) == own["fips"].nunique() else own[own["best"]]
        pairs = [(int(own[side].sum()), row[side]) for side in SIDES]
        gaps = [pd.NA if pd.isna(theirs) else ours - int(theirs) for ours, theirs in pairs]
        exact = all(gap is not pd.NA and not gap for gap in gaps)
        rows.append([*(row[name] for name in kept), *gaps, exact])
    return pd.DataFrame(rows, columns=[*kept, *(f"{side}_difference" for side in SIDES), "exact"])


def differences(reconciled: pd.DataFrame) -> pd.DataFrame:
    """The same as numbers: one row per total and party, ours minus certified."""
    rows = []
    for r, side in product(reconciled.to_dict("records"), SIDES):
        if pd.notna(value := r[f"{side}_difference"]):
            key = f"data.certified.{r['place'].lower()}.{r['year']}.{r['vintage']}.{side}"
            rows.append({"key": key, "place": r["place"], "value": value})
    return pd.DataFrame(rows).assign(unit="votes", label="our total minus the certified one")


def concerning(
    corrections: pd.DataFrame, years: Collection[int], states: Collection[str] | None
) -> pd.DataFrame:
    """Corrections of the votes of some years and states; of every state where `states` is None."""
    chosen = corrections["year"].isin(list(years))
    if states is not None:
        chosen &= corrections["state"].isin(list(states))
    return corrections[chosen.fillna(False)]


def reasons(corrections: pd.DataFrame) -> pd.DataFrame:
    """Cells by the reason for which they were corrected: reason, source, rule, cells."""
    found = corrections.groupby(["reason", "source", "rule"], sort=False)
    cells = found.agg(cells=("column", "size")).reset_index()
    return cells.sort_values("cells", ascending=False, kind="stable")
