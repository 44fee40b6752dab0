"""Every county, or municipality, with its votes, machines, recount and source: as a table, and on a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.model.words import number, signed, upper
from sevenpercent.show.designs import named
from sevenpercent.show.explorer import Explorer, outlines
from sevenpercent.show.picture import LICENCE

LONGEST = 300
"""Counties above which a table on the page would be too long."""

KINDS = {
    "total": "votes", "harmed": "votes", "favoured": "votes", "share": "percent",
    "change": "points", "expected": "points", "apart": "points", "dose": "percent",
    "recount": "change",
}  # fmt: skip
"""Column -> how its numbers are told."""

HUNDRED = 100
TENTHS = 10


def rows(
    counties: pd.DataFrame,
    listed: pd.DataFrame,
    *,
    primary: str,
    dose: str | None,
    recount: pd.Series[float] | None,
) -> pd.DataFrame:
    """One row a county, in the units of readers.

    Returns ``fips, state, county``, the columns of :data:`KINDS` that are known (shares in percent,
    changes in points), ``electronic`` (share or 0/1), ``source``, ``rule``.

    `counties`: one row a county, with ``change`` and ``expected`` (shares); `listed`: table of machines: ``fips, reading, value, source, rule``, one
    version of each; `primary, dose`: definition of "electronic", and that of the share of ballots;
    None where there is none; `recount`: by county: change of the favoured party's lead, votes.
    """
    by = {name: own.set_index("fips") for name, own in listed.groupby("reading")}
    out = counties[["fips", "state", "county", "total", "harmed", "favoured"]].copy()
    for name in ("share", "change", "expected"):
        out[name] = HUNDRED * counties["two_party" if name == "share" else name]
    out["apart"] = out["change"] - out["expected"]
    if dose is not None and dose in by:
        out["dose"] = HUNDRED * out["fips"].map(by[dose]["value"])
    if recount is not None:
        out["recount"] = out["fips"].map(recount)
    for column in ("value", "source", "rule"):
        out[column] = out["fips"].map(by[primary][column]) if primary in by else np.nan
    return _ordered(out.rename(columns={"value": "electronic"}))


def _ordered(out: pd.DataFrame) -> pd.DataFrame:
    """Rows by name, their numbers as floats whatever table they came from."""
    for column in out.columns.intersection([*KINDS, "electronic"]):
        out[column] = out[column].to_numpy(float, na_value=np.nan)
    return out.sort_values(["state", "county"], ignore_index=True)


def recounted(units: pd.DataFrame | None, harmed: str, favoured: str) -> pd.Series[float] | None:
    """Change of the favoured party's lead by county, recount minus first count; None without one."""
    if units is None:
        return None
    first, then = (
        units[f"{favoured}_{w}"] - units[f"{harmed}_{w}"] for w in ("original", "recount")
    )
    moved: pd.Series[float] = (then - first).groupby(units["fips"]).sum()
    return moved


def makes(records: pd.DataFrame, year: int) -> dict[str, str]:
    """By county: what stands in its polling places, most often listed first."""
    own = records[(records["year"] == year) & records["polling_place"].fillna(False).astype(bool)]
    source = own["source"].mode()
    own = own[own["source"].isin(source[:1])]
    kept = own[["fips", "type", "make", "model"]].astype(str)
    named = kept["type"] + " (" + kept["make"] + " " + kept["model"] + ")"
    named = named.str.replace(r" \((Not Applicable|N/A|nan).*\)$", "", regex=True)
    counted = pd.DataFrame({"fips": kept["fips"].str[:5], "words": named}).value_counts(sort=False)
    ordered = counted.reset_index().sort_values(["count", "words"], ascending=[False, True])
    return {str(fips): "; ".join(words) for fips, words in ordered.groupby("fips")["words"]}


