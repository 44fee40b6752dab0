"""Counties in which a definition of "electronic" and the municipalities' own machines disagree."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sevenpercent.model.frames import require
from sevenpercent.stats.whole import PLACE, homes, together

ELSEWHERE = "the only owners are parts of municipalities that belong to another county"
OWNED = "municipalities of this county own one"
NOBODY = "no municipality there owns one"
"""Why a county is on one list and not on the other."""


class Lists(NamedTuple):
    """Two lists of counties, and where they differ.

    Attributes
    ----------
    defined : int
        Counties that are electronic by the definition.
    parts : int
        Counties in which a municipality, or a part of one, owns a machine.
    whole : int
        Counties to which a municipality with a machine belongs.
    differ : DataFrame
        One row a county that is not on all three lists or on none: ``fips, county``; ``defined``
        (bool); ``owners`` (names of the municipalities there that own a machine, with the county
        that each belongs to in brackets, where that is another); ``votes`` (of these, there) and
        ``ballots_dre`` (0 where unknown); ``why`` (:data:`ELSEWHERE`, :data:`OWNED`, :data:`NOBODY`).
    left : int
        Counties that are on one of the first and third lists alone.
    """

    defined: int
    parts: int
    whole: int
    differ: pd.DataFrame
    left: int


TOLD = {
    "defined": ("counties", "electronic by the county design's definition"),
    "parts": ("counties", "in which a municipality, or a part of one, owns a DRE"),
    "whole": ("counties", "to which a municipality that owns a DRE belongs"),
    "left": ("counties", "in which the definition and the owners, counted whole, differ"),
}
"""Unit and label of what is published of :class:`Lists`."""


def lists(
    table: pd.DataFrame, counties: pd.DataFrame, definition: str, *, year: int, prior_year: int
) -> Lists:
    """Compare a definition by county with the machines that municipalities own.

    `table`: table of municipalities, one row a part of one in a county; `counties`: ``fips``,
    ``county`` and a column of the definition (0 or 1, or a share); a county that it does not cover
    is left out.
    """
    require(table, [*PLACE, "county", "any_dre", "ballots_dre", f"total_{year}"])
    require(counties, ["fips", "county", definition])
    voters = table[f"total_{year}"].astype(float)
    home = homes(table["fips"], together(table, prior_year), voters)
    owners = table.assign(home=home, votes=voters)[table["any_dre"].astype(bool)]
    known = counties[counties[definition].notna()]
    defined = set(known.loc[known[definition] > 0, "fips"])
    parts, whole = (set(owners[c]) & set(known["fips"]) for c in ("fips", "home"))
    names = dict(zip(counties["fips"], counties["county"], strict=True))
    rows = []
    for fips in sorted((defined ^ parts) | (defined ^ whole), key=lambda f: str(names[f])):
        own = owners[owners["fips"] == fips]
        said = [
            str(m) if h == fips else f"{m} ({names.get(h, h)})"
            for m, h in zip(own["municipality"], own["home"], strict=True)
        ]
        rows.append(
            {
                "fips": fips,
                "county": names[fips],
                "defined": fips in defined,
                "owners": said,
                "votes": float(own["votes"].sum()),
                "ballots_dre": float(own["ballots_dre"].fillna(0).sum()),
                "why": NOBODY if own.empty else OWNED if fips in whole else ELSEWHERE,
            }
        )
    columns = ["fips", "county", "defined", "owners", "votes", "ballots_dre", "why"]
    differ = pd.DataFrame(rows, columns=columns)
    return Lists(len(defined), len(parts), len(whole), differ, len(defined ^ whole))
