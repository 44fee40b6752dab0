"""Designs as readers see them: their fits on one axis, what single places and machines do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from sevenpercent.model.words import number, percent, signed, size, upper, votes
from sevenpercent.show.figures.forest import Mark, Row, picture
from sevenpercent.show.picture import Picture
from sevenpercent.show.table import Cells, Record, by_row, estimated, known, of_rows


def forest_of(
    fits: pd.DataFrame, *, axis: str, marks: Sequence[Mark] = (), digits: int = 1
) -> Picture | None:
    """Fits on one axis; None where there is none.

    `fits`: ``label, estimate, lo, hi``; also ``kind`` (``held`` when it lacks it), ``group``
    (heading) and ``note`` (small print) where wanted, all in one unit. `axis`: unit of the axis, with
    what negative means.
    """
    rows = [
        Row(
            str(f["label"]), float(f["estimate"]), float(f["lo"]), float(f["hi"]),
            kind=known(f.get("kind"), str) or "held",
            group=known(f.get("group"), str), note=known(f.get("note"), str),
        )
        for f in fits.to_dict("records")
    ]  # fmt: skip
    return picture(rows, axis, marks, digits)


@by_row
def fits_table(f: Record) -> Cells:
    """Estimate, interval, what a design could see, and what it leaves room for."""
    return {
        "design": f["label"],
        **estimated(f, 2),
        "could see": size(f["mde"], 2),
        "leaves room for": size(max(f["bound"], 0.0), 2),
    }


def sizes_table(asked: pd.DataFrame) -> pd.DataFrame:
    """Each size of harm in the unit of each design, as :func:`designs.put` gives them."""
    own = asked[asked["variant"] == ""]
    wide = own.pivot_table("amount", "label", "title", sort=False)
    out = wide.map(lambda x: known(x, number, 2))
    out.insert(0, "harm", list(wide.index))
    return out


def named(municipality: str) -> str:
    """A municipality as a sentence names it.

    Examples
    --------
    >>> named("VILLAGE OF SPRING VALLEY")
    'village of Spring Valley'
    """
    kind, of, name = municipality.partition(" OF ")
    return f"{kind.lower()} of {name.title()}" if of else municipality.title()


def influence_table(each: pd.DataFrame, shares: Mapping[str, str]) -> pd.DataFrame:
    """The units that move an estimate most, as :func:`municipality.without_each` gives them.

    `shares` are columns of shares with their headings.
    """
    return of_rows(
        {
            "municipality": upper(named(m["municipality"])),
            "county": m["county"],
            "votes": votes(m["total"]),
            "on DREs": known(m["dose"], percent, 0),
            **{heading: percent(m[column]) for column, heading in shares.items()},
            "estimate without it": signed(m["without"], 2),
            "moves it by": signed(m["moves"], 2),
        }
        for m in each.head(10).to_dict("records")
    )


@by_row
def owners_table(c: Record) -> Cells:
    """Counties in which two lists of owners differ, as :func:`sevenpercent.stats.whole.lists` finds them."""
    owners = [upper(named(name)) for name in c["owners"]]
    if len(owners) > 3:
        owners[3:] = [f"{len(owners) - 3} more"]
    return {
        "county": c["county"],
        "by the definition": "electronic" if c["defined"] else "not",
        "municipalities that own a DRE there": "; ".join(owners),
        "their votes there": votes(c["votes"]),
        "on DREs": votes(c["ballots_dre"]),
        "why": c["why"],
    }


def machines_of(models: pd.DataFrame) -> pd.DataFrame:
    """Models of machine as fits with a note on where they were used."""
    used = zip(models["ballots"], models["used"], strict=True)
    note = [f"{votes(ballots)} ballots in {n} municipalities" for ballots, n in used]
    return models.assign(label=models["model"], note=note)


def rare_machines(models: pd.DataFrame) -> list[str]:
    """All models of machine but the commonest, with how little carries their estimates."""
    return [
        f"{m['model']} ({signed(m['estimate'])}, from {m['effective_clusters']:.1f} counties' worth "
        "of information)"
        for m in models.iloc[1:].to_dict("records")
    ]
