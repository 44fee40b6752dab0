"""Tables of the audits that could have been held."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.model.words import percent, votes

POSSIBLE = {True: "possible", False: "not possible"}


def sizes_table(sizes: pd.DataFrame, kind: str, names: Mapping[str, str]) -> pd.DataFrame:
    """Ballots of one kind of audit, a state a row, three columns a risk limit.

    `sizes`: as :func:`sevenpercent.stats.audit.sizes` gives it, with ``place`` and
    ``diluted_margin``; `kind`: ``polling`` or ``comparison``; `names`: names of the places.
    """
    rows = []
    for place, own in sizes[sizes["kind"] == kind].groupby("place", sort=False):
        row = {"state": names[str(place)], "margin": percent(own["diluted_margin"].iloc[0], 2)}
        for r in own.sort_values("risk", ascending=False).to_dict("records"):
            limit = f"{100 * r['risk']:g} %"
            row |= {limit: votes(r["formula"]), f"{limit}, newer": votes(r["newer"])}
            row |= {f"{limit}, simulated": votes(r["simulated"])}
        rows.append(row)
    return pd.DataFrame(rows)


def paper_table(paper: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Where machines kept no paper, as :func:`sevenpercent.stats.audit.paper_kept` gives it."""
    return pd.DataFrame(
        {
            "state": names[r["place"]],
            "some machines kept no paper": _share(r["no_paper"]),
            "nothing but such machines": _share(r["no_paper_only"]),
            "audit": POSSIBLE.get(r["possible"], "not known"),
        }
        for r in paper.to_dict("records")
    )


def _share(x: float | None) -> str:
    return "not known" if x is None or x != x else percent(x, 0)
