"""Errors of polls: the library by hand, the findings on planted polls, the committed tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.show.figures import polls as figures
from sevenpercent.stats import poll_patterns as patterns
from sevenpercent.stats import polls
from sevenpercent.stats.polls import Rule
from sevenpercent.study import cells

Loader = Callable[[str], pd.DataFrame]


def asked(*rows: tuple[str, str, float, int], sample: int = 400) -> pd.DataFrame:
    """Polls as (state, pollster, harmed lead in points, days before); the result is a tie."""
    return pd.DataFrame(
        {
            "year": 2016,
            "state": [r[0] for r in rows],
            "poll": [str(i) for i in range(len(rows))],
            "family": [r[1] for r in rows],
            "sponsor": "",
            "days": [r[3] for r in rows],
            "sample": sample,
            "dem_share": [0.45 + r[2] / 200 for r in rows],
            "rep_share": [0.45 - r[2] / 200 for r in rows],
            "dem_result": 0.48,
            "rep_result": 0.48,
        }
    )


def test_jackknife_over_pollsters_by_hand() -> None:
    mean = polls.mean_error([1, 3, 5], ["a", "a", "b"])
    assert mean.estimate == pytest.approx(3)
    assert mean.se == pytest.approx(np.sqrt((5 - 3) ** 2 + (2 - 3) ** 2))
    assert mean.hi - mean.lo == pytest.approx(2 * 12.706204736 * mean.se)
    assert (mean.n, mean.pollsters) == (3, 2)


def test_polls_of_one_pollster_have_a_mean_but_no_interval() -> None:
    mean = polls.mean_error([1, 3], ["a", "a"])
    assert mean.estimate == 2
    assert np.isnan([mean.se, mean.lo, mean.hi]).all()


def test_each_pollster_once_gives_the_textbook_error_times_its_correction() -> None:
    errors = np.array([2.0, 4.0, 9.0, 1.0])
    n = len(errors)
    plain = errors.std(ddof=1) / np.sqrt(n)
    assert polls.mean_error(errors, list("abcd")).se == pytest.approx(plain * np.sqrt(n / (n - 1)))


def test_error_is_positive_when_the_harmed_party_was_overstated() -> None:
    both = asked(("WI", "a", 6, 3))
    seen = polls.with_errors(both).iloc[0]
    assert seen["error"] == pytest.approx(6)
    assert seen["sampling"] == pytest.approx(1e4 * (0.9 - 0.06**2) / 400)
    assert polls.with_errors(both, "rep", "dem")["error"].iloc[0] == pytest.approx(-6)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"dem_share": 48.0}, "outside 0 to 1"), ({"sample": 0}, "asked nobody")],
)
def test_impossible_polls_are_refused(change: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        polls.with_errors(asked(("WI", "a", 6, 3)).assign(**change))


def test_unknown_party_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'dem'"):
        polls.with_errors(asked(("WI", "a", 6, 3)), "dems", "rep")


def test_window_latest_and_partisan_choose_polls() -> None:
    table = asked(("WI", "a", 1, 2), ("WI", "a", 2, 9), ("WI", "b", 3, 21), ("WI", "c", 4, 22))
    table.loc[0, "sponsor"] = "dem"
    choose = {
        Rule(): ["0", "1", "2"],
        Rule(window=9): ["0", "1"],
        Rule(latest=True): ["0", "2"],
        Rule(latest=True, partisan=False): ["1", "2"],
    }
    for rule, kept in choose.items():
        assert polls.chosen(table, rule)["poll"].tolist() == kept


def test_a_rule_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1"):
        Rule(window=0)
    with pytest.raises(InputError, match="at least 1"):
        Rule(minimum=0)


def test_rank_counts_states_with_enough_polls_only() -> None:
    table = polls.with_errors(
        asked(
            *[("AA", p, 9, 3) for p in "ab"],
            *[("BB", p, 5, 3) for p in "abc"],
            *[("CC", p, 7, 3) for p in "abc"],
            *[("DD", "a", 8, d) for d in (1, 2, 3)],
            *[("US", p, 20, 3) for p in "abc"],
        )
    )
    places = polls.by_place(table, Rule(minimum=3))
    assert places.set_index("state")["rank"].dropna().to_dict() == {"BB": 2, "CC": 1}
    assert polls.compared(places, 2016)["state"].tolist() == ["CC", "BB"]


def test_alike_counts_states_within_the_joint_error() -> None:
    places = pd.DataFrame({"state": list("abc"), "error": [0.0, 2.7, 3.0], "se": [1.0, 1.0, 0.5]})
    assert polls.alike(places, "a") == 1


def test_state_mean_is_weighted_and_leaves_unknown_counties_out() -> None:
    counties = pd.DataFrame(
        {
            "state": ["A", "A", "A", "B"],
            "people": [1, 3, 100, 5],
            "share": [1.0, 0.2, np.nan, np.nan],
        }
    )
    means = patterns.state_means(counties, ["share"], "people").set_index("state")["share"]
    assert means["A"] == pytest.approx((1 + 0.6) / 4)
    assert np.isnan(means["B"])


def test_results_are_joined_and_must_be_one_per_place() -> None:
    printed = asked(("WI", "a", 1, 2), ("PA", "a", 1, 2))
    bare = printed.drop(columns=["dem_result", "rep_result"])
    assert len(polls.joined_results(bare, printed[printed["state"] == "WI"])) == 1
    clash = pd.concat([printed, printed.assign(dem_result=0.1)])
    with pytest.raises(InputError, match="Two results"):
        polls.joined_results(bare, clash)


def test_samples_leave_out_a_choice_that_is_the_declared_one_or_has_no_poll() -> None:
    table = polls.with_errors(asked(*[(x, p, 3, 3) for x in ("WI", "PA") for p in "ab"]))
    campaign = table.drop(columns=["dem_result", "rep_result"]).assign(year=2020)
    found = [
        polls.samples(table, campaign, Rule(window=w, minimum=2), 2016, ("dem", "rep"))
        for w in (7, 21)
    ]
    assert [set(f["sample"]) for f in found] == [
        {"declared", "latest", "nonpartisan"},
        {"declared", "week", "latest", "nonpartisan"},
    ]
    assert found[0]["states"].unique().tolist() == [2]


@pytest.mark.parametrize(
    ("lo", "hi", "elsewhere", "said"),
    [
        ([], [], 1.0, "untested"),
        ([1, 2], [3, 4], 1.0, "everywhere"),
        ([1, 2], [3, 4], -1.0, "there"),
        ([1, 2], [3, 4], None, "there"),
        ([-1, 2], [3, 4], 1.0, "unclear"),
        ([-5, -4], [-1, -1], 1.0, "opposite"),
    ],
)
def test_verdict(lo: list[float], hi: list[float], elsewhere: float | None, said: str) -> None:
    other = None if elsewhere is None else polls.Mean(2, 0.5, elsewhere, 3, 9)
    assert patterns.verdict(pd.DataFrame({"lo": lo, "hi": hi}), other) == said


def test_mean_over_states_has_the_textbook_interval() -> None:
    states = pd.DataFrame({"error": [1.0, 2.0, 6.0], "se_sampling": 0.1})
    mean = patterns.across(states)
    assert mean is not None
    assert (mean.estimate, mean.n) == (3, 3)
    assert mean.se == pytest.approx(np.sqrt(7 / 3))
    assert mean.hi - mean.lo == pytest.approx(2 * 4.302652730 * mean.se)
    assert patterns.across(states.head(0)) is None
    agreed = patterns.across(states.assign(error=2.0))
    assert agreed is not None
    assert agreed.se == pytest.approx(0.1 / np.sqrt(3))


def test_line_is_the_plain_one_and_its_spread_what_is_left() -> None:
    states = pd.DataFrame({"error": [0.0, 2.0, 1.0, 3.0], "share": [0.0, 0.0, 1.0, 1.0]})
    line = patterns.line(states, "share")
    assert line is not None
    assert (line.constant, line.slope, line.n) == pytest.approx((1, 1, 4))
    assert line.spread == pytest.approx(np.sqrt(4 / 2))
    assert patterns.line(states.head(3), "share") is None
    assert patterns.slope(states.assign(share=1.0), "share") is None
    assert patterns.slope(states.assign(more=[1, 2, 4, 9]).iloc[1:], "share", ["more"]) is None


# --- the chapter ------------------------------------------------------------------------------


def run(s: scenario.Scenario, load: Loader = tables.load) -> cells.Executed:
    return cells.run("polls", s, load, lambda name: Results())


@lru_cache(maxsize=1)
def found() -> cells.Executed:
    return run(scenario.load())


def planted(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Loader:
    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        return change(table) if name == "polls" else table

    return load


def test_an_error_in_the_claimed_states_alone_changes_the_answer() -> None:
    chosen = scenario.load()

    def only_there(table: pd.DataFrame) -> pd.DataFrame:
        elsewhere = ~table["state"].isin(chosen.states)
        wobble = np.where(np.arange(len(table)) % 2, 0.02, -0.02)
        for party, sign in (("dem", 1), ("rep", -1)):
            flat = table[f"{party}_result"] + sign * wobble
            table.loc[elsewhere, f"{party}_share"] = flat[elsewhere]
        return table

    before = cells.run("polls", chosen, tables.load, lambda name: Results())
    after = cells.run("polls", chosen, planted(only_there), lambda name: Results())
    assert before.variables["verdict"] == "everywhere"
    assert after.variables["verdict"] == "there"
    assert after.results["polls.us.larger"].value == 0


def test_an_error_along_the_machines_is_found() -> None:
    chosen = scenario.load()
    states = found().variables["states"].set_index("state")
    reading = "dre_share_registration"

    def with_machines(table: pd.DataFrame) -> pd.DataFrame:
        share = table["state"].map(states[reading]).fillna(0.0)
        table["dem_share"] = (table["dem_share"] + 0.10 * share).clip(upper=1)
        return table

    key = f"polls.us.{reading}.error.{patterns.EDUCATION}.none.hc2_bm"
    before = found().results[key]
    after = run(chosen, planted(with_machines)).results[key]
    assert before.lo is not None
    assert before.lo < 0
    assert float(str(after.value)) - float(str(before.value)) == pytest.approx(10)
    assert after.lo is not None
    assert after.lo > 0


def test_state_error_agrees_with_plain_numpy() -> None:
    table = tables.load("polls")
    own = table[(table["year"] == 2016) & (table["state"] == "MI") & (table["days"] <= 21)]
    error = 100 * (
        own["dem_share"] - own["rep_share"] - own["dem_result"] + own["rep_result"]
    ).to_numpy(float)
    family = own["family"].to_numpy()
    without = [error[family != f].mean() for f in np.unique(family)]
    value = found().results["polls.mi.error"]
    assert value.value == pytest.approx(error.mean(), abs=1e-9)
    assert value.se == pytest.approx(
        np.sqrt(sum((w - error.mean()) ** 2 for w in without)), abs=1e-9
    )
    assert value.n == len(own)


def test_printed_results_agree_with_the_state_votes() -> None:
    table = tables.load("polls")
    votes = tables.load("state_votes")
    votes["margin"] = (votes["dem"] - votes["rep"]).astype(float) / votes["total"].astype(float)
    printed = table.drop_duplicates(["year", "state"]).merge(votes, on=["year", "state"])
    chosen = printed[printed["state"].isin(scenario.load().states)]
    gap = (chosen["dem_result"] - chosen["rep_result"] - chosen["margin"]).abs()
    assert len(chosen) == 3 * chosen["year"].nunique() >= 15
    assert gap.max() < 0.001


def test_a_stricter_minimum_leaves_fewer_states() -> None:
    more = run(scenario.load(overrides={"polls.minimum": 10}))
    samples = found().variables["samples"]
    expected = samples.loc[samples["sample"] == "more", "states"].iloc[0]
    assert len(more.variables["states"]) == expected
    assert expected < len(found().variables["states"])


def test_an_election_without_polls_and_too_strict_a_rule_are_refused() -> None:
    places = polls.by_place(polls.with_errors(tables.load("polls")), Rule(minimum=500))
    with pytest.raises(InputError, match="No polls of this election"):
        polls.compared(places, 2018)
    with pytest.raises(InputError, match="Fewer than two states"):
        polls.compared(places, 2016)


# --- figures ----------------------------------------------------------------------------------


def test_ranking_labels_every_state_with_its_error() -> None:
    states = found().variables["states"]
    picture = figures.ranking(states, "dre_share_registration", ("machines", "paper"), "Bell")
    figure = picture.draw(title="T", subtitle="S", source="O")
    assert "WI +6.0" in picture.says
    shown = [t.get_text() for t in figure.axes[0].texts]
    for state in states["state"]:
        assert state in shown
    assert "+6.0" in shown
    bold = {t.get_text() for t in figure.axes[0].texts if t.get_fontweight() == "bold"}
    assert {"WI", "PA", "MI"} <= bold


def test_pollsters_who_agree_do_not_beat_their_samples() -> None:
    alike = asked(*(("WI", name, 6.0, 3) for name in "abcd"), sample=400)
    row = polls.by_place(polls.with_errors(alike), Rule(minimum=2)).iloc[0]
    assert row["se_pollsters"] == pytest.approx(0, abs=1e-9)
    assert row["se"] == row["se_sampling"] > 2
    assert row["hi"] - row["lo"] == pytest.approx(2 * 3.182446305 * row["se"])


def test_no_state_has_an_error_below_that_of_its_samples() -> None:
    places = polls.by_place(polls.with_errors(tables.load("polls")), Rule())
    known = places[places["enough"]]
    assert (known["se"] >= known["se_sampling"]).all()
    assert (known["se_pollsters"] < known["se_sampling"]).any()


def test_an_error_that_all_states_share_leaves_nothing_in_any() -> None:
    """Planted: one error of five points everywhere, one state of twelve; own errors of a point."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(200):
        error = 5 + rng.standard_normal(27) * np.hypot(2.0, 1.0)
        states = pd.DataFrame({"state": [f"S{i}" for i in range(27)], "error": error, "se": 1.0})
        states.loc[0, "error"] = 12 + rng.standard_normal() * np.hypot(2.0, 1.0)
        split = patterns.shared(states.iloc[2:], states.iloc[:2])
        assert split is not None
        odd, usual = split.own.to_dict("records")
        clear = usual["lo"] > 0 or usual["hi"] < 0
        now = [split.national.estimate, split.apart, odd["excess"], odd["lo"] > 0, clear]
        found.append([float(value) for value in now])
    mean = np.mean(found, axis=0)
    assert mean[:3] == pytest.approx([5, 2, 7], abs=0.2)
    assert mean[3] > 0.7  # seven points stand out of two
    assert mean[4] == pytest.approx(0.05, abs=0.035)


def test_states_that_differ_by_their_samples_alone_share_everything() -> None:
    states = pd.DataFrame({"state": list("abcd"), "error": [4.9, 5.0, 5.1, 5.0], "se": 2.0})
    split = patterns.shared(states, states.head(1))
    assert split is not None
    assert split.apart == 0
    assert split.national.se == pytest.approx(1.0)
    assert patterns.shared(states.head(2), states) is None
