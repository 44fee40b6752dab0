"""How far the last polls before an election were from its result, place by place.

Errors are in points and signed: **positive** = the polls showed the party said to be harmed
further ahead (or less far behind) than it came out, so it did worse than the polls said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sevenpercent.errors import InputError, demand
from sevenpercent.model.numbers import spread
from sevenpercent.model.scenario import NATION
from sevenpercent.stats import regression

MORE = 2
"""How many times the declared minimum the strictest sample asks for."""


@dataclass(frozen=True)
class Rule:
    """Which polls count, and how many a place needs.

    `window`: days before the election in which the poll's date must lie; `minimum`: polls that a
    place needs before it is compared with others; `latest`: take only each pollster's last poll of
    a place; `partisan`: take polls by partisan pollsters or for partisan sponsors too.
    """

    window: int = 21
    minimum: int = 5
    latest: bool = False
    partisan: bool = True

    def __post_init__(self) -> None:
        for name, value in (("window", self.window), ("minimum", self.minimum)):
            if value < 1:
                raise InputError("must be at least 1", column=name, value=value, fix="Raise it.")


@dataclass(frozen=True)
class Mean:
    """Mean error of several polls, or of several states.

    `estimate`: points, signed as everywhere here. `se`, `lo`, `hi`: standard error and 95 %
    interval: of polls clustered on pollsters (jackknife, never below what drawing samples gives),
    NaN when there is one pollster only. They say how far other polls by such pollsters might have
    given another mean; an error that all pollsters share is what ``estimate`` measures. `n`,
    `pollsters`: polls, and pollsters behind them; or states (and no pollsters). `se_pollsters`: the
    jackknife over pollsters alone.
    """

    estimate: float
    se: float
    lo: float
    hi: float
    n: int
    pollsters: int = 0
    se_pollsters: float = np.nan

    @classmethod
    def of(cls, mean: float, se: float, df: float, n: int, *by: Any) -> Mean:
        """From a mean of `n` and its error, with an interval by Student's t."""
        half = regression.t_quantile(0.975, df) * se
        return cls(mean, se, mean - half, mean + half, n, *by)


def with_errors(polls: pd.DataFrame, harmed: str = "dem", favoured: str = "rep") -> pd.DataFrame:
    r"""Add margins, error and sampling variance to each poll.

    `polls`: table ``polls``: shares of those asked and results, as fractions; `harmed`, `favoured`:
    ``dem`` and ``rep``, or the other way round. Raises InputError: unknown party, a share outside
    0..1, or a sample below 1.

    Returned with ``margin`` :math:`100(p_h - p_f)` of the poll, ``result`` the same of the votes,
    ``error`` :math:`=` ``margin - result`` (points, **positive** = the polls overstated the harmed
    party) and ``sampling`` :math:`100^2 (p_h + p_f - (p_h - p_f)^2) / n` (squared points), the
    variance that drawing :math:`n` persons at random gives the margin.
    """
    parties = ("dem", "rep")
    for party in (harmed, favoured):
        demand(party, parties, "Polls have no such party")
    for name in (f"{p}_{kind}" for p in parties for kind in ("share", "result")):
        wrong = ~polls[name].between(0, 1)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            where: dict[str, Any] = {"file": "polls", "row": first, "column": name}
            value = float(polls[name].iloc[first])
            raise InputError("A share lies outside 0 to 1", value=value, **where)
    if (polls["sample"] < 1).any():
        raise InputError("A poll asked nobody", file="polls", column="sample")
    h, f = polls[f"{harmed}_share"], polls[f"{favoured}_share"]
    out = polls.copy()
    out["margin"] = 100 * (h - f)
    out["result"] = 100 * (polls[f"{harmed}_result"] - polls[f"{favoured}_result"])
    out["error"] = out["margin"] - out["result"]
    out["sampling"] = 100**2 * (h + f - (h - f) ** 2) / polls["sample"].astype(float)
    return out


