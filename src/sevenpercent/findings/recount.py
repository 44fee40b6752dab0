"""Numbers of the recount chapter: what changed, where, by how much, and what that excludes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.places import NATION, Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario, Size
from sevenpercent.stats import designs, recount
from sevenpercent.stats.decisions import most_harm
from sevenpercent.stats.designs import paper
from sevenpercent.stats.designs import sizes as convert
from sevenpercent.stats.electoral import votes_to_flip
from sevenpercent.stats.ratio import PerBallot

PER_BALLOT = "half margins per 100 DRE ballots"

GROUPS = {"equipment": "equipment", "dose": "dose_class", "method": "method"}
"""Names of the groupings in result keys, and their columns."""

MOSTLY = 0.5
"""DRE share of ballots from which a unit counts as voting mostly on DREs."""

TAIL = 0.01
"""Share of units whose changes are pulled in at either end, in the robust estimate."""

TOP = {"top_percent": 0.01, "top_tenth": 0.10}

SAMPLE = {
    "sample": "",
    "estimate": "estimate",
    "lo": "lo",
    "hi": "hi",
    "units": "n",
    "clusters": "clusters",
    "effective_clusters": "effective_clusters",
}
"""Columns of frame ``machines``, and the fields of an estimate they hold."""

SIZES: Mapping[str, Size] = {
    "claimed_votes": Size(amount="votes", how="deleted"),
    "decisive": Size(amount="decisive", how="switched"),
}
"""Sizes of harm in a book that declares none of its own."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Compare the original count with the recount, unit by unit.

    Returns
    -------
    Findings
        Under ``recount.<focus>``, votes unless said otherwise: ``.net.harmed|favoured|margin``
        (recount minus original; margin **positive** = the favoured party's lead grew),
        ``.net_change`` (votes by which the margin moved, without sign), ``.absolute_change``,
        ``.error_rate`` and ``.error_rate_named`` (shares of votes), ``.largest`` with ``.name``;
        ``.equipment|dose|method.<group>.…``; ``.per_dre_ballot.<sample>`` (half margins per 100
        DRE ballots, **negative** = the machines had given the harmed party less than the paper),
        ``.bound`` (most harm that is left possible, positive), ``.size.<size>``,
        ``.verdict.<size>`` (excluded, shown, not excluded); ``.dre_ballots.<method>``. Under
        ``recount.us``: how often statewide recounts are held and what they change. Frames
        ``units``, ``equipment``, ``dose``, ``method``, ``distribution``, ``machines``,
        ``sizes``.

    Raises
    ------
    InputError
        The book has no table of reporting units.
    """
    if scenario.tables.units is None:
        raise InputError(
            "this book has no table of reporting units, and the recount cannot be told without",
            column="tables.units",
            fix="Name one in the scenario, or leave the chapter out.",
        )
    results = Results()
    units = tables(scenario.tables.units)
    frame = recount.changes(
        units,
        None if scenario.tables.municipalities is None else tables(scenario.tables.municipalities),
        harmed=scenario.parties.harmed.party,
        favoured=scenario.parties.favoured.party,
    )
    where = f"recount.{scenario.focus.lower()}"
    used = [t for t in (scenario.tables.units, scenario.tables.municipalities) if t is not None]
    _totals(results, where, frame, used)
    _first_posting(results, where, scenario, units)
    _named(results, where, frame, scenario, tables)
    found = {"units": frame, "distribution": _spread(results, where, frame, used)}
    cluster = scenario.recount.cluster
    for name, column in GROUPS.items():
        found[name] = _groups(results, f"{where}.{name}", frame, column, cluster, used)
    machines = _machines(results, where, frame, scenario, tables, used)
    found["machines"], found["sizes"] = machines
    _rates(results, where, tables("fact_recount_rates"), tables("fact_recounts"))
    return Findings(results, found)


def _totals(results: Results, where: str, frame: pd.DataFrame, used: list[str]) -> None:
    margin = float((frame["favoured"] - frame["harmed"]).sum())
    net = float(frame["margin_change"].sum())
    absolute = float(frame["absolute"].sum())
    votes = float(frame["votes"].sum())
    big = recount.largest(frame).iloc[0]
    for key, value, label in (
        ("votes", votes, "votes in the original count"),
        ("net.harmed", frame["harmed_change"].sum(), "the harmed party's votes"),
        ("net.favoured", frame["favoured_change"].sum(), "the favoured party's votes"),
        ("net.margin", net, "margin; positive: the favoured party's lead grew"),
        ("net_change", abs(net), "votes by which the margin moved, whichever way"),
        ("absolute_change", absolute, "changes of all candidates without their signs"),
        ("margin.original", margin, "margin before; positive: the favoured party leads"),
        ("margin.recount", margin + net, "margin after the recount"),
        ("largest", big["margin_change"], "largest change of the margin in one unit"),
        ("largest.favoured", big["favoured_change"], "the favoured party's votes in that unit"),
        ("largest.harmed", big["harmed_change"], "the harmed party's votes in that unit"),
        ("largest.favoured_before", big["favoured"], "the favoured party's votes there before"),
        ("net_without_largest", net - big["margin_change"], "net change in all other units"),
    ):
        results.add(
            f"{where}.{key}",
            int(value),
            n=len(frame),
            unit="votes",
            label=f"recount minus original: {label}" if "net" in key else label,
            tables=used,
        )
    results.add(f"{where}.largest.name", big["name"], label="that unit", tables=used)
    for key, value, unit, label in (
        ("units", len(frame), "units", "reporting units, each counted twice"),
        ("error_rate", absolute / votes, "share", "changes without their signs per vote"),
        ("shift_share", abs(net) / votes, "share", "change of the margin per vote"),
        ("unchanged", (frame["absolute"] == 0).mean(), "share", "units in which nothing changed"),
    ):
        results.add(f"{where}.{key}", value, n=len(frame), unit=unit, label=label, tables=used)


def _first_posting(results: Results, where: str, scenario: Scenario, units: pd.DataFrame) -> None:
    """Change of the margin from the first posting, which others start from; where there is one."""
    sides = scenario.parties
    names = [f"{p.party}_first_posting" for p in (sides.favoured, sides.harmed)]
    if not set(names) <= set(units.columns):
        return
    first = int(units[names[0]].sum() - units[names[1]].sum())
    last = results[f"{where}.margin.recount"].value
    assert isinstance(last, int)
    for key, value, label in (
        ("margin.first_posting", first, "margin in the first posting"),
        ("from_first_posting", last - first, "recount minus first posting: margin"),
    ):
        results.add(
            f"{where}.{key}",
            value,
            n=len(units),
            unit="votes",
            label=label,
            tables=[str(scenario.tables.units)],
        )


def _named(
    results: Results, where: str, frame: pd.DataFrame, scenario: Scenario, tables: Tables
) -> None:
    if scenario.tables.unit_votes is None:
        return
    results.add(
        f"{where}.error_rate_named",
        recount.named_absolute(tables(scenario.tables.unit_votes)) / float(frame["votes"].sum()),
        n=len(frame),
        unit="share",
        label="the same for candidates printed on the ballot",
        tables=[scenario.tables.unit_votes],
    )


def _spread(results: Results, where: str, frame: pd.DataFrame, used: list[str]) -> pd.DataFrame:
    """Many small, few large: in all units, and with and without DRE ballots."""
    for name, share in TOP.items():
        results.add(
            f"{where}.{name}",
            recount.concentration(frame, share),
            n=max(1, round(share * len(frame))),
            unit="share",
            label=f"share of all changes in the {100 * share:g} % of units with the largest",
            tables=used,
        )
    on = recount.on_machines(frame)
    parts = {"machines": on, "others": frame.drop(on.index)}
    for name, own in parts.items():
        moved = recount.signs(own)
        for side in ("harmed", "favoured", "neither"):
            results.add(
                f"{where}.signs.{name}.{side}",
                getattr(moved, side),
                n=len(own),
                unit="units",
                label=f"units in which the margin moved towards: {side}",
                tables=used,
            )
    return pd.concat(
        [recount.distribution(own).assign(part=name) for name, own in parts.items()],
        ignore_index=True,
    )


def _groups(
    results: Results, where: str, frame: pd.DataFrame, column: str, cluster: str, used: list[str]
) -> pd.DataFrame:
    table = recount.summary(frame, column).rename(columns={column: "group"})
    intervals = []
    for row in table.to_dict("records"):
        own = frame[frame[column].astype(str) == row["group"]]
        lo = hi = se = None
        if own["fips"].nunique() > 1 and row["votes"] > 0:
            rate = recount.error_rate(own, cluster)
            lo, hi, se = rate.lo, rate.hi, rate.se
        intervals.append((lo, hi))
        key = f"{where}.{row['group']}"
        results.add(
            f"{key}.per_100k",
            row["per_100k"],
            se=se,
            lo=lo,
            hi=hi,
            n=row["units"],
            unit="votes per 100,000",
            label="changes without their signs per 100,000 votes",
            tables=used,
        )
        for name, unit, label in (
            ("margin_change", "votes", "net change of the margin; positive: favoured gained"),
            ("absolute", "votes", "changes without their signs"),
            ("ballots_dre", "ballots", "ballots cast on DREs"),
            ("unchanged", "share", "units in which nothing changed"),
            ("median", "votes", "median change without sign"),
            ("p99", "votes", "change that one unit in a hundred exceeds"),
        ):
            results.add(
                f"{key}.{name}", row[name], n=row["units"], unit=unit, label=label, tables=used
            )
    table[["lo", "hi"]] = pd.DataFrame(intervals, index=table.index, dtype=float)
    return table


def _machines(
    results: Results,
    where: str,
    frame: pd.DataFrame,
    scenario: Scenario,
    tables: Tables,
    used: list[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Change per DRE ballot, the sizes it excludes, and ballots that nobody planned to hand count."""
    on = recount.on_machines(frame)
    every = float(frame["ballots_dre"].sum())
    _ballots(results, where, frame, on, every, scenario, used)
    if on["fips"].nunique() < 2:
        return pd.DataFrame(columns=list(SAMPLE)), pd.DataFrame()
    cluster = scenario.recount.cluster
    other = "municipality" if cluster == "county" else "county"
    big = recount.largest(on).index
    samples = {
        "all": (on, cluster),
        **{m: (on[on["method"] == m], cluster) for m in sorted(on["method"].unique())},
        "mostly": (on[on["dose"] >= MOSTLY], cluster),
        "winsorized": (recount.winsorized(on, TAIL), cluster),
        "without_largest": (on.drop(big), cluster),
        f"by_{other}": (on, other),
    }
    rows, fitted = [], {}
    for name, (own, by) in samples.items():
        if own["fips"].nunique() < 2:
            continue
        e = fitted[name] = recount.per_dre_ballot(own, by)
        rows.append({column: getattr(e, of) if of else name for column, of in SAMPLE.items()})
        results.add(
            f"{where}.per_dre_ballot.{name}",
            e.estimate,
            se=e.se,
            lo=e.lo,
            hi=e.hi,
            n=e.n,
            unit=PER_BALLOT,
            label=f"original minus recount; negative: machines gave the harmed less; {name}",
            tables=used,
        )
    hand = None if scenario.designs is None else fitted.get(scenario.designs.hand_method)
    sizes = _sizes(scenario, tables, frame, fitted["all"].ballots)
    said = _verdicts(results, where, fitted["all"], hand, sizes, used)
    return pd.DataFrame(rows), said


def _verdicts(
    results: Results,
    where: str,
    found: PerBallot,
    hand: PerBallot | None,
    sizes: pd.DataFrame,
    used: list[str],
) -> pd.DataFrame:
    """What the paper says about each size of harm, from all units and from hand counts alone."""
    bound = float(most_harm(found.estimate, found.se, found.df))
    for key, value, unit in (
        ("bound", bound, PER_BALLOT),
        ("bound.switched", bound * found.ballots / 100, "votes"),
        ("bound.deleted", 2 * bound * found.ballots / 100, "votes"),
    ):
        results.add(
            f"{where}.{key}",
            value,
            n=found.n,
            unit=unit,
            label="most harm that the recounted paper leaves possible (one-sided 5 %), positive",
            tables=used,
        )
    said = {"verdict": found} if hand is None else {"verdict": found, "hand": hand}
    for name, row in sizes.iterrows():
        results.add(
            f"{where}.size.{name}",
            row["harm"],
            unit=PER_BALLOT,
            label=f"{row['label']}: {row['votes']:,.0f} votes, all on DREs (positive)",
            tables=used,
        )
        for column, estimate in said.items():
            key = f"{where}.verdict.{name}" + (".hand" if column == "hand" else "")
            results.add(
                key,
                recount.verdict(estimate, float(row["harm"])),
                label="what the recounted paper says about harm of that size"
                + (", units planned to be counted by hand" if column == "hand" else ""),
                tables=used,
            )
            sizes.loc[name, column] = results[key].value
    return sizes.reset_index(names="size")


def _sizes(scenario: Scenario, tables: Tables, frame: pd.DataFrame, ballots: float) -> pd.DataFrame:
    """Sizes of harm per DRE ballot: those of the book's designs, or else what was claimed.

    Returns
    -------
    pandas.DataFrame
        Index: name of the size. ``amount, how, label, votes, harm`` (positive).
    """
    margin = int((frame["favoured"] - frame["harmed"]).sum())
    if scenario.designs is not None and scenario.tables.municipalities is not None:
        declared: Mapping[str, Size] = scenario.designs.sizes
        frames = designs.frames(scenario, tables)
        at = designs.stakes(scenario, frames)
        harm = paper.DESIGN.harm(scenario, frames["p4"], paper.Units(), at)
        votes = {name: missing for name, (missing, _) in harm.items()}
    else:
        declared = SIZES
        votes = {}
        for name, size in declared.items():
            if size.amount == "votes" and scenario.claim.votes is not None:
                votes[name] = float(scenario.claim.votes)
            if size.amount == "decisive" and margin >= 0:
                votes[name] = float(votes_to_flip(margin, 0).switched)
    rows = {
        name: {
            "amount": declared[name].amount,
            "how": declared[name].how,
            "label": convert.label(scenario, declared[name]),
            "votes": n,
            "harm": convert.per_ballot(n, ballots, declared[name].how),
        }
        for name, n in votes.items()
        if declared[name].amount != "decisive" or margin >= 0
    }
    columns = ["amount", "how", "label", "votes", "harm"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _ballots(
    results: Results,
    where: str,
    frame: pd.DataFrame,
    on: pd.DataFrame,
    every: float,
    scenario: Scenario,
    used: list[str],
) -> None:
    """DRE ballots by planned method of the recount."""
    by = frame.groupby("method")["ballots_dre"].sum()
    hand = 0.0 if scenario.designs is None else float(by.get(scenario.designs.hand_method, 0))
    rows = {
        "dre_ballots": (every, "ballots cast on DREs"),
        **{f"dre_ballots.{m}": (float(b), f"of them where {m} was planned") for m, b in by.items()},
        "dre_ballots.outside": (every - hand, "of them outside planned hand counts"),
        "dre_ballots.not_owned": (
            every - float(on["ballots_dre"].sum()),
            "of them in municipalities that own no DRE: errors of entry",
        ),
    }
    for key, (value, label) in rows.items():
        results.add(
            f"{where}.{key}", int(value), n=len(frame), unit="ballots", label=label, tables=used
        )
        if every > 0 and key != "dre_ballots":
            results.add(
                f"{where}.{key}.share", value / every, unit="share", label=label, tables=used
            )
    outside = every - hand
    margin = float((frame["favoured"] - frame["harmed"]).sum())
    if outside > 0 and margin >= 0:
        results.add(
            f"{where}.outside.decisive",
            (margin // 2 + 1) / outside,
            unit="share",
            label="switched votes that would have decided, per DRE ballot outside planned "
            "hand counts",
            tables=used,
        )
    results.add(
        f"{where}.unknown_equipment",
        int(frame["ballots_dre"].isna().sum()),
        n=len(frame),
        unit="units",
        label="units without a form on how ballots were cast",
        tables=used,
    )


def _rates(results: Results, where: str, rates: pd.DataFrame, known: pd.DataFrame) -> None:
    """How often recounts are held and what they change, and where this one stands among them."""
    used = ["fact_recount_rates", "fact_recounts"]
    row = rates.sort_values("elections").iloc[-1]
    for name, unit in (
        ("elections", "elections"),
        ("recounts", "recounts"),
        ("reversals", "recounts"),
        ("mean_shift_share", "share"),
        ("mean_shift_votes", "votes"),
        ("period", ""),
    ):
        results.add(
            f"recount.{NATION.lower()}.{name}",
            row[name],
            unit=unit,
            label=f"statewide elections {row['period']}: {name}",
            tables=used[:1],
        )
    shifts = known["shift"].dropna().astype(int)
    own = results[f"{where}.net_change"].value
    assert isinstance(own, int)
    results.add(
        f"recount.{NATION.lower()}.larger",
        int((shifts > own).sum()),
        n=len(shifts),
        unit="recounts",
        label="listed recounts that moved the margin by more votes than this one",
        tables=used[1:],
    )