def towns(
    table: pd.DataFrame, *, year: int, prior_year: int, harmed: str, favoured: str
) -> pd.DataFrame:
    """One row for each county's part of a municipality, as :func:`rows` gives those of counties.

    Returns also ``makes``: what the municipality owns, in words.

    `table`: table of municipalities, as :func:`sevenpercent.stats.municipal.municipal_frame` takes
    it; `year, prior_year`: the election and the one before it; `harmed, favoured`: parties.
    """
    first, second = ([table[f"{p}_{y}"] for p in (harmed, favoured)] for y in (year, prior_year))
    share, before = (HUNDRED * a / (a + b).where(a + b > 0) for a, b in (first, second))
    out = pd.DataFrame({"fips": table["fips"] + "." + table["hindi"].fillna("none")})
    out["county"] = [upper(named(m)) for m in table["municipality"]]
    out["state"], out["total"] = table["county"] + " County", table[f"total_{year}"]
    out["harmed"], out["favoured"] = first
    out["share"], out["change"] = share, share - before
    out["dose"], out["electronic"] = HUNDRED * table["dose"], table["any_dre"].astype(float)
    if f"{favoured}_recount" in table:
        then = table[f"{favoured}_recount"] - table[f"{harmed}_recount"]
        out["recount"] = then - (first[1] - first[0])
    owned = table[["scanner", "accessible"]]
    makes = owned.apply(lambda r: "; ".join(dict.fromkeys(r.dropna())), axis=1)
    return _ordered(out.assign(makes=makes, source=None, rule=None))


def explorer(
    found: pd.DataFrame,
    shapes: pd.DataFrame | None,
    made: Mapping[str, str],
    sources: Sequence[Mapping[str, str]],
    *,
    wide: bool = False,
    place: str = "",
) -> Explorer | None:
    """Data of the explorer of counties; None where there is none.

    `found`: as :func:`rows` gives it; `shapes`: table ``outlines``; None: there is no map, and every
    source is that of every row; `made`: as :func:`makes` gives it; `sources`: published files:
    ``name``, ``title``, ``path``, ``agency``; `wide`: the whole country, a coarser map; `place`: its
    address on the page, where it is not the counties.
    """
    if found.empty:
        return None
    shown = [name for name in KINDS if name in found and found[name].notna().any()]
    paths: Mapping[str, str] = {}
    if shapes is not None:
        paths = outlines(shapes[shapes["id"].isin(found["fips"])], "county", 0.15 if wide else 1.0)
    told = {s["name"]: s for s in sources}
    files = sorted({str(x) for x in found["source"].dropna()} or told)
    rules = sorted({str(x) for x in found["rule"].dropna()})
    texts = sorted(set(made.values()))
    of_file, of_rule, of_text = ({x: i for i, x in enumerate(xs)} for xs in (files, rules, texts))
    scales = {name: 1 if KINDS[name] in ("votes", "change") else TENTHS for name in shown}
    parts = ("title", "agency", "path")
    said = [[told.get(f, {}).get(k, f if k == "title" else "") for k in parts] for f in files]
    listed = [
        [
            *(c["fips"], c["county"], c["state"], paths.get(c["fips"], "")),
            _kept(c["electronic"], HUNDRED),
            *(of_file.get(c["source"]), of_rule.get(c["rule"])),
            of_text.get(made.get(c["fips"], "")),
            *(_kept(c[name], scale) for name, scale in scales.items()),
        ]
        for c in found.to_dict("records")
    ]
    columns = [[name, KINDS[name]] for name in shown]
    data = {"columns": columns, "sources": said, "rules": rules, "makes": texts, "counties": listed}
    file = _file(found, made, {f: told[f]["title"] for f in files if f in told})
    return Explorer("counties", data, place, *file)


def _file(
    found: pd.DataFrame, made: Mapping[str, str], sources: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    shown = found.drop(columns="makes", errors="ignore").dropna(axis=1, how="all")
    for column in shown.columns.intersection(list(KINDS)):
        whole = KINDS[column] in ("votes", "change")
        rounded = shown[column].round(0 if whole else 2)
        shown[column] = rounded.astype("Int64" if whole else "Float64")
    if "source" in shown:
        shown["source"] = shown["source"].map(sources).fillna(shown["source"])
    shown["makes"] = shown["fips"].map(made)
    return shown, (f"Sources: {'; '.join(sources.values())}", f"Licence: {LICENCE}")


def table(found: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame | None:
    """The same as a table of the page; None where it would be too long.

    `found`: as :func:`rows` gives it; `labels`: column to its head; those without a head are left
    out.
    """
    if len(found) > LONGEST:
        return None
    out = pd.DataFrame({"county": found["county"] + ", " + found["state"]})
    for name, head in labels.items():
        if name in found and found[name].notna().any():
            out[head] = [_told(x, KINDS[name]) for x in found[name]]
    return out


def _told(x: float, kind: str) -> str:
    if x != x:
        return ""
    if kind == "votes":
        return number(x)
    return number(x, 1) if kind == "percent" else signed(x, 0 if kind == "change" else 1)


def _kept(x: Any, scale: int) -> int | None:
    return None if x is None or x != x else round(float(x) * scale)