def joined_results(polls: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Give polls of a file without results those that another file prints for place and year.

    Polls of a place without a printed result are left out.
    """
    known = results[["year", "state", "dem_result", "rep_result"]].drop_duplicates()
    twice = known[known.duplicated(["year", "state"])]
    if not twice.empty:
        raise InputError(
            "Two results are printed for one place", column="state", value=twice["state"].iloc[0]
        )
    return polls.merge(known, on=["year", "state"], how="inner", validate="many_to_one")


def chosen(polls: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Polls that count under a rule, from the table ``polls``."""
    out = polls[polls["days"].between(0, rule.window)]
    if not rule.partisan:
        out = out[out["sponsor"].fillna("") == ""]
    if rule.latest:
        out = out.sort_values(["days", "poll"], kind="stable")
        out = out.drop_duplicates(["year", "state", "family"]).sort_index()
    return out


def mean_error(errors: ArrayLike, pollsters: Sequence[str], least: float = 0.0) -> Mean:
    r"""Mean of errors with the jackknife over pollsters.

    .. math:: \mathrm{se}^2 = \sum_g (\bar e_{(g)} - \bar e)^2

    with :math:`\bar e_{(g)}` the mean without pollster :math:`g`; t with one degree of freedom
    less than pollsters. Pollsters who agree more than drawing their samples at random lets them
    have copied one another rather than known better: the error is never below `least`.
    """
    values = np.asarray(errors, dtype=float)
    if not len(values):
        raise InputError("No poll to average")
    codes, names = pd.factorize(np.asarray(pollsters))
    count = np.bincount(codes)
    total = np.bincount(codes, values)
    mean = float(values.mean())
    groups = len(names)
    if groups < 2:
        return Mean(mean, np.nan, np.nan, np.nan, len(values), groups)
    without = (values.sum() - total) / (len(values) - count)
    between = float(np.sqrt(((without - mean) ** 2).sum()))
    return Mean.of(mean, max(between, least), groups - 1, len(values), groups, between)


def by_place(polls: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Mean error of each place and year.

    `polls`: as :func:`with_errors` gives them; `rule`: which of them count.

    Returns one row per ``year`` and ``state`` (``US`` is polls of the nation): ``margin`` of the
    polls and ``result`` (points), ``error`` with ``se, lo, hi``, ``se_pollsters`` and
    ``se_sampling`` (what pollsters' differences and chance in drawing the samples alone give;
    ``se`` is the larger), ``n`` polls by ``pollsters``; ``enough`` whether they are as many as the
    rule asks, by at least two pollsters; ``rank`` among the states with enough in that year, 1 =
    the harmed party overstated most, else null.
    """
    rows = []
    for (year, state), group in chosen(polls, rule).groupby(["year", "state"], sort=True):
        sampling = float(np.sqrt(group["sampling"].sum()) / len(group))
        mean = mean_error(group["error"], group["family"].tolist(), sampling)
        enough = mean.n >= rule.minimum and mean.pollsters > 1
        margins = float(group["margin"].mean()), float(group["result"].iloc[0])
        ends = mean.estimate, mean.se, mean.lo, mean.hi, mean.se_pollsters, sampling
        rows.append([year, state, *margins, *ends, mean.n, mean.pollsters, enough])
    if not rows:
        raise InputError("No poll lies in the window", column="window", value=rule.window)
    columns = ["year", "state", "margin", "result", "error", "se", "lo", "hi"]
    columns += ["se_pollsters", "se_sampling", "n", "pollsters", "enough"]
    out = pd.DataFrame(rows, columns=columns)
    ranked = out[out["enough"] & (out["state"] != NATION)]
    rank = ranked.groupby("year")["error"].rank(ascending=False, method="min")
    return out.assign(rank=rank.astype("Int64"))


def compared(places: pd.DataFrame, year: int) -> pd.DataFrame:
    """States with enough polls in one year, the harmed party overstated most first.

    Raises InputError: no polls of that year, or fewer than two such states.
    """
    known = sorted(places["year"].unique())
    if year not in known:
        years = f"Years with polls in the window: {', '.join(map(str, known))}"
        fix = f"{years}. Widen polls.window, or leave the chapter out."
        raise InputError("No polls of this election", column="year", value=year, fix=fix)
    out = _compared(places, year)
    if len(out) < 2:
        fix = "Lower it, or widen the window."
        raise InputError("Fewer than two states have enough polls", column="minimum", fix=fix)
    return out


def _compared(places: pd.DataFrame, year: int) -> pd.DataFrame:
    out = places[(places["year"] == year) & places["enough"] & (places["state"] != NATION)]
    return out.sort_values(["rank", "state"], ignore_index=True)


def alike(places: pd.DataFrame, state: str) -> int:
    """Other places whose error differs from that state's by less than 1.96 joint errors."""
    own = places[places["state"] == state].iloc[0]
    others = places[places["state"] != state]
    joint = np.sqrt(others["se"] ** 2 + own["se"] ** 2)
    return int(((others["error"] - own["error"]).abs() < 1.96 * joint).sum())


def errors(places: pd.DataFrame, part: str | pd.Series[str]) -> pd.DataFrame:
    """State errors as rows to publish, each under the name `part`."""
    return places.rename(columns={"state": "place", "error": "estimate"}).assign(
        part=part,
        unit="points",
        label="mean of the last polls minus result; positive = harmed party overstated",
    )


_DETAILS = {
    "rank": ("rank", "rank among states with enough polls; 1 = harmed party overstated most"),
    "alike": ("states", "other states whose error is not told apart from this state's"),
    "margin": ("points", "mean margin of the harmed party in the last polls"),
    "result": ("points", "margin of the harmed party in the votes"),
    "se_sampling": ("points", "standard error from drawing the samples alone"),
    "expected": ("points", "error on the line that the other states' education gives"),
}


def details(claimed: pd.DataFrame, states: int, along: int | None) -> pd.DataFrame:
    """What is told of each state of the claim, as rows to publish.

    `states` is how many are compared, `along` how many the line runs through.
    """
    counts = {"rank": states, "alike": states - 1, "expected": along}
    of = {f"{name}_n": counts.get(name, claimed["n"]) for name in _DETAILS}
    return spread(claimed.assign(place=claimed["state"], **of), _DETAILS)


def cycles(places: pd.DataFrame, claimed: Sequence[str]) -> pd.DataFrame:
    """One row per election: ``year``, ``states`` with enough polls, their ``mean`` error in points.

    A column for each of the states `claimed` has its error, null where there are not enough polls.
    """
    enough = places[places["enough"] & (places["state"] != NATION)]
    found = pd.DataFrame(enough.groupby("year")["error"].agg(states="size", mean="mean"))
    own = enough.pivot_table(index="year", columns="state", values="error")
    return found.join(own.reindex(columns=list(claimed))).reset_index()


def samples(
    asked: pd.DataFrame, campaign: pd.DataFrame, rule: Rule, year: int, sides: tuple[str, str]
) -> pd.DataFrame:
    """The same states under other choices of polls, and in a second file of polls.

    `asked`: as :func:`with_errors` gives them; `campaign`: the second file, which prints no
    results; `rule`: as declared. Returned as :func:`compared` for each ``sample`` that has polls,
    with ``states``, their number.
    """
    second = campaign[campaign["sample"].notna() & (campaign["year"] == year)]
    second = with_errors(joined_results(second, asked), *sides)
    choices = {
        "declared": (rule, asked),
        "more": (replace(rule, minimum=MORE * rule.minimum), asked),
        "week": (replace(rule, window=7), asked),
        "latest": (replace(rule, latest=True), asked),
        "nonpartisan": (replace(rule, partisan=False), asked),
        "second": (rule, second),
    }
    found = {
        name: _compared(by_place(polls, other), year)
        for name, (other, polls) in choices.items()
        if len(chosen(polls, other)) and (name != "week" or rule.window > 7)
    }
    made = [own.assign(sample=name, states=len(own)) for name, own in found.items()]
    return pd.concat(made, ignore_index=True)
