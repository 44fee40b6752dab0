"""Table ``wi_municipalities``: equipment, votes, ballots and census figures of each municipality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from sevenpercent.data.readers import wec_equipment, wec_wards, wi_lists
from sevenpercent.data.readers.places import collapse, county_key, kind_and_name
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError, demand

BALLOTS = ["ballots_total", "ballots_paper", "ballots_scan", "ballots_dre", "ballots_automark"]
KEY = ["fips", "municipality"]


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build one row per municipality and county (a city in two counties has two)."""
    out = add_up(made["wi_units"])
    senate = made["wi_unit_senate"].merge(made["wi_units"][["unit", *KEY]], on="unit")
    for part in ("dem", "rep", "total"):
        own = senate if part == "total" else senate[senate["party"] == part]
        sums = own.groupby(KEY)["votes"].sum().rename(f"sen_{part}").reset_index()
        out = out.merge(sums, on=KEY, how="left", validate="one_to_one")
    earlier = wec_wards.read_csv(
        raw.by_id(options["earlier"]["wards"]), options["earlier"]["columns"]
    )
    out = out.merge(
        earlier_votes(out, earlier, options["earlier"]["candidates"], options["carved_from"]),
        on=KEY, how="left", validate="one_to_one",
    )  # fmt: skip
    equipment = wec_equipment.read(raw.by_id(options["equipment"]), options["machines"])
    out = out.join(wi_lists.owner(out, equipment).rename(columns={"found": "equipment_found"}))
    out["dose"] = dose(out)
    figures = wi_lists.read_figures(raw.by_id(options["figures"]))
    records = made["equipment_records"]
    code = wi_lists.match(
        out, figures, wi_lists.read_codes(raw.by_id(options["codes"])), records[records["state"] == options["state"]]
    )  # fmt: skip
    code = corrected_codes(out, code, options["census_codes"], set(figures["place_code"]))
    table = figures.drop_duplicates("place_code").set_index("place_code")[list(wi_lists.FIGURES)]
    out = out.assign(place_code=code).join(table, on="place_code")
    out["kind"] = [kind_and_name(m)[0] for m in out["municipality"]]
    return out


def add_up(units: pd.DataFrame) -> pd.DataFrame:
    """Add up the reporting units of each municipality in a county.

    Returns ``fips, municipality, county, hindi``, votes ``_2016`` (original canvass) and
    ``_recount``, and ``BALLOTS``, null where no unit of the municipality has a form.
    """
    grouped = units.groupby(KEY, sort=True)
    out = grouped[["county", "hindi"]].first()
    for name in ("dem", "rep", "total"):
        out[f"{name}_2016"] = grouped[f"{name}_original"].sum()
        out[f"{name}_recount"] = grouped[f"{name}_recount"].sum()
    for name in BALLOTS:
        out[name] = grouped[name].sum(min_count=1)
    return out.reset_index()


def dose(municipalities: pd.DataFrame) -> pd.Series[float]:
    """Share of ballots cast on DREs: 0 where none is owned, null where ballots are unknown.

    Ballots that a clerk entered as DRE where the municipality owns none are errors and count as 0.
    A total below its DRE ballots is a typing error; the sum of the methods takes its place.
    """
    ballots = municipalities[BALLOTS].astype("Float64").astype("float64")
    cast = ballots["ballots_dre"]
    methods = ballots[BALLOTS[1:]].sum(axis=1)
    total = ballots["ballots_total"].mask(cast > ballots["ballots_total"], methods)
    share = (cast / total.where(total > 0)).astype("float64")
    owns = municipalities["any_dre"].astype("boolean")
    return share.mask(total.notna() & ~owns.fillna(True).astype(bool), 0.0).where(owns.notna())


def corrected_codes(
    municipalities: pd.DataFrame,
    codes: pd.Series[str],
    corrections: Mapping[str, Mapping[str, str]],
    known: set[str],
) -> pd.Series[str]:
    """Put right the census codes that the sources give to a neighbour on the list.

    Raises InputError when a correction names an unknown municipality or code, or two municipalities
    share one.

    `municipalities`: ``fips`` and ``municipality``; `codes`: ten-digit codes from the sources;
    `corrections`: county to municipality to the last five digits of its code; `known`: codes that
    have census figures.
    """
    out = codes.copy()
    for fips, places in corrections.items():
        for name, tail in places.items():
            row = (municipalities["fips"] == fips) & (municipalities["municipality"] == name)
            if not row.any() or fips + tail not in known:
                raise InputError("No such municipality or code", value=f"{name}, {fips + tail}")
            out[row] = fips + tail
    shared = out.notna() & out.duplicated()
    if shared.any():
        raise InputError(
            "Two municipalities have one census code", column="place_code", value=out[shared].iloc[0],
            fix="Give one of them its own in the recipe's option census_codes.",
        )  # fmt: skip
    return out


def earlier_votes(
    municipalities: pd.DataFrame,
    report: pd.DataFrame,
    candidates: Mapping[str, str],
    carved: Iterable[Mapping[str, str]],
) -> pd.DataFrame:
    """Votes of an earlier election by today's municipalities, none lost.

    Returns ``fips``, ``municipality``, ``municipality_2012`` (whose earlier votes include this
    territory), ``dem_2012``, ``rep_2012``, ``total_2012``. A place that changed its kind (town to
    village) keeps its votes. Raises InputError when an earlier municipality has no successor.

    `municipalities`: ``fips``, ``county`` and ``municipality`` of today; `report`: see
    ``wec_wards.read_csv``; `candidates`: printed name to ``dem`` or ``rep``; all others count in
    the total; `carved`: ``county``, ``municipality`` and ``of``: municipalities founded since, on
    the land of one that still exists. Their earlier votes are in that one's row and stay there.
    """
    for name in candidates:
        demand(name, wec_wards.candidates(report), "The report has no such candidate")
    votes = report[["county", "municipality"]].assign(county=report["county"].map(county_key))
    votes = votes.join(wec_wards.by_party(report, candidates).add_suffix("_2012"))
    votes = votes.groupby(["county", "municipality"], as_index=False).sum()

    now = municipalities[["fips", "municipality"]].copy()
    now["county"] = municipalities["county"].map(county_key)
    today = set(zip(now["county"], now["municipality"], strict=True))
    before = set(zip(votes["county"], votes["municipality"], strict=True))
    successor = {}
    for county, name in sorted(before - today):
        bare = kind_and_name(name)[1]
        same = [m for c, m in today - before if c == county and kind_and_name(m)[1] == bare]
        if len(same) != 1:
            what = "An earlier municipality has no single successor"
            raise InputError(what, value=f"{name}, {county}", fix="Name it in the recipe.")
        successor[county, name] = same[0]
    votes["municipality_2012"] = votes["municipality"]
    pairs = zip(votes["county"], votes["municipality"], strict=True)
    votes["municipality"] = [successor.get((c, m), m) for c, m in pairs]
    out = now.merge(votes, on=["county", "municipality"], how="left")
    for split in carved:
        row = (out["county"] == county_key(split["county"])) & (
            out["municipality"] == collapse(split["municipality"])
        )
        if not row.any():
            raise InputError("No such municipality", value=split["municipality"])
        out.loc[row, "municipality_2012"] = collapse(split["of"])
    return out.drop(columns="county")
