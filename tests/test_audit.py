"""Audits: published sample sizes, simulated audits, the risk limit itself, and the findings."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.numbers import spread
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.show.figures.audit import of_audits, workload
from sevenpercent.show.figures.forest import Row
from sevenpercent.show.recounts import paper_table, sizes_table
from sevenpercent.stats import audit, risk_limits
from sevenpercent.stats.risk_limits import Contest, Discrepancies
from sevenpercent.study import cells, magics

Array = NDArray[np.float64]
MANY = 1_000_000


def two(share: float) -> Contest:
    """A contest between two with so many of a million ballots for the winner."""
    winner = round(share * MANY)
    return Contest(winner, MANY - winner, MANY)


@pytest.mark.parametrize(("share", "published"), [(0.505, 46151), (0.52, 2902), (0.6, 119)])
def test_ballot_polling_as_in_table_1_of_bravo(share: float, published: int) -> None:
    assert risk_limits.polling_size(two(share), 0.10) == published


def test_other_votes_enter_ballot_polling_in_proportion() -> None:
    half = Contest(300_000, 200_000, MANY)
    assert risk_limits.polling_size(half, 0.10) == pytest.approx(
        2 * risk_limits.polling_size(two(0.6), 0.10), abs=2
    )


def test_simulated_ballot_polling_has_the_published_spread() -> None:
    """Quantiles as fractions of the mean in table 1 of BRAVO: 0.41, 0.71, 1.25, 2.09, 4.64."""
    contest = two(0.52)
    sizes = risk_limits.polling_draws(contest, 0.10, 8000, np.random.default_rng(7), step=4)
    mean = risk_limits.polling_size(contest, 0.10)
    assert sizes.mean() == pytest.approx(mean, rel=0.04)
    got = np.quantile(sizes, [0.25, 0.5, 0.75, 0.9]) / mean
    assert got == pytest.approx([0.41, 0.71, 1.25, 2.09], abs=0.06)
    assert np.quantile(sizes, 0.99) / mean == pytest.approx(4.64, abs=0.35)


@pytest.mark.slow
@pytest.mark.parametrize("risk", [0.05, 0.10])
def test_ballot_polling_keeps_its_risk_when_the_race_is_tied(risk: float) -> None:
    reported, tied = Contest(3_300, 2_700, 6_000), Contest(3_001, 2_999, 6_000)
    sizes = risk_limits.polling_draws(
        reported, risk, 4000, np.random.default_rng(3), truth=tied, step=1
    )
    wrong = float((sizes < reported.ballots).mean())
    assert wrong <= risk + 3 * math.sqrt(risk * (1 - risk) / 4000)
    assert wrong > risk / 2  # the limit is nearly reached, so the test could fail


@pytest.mark.parametrize(
    ("margin", "found", "published"),
    [
        (0.2, Discrepancies(), 24),
        (0.1, Discrepancies(), 48),
        (0.05, Discrepancies(), 96),
        (0.002, Discrepancies(), 2393),
        (0.05, Discrepancies(o1=1), 123),
        (0.005, Discrepancies(o1=1, u1=1), 1067),
    ],
)
def test_comparison_sizes_of_starks_tool(
    margin: float, found: Discrepancies, published: int
) -> None:
    assert risk_limits.comparison_size(margin, 0.10, found) == published


def test_the_gentle_rule_of_thumb() -> None:
    """Lindeman and Stark 2012: (4.8 + 1.4 (o1 + 5 o2 - 0.6 u1 - 4.4 u2)) / margin at 10 %."""
    tiny = 1e-6
    base = risk_limits.comparison_size(tiny, 0.10)
    assert round(base * tiny, 1) == 4.8
    extra = {
        name: (risk_limits.comparison_size(tiny, 0.10, Discrepancies(**{name: 1.0})) - base) * tiny
        for name in ("o1", "o2", "u1", "u2")
    }
    assert round(extra["o1"], 1) == 1.4
    assert extra["o2"] == pytest.approx(1.4 * 5, abs=0.2)
    assert extra["u1"] == pytest.approx(-1.4 * 0.6, abs=0.2)
    assert extra["u2"] < extra["u1"] < 0


NEW_HAMPSHIRE = (354040 - 337589) / (354040 + 337589 + 33234)


@pytest.mark.parametrize(
    ("margin", "rates", "published"),
    [
        (0.05, Discrepancies(o1=0.001, u1=0.001), 125),
        (NEW_HAMPSHIRE, Discrepancies(o1=0.001), 291),
        (0.05, Discrepancies(u2=0.05), 52),
        (0.05, Discrepancies(o1=0.05), math.inf),
    ],
)
def test_expected_comparison_sizes(margin: float, rates: Discrepancies, published: float) -> None:
    assert expected(margin, rates) == published


def expected(margin: float, rates: Discrepancies) -> float:
    """Ballots that an audit needs when discrepancies come at these rates (Stark 2010)."""
    rate = math.log(1 - margin / (2 * risk_limits.GAMMA)) - risk_limits._weigh(
        rates, risk_limits.GAMMA
    )
    return math.ceil(math.log(0.05) / rate) if rate < 0 else math.inf


def test_simulated_comparison_without_errors_is_the_formula() -> None:
    contest = Contest(525_000, 475_000, MANY)
    sizes = risk_limits.comparison_draws(
        contest, 0.05, Discrepancies(), 100, np.random.default_rng(1)
    )
    assert set(sizes) == {expected(0.05, Discrepancies())}


def test_simulated_comparison_with_errors_is_near_its_expectation() -> None:
    contest, rates = Contest(525_000, 475_000, MANY), Discrepancies(o1=0.004, u1=0.004)
    sizes = risk_limits.comparison_draws(contest, 0.05, rates, 4000, np.random.default_rng(1))
    assert sizes.mean() == pytest.approx(expected(0.05, rates), rel=0.10)


def test_comparison_keeps_its_risk_when_the_machines_made_the_margin() -> None:
    """Overstatements by two votes on half as many ballots as the margin: truly a tie."""
    contest = Contest(10_500, 9_500, 20_000)
    wrong = Discrepancies(o2=contest.diluted_margin / 2)
    sizes = risk_limits.comparison_draws(contest, 0.10, wrong, 2000, np.random.default_rng(5))
    share = float((sizes < contest.ballots).mean())
    assert share <= 0.10 + 3 * math.sqrt(0.10 * 0.90 / 2000)
    assert share > 0.01


def alpha(ballots: Array, reported: float, risk: float) -> int:
    """Ballots of one audit by ALPHA, in the order drawn: the martingale, ballot by ballot."""
    n, total, evidence = len(ballots), 0.0, 1.0
    for j, x in enumerate(ballots):
        mu = (n / 2 - total) / (n - j)
        if mu < 0 or (mu == 0 and x > 0):
            return j + 1
        eta = max(reported, min(mu + 1e-9, 1.0))
        won = x * (eta - mu) / mu if x else 0.0
        evidence *= (won + 1 - eta) / (1 - mu) if mu < 1 else 0.0
        if evidence >= 1 / risk:
            return j + 1
        total += x
    return n


@pytest.mark.parametrize("margin", [0.04, 0.10])
def test_alpha_by_formula_is_what_audits_take_on_average(margin: float) -> None:
    contest = Contest(round(2000 * (0.9 + margin) / 2), round(2000 * (0.9 - margin) / 2), 2000)
    ballots = np.repeat([1.0, 0.0, 0.5], [contest.winner, contest.runner_up, 200])
    rng = np.random.default_rng(5)
    drawn = [alpha(rng.permutation(ballots), float(ballots.mean()), 0.1) for _ in range(400)]
    formula = risk_limits.alpha_size(contest, 0.1)
    assert formula < min(risk_limits.polling_size(contest, 0.1), 2000)
    assert np.mean(drawn) == pytest.approx(formula, rel=0.12)


@pytest.mark.slow
def test_alpha_keeps_its_risk_when_the_race_is_tied() -> None:
    ballots, rng = np.repeat([1.0, 0.0], 500), np.random.default_rng(6)
    drawn = np.array([alpha(rng.permutation(ballots), 0.55, 0.1) for _ in range(1000)])
    assert 0.02 < (drawn < 1000).mean() <= 0.1 + 0.02


def test_alpha_is_bravo_where_few_of_many_ballots_are_drawn_and_never_more_than_all() -> None:
    wide = two(0.55)
    assert risk_limits.alpha_size(wide, 0.05) == pytest.approx(
        risk_limits.polling_size(wide, 0.05), rel=0.02
    )
    tight = two(0.5005)
    assert risk_limits.alpha_size(tight, 0.05) <= MANY < risk_limits.polling_size(tight, 0.05)


def test_shangrla_without_errors_is_the_closed_formula_and_grows_with_them() -> None:
    for margin in (0.01, 0.2):
        least = math.ceil(math.log(20) / math.log(2 / (2 - margin)))
        assert (
            risk_limits.shangrla_size(margin, 0.05)
            == least
            < risk_limits.comparison_size(margin, 0.05)
        )
    errors = [
        risk_limits.shangrla_size(0.01, 0.05, Discrepancies(o1=r)) for r in (0, 1e-3, 3e-3, 0.02)
    ]
    assert errors == sorted(errors)
    assert errors[-1] == math.inf


def test_shangrla_with_errors_is_what_audits_take_with_that_bet() -> None:
    margin, rates = 0.05, Discrepancies(o1=0.005, o2=0.001, u1=0.005)
    x = np.array([0.0, 0.5, 1.0, 1.5]) / (2 - margin) - 0.5
    p = [rates.o2, rates.o1, 1 - rates.o2 - rates.o1 - rates.u1, rates.u1]
    bets = np.linspace(0.01, 1.99, 199)
    best = bets[np.argmax([p @ np.log1p(b * x) for b in bets])]
    draws = np.random.default_rng(7).choice(np.log1p(best * x), p=p, size=(2000, 3000))
    stopped = (draws.cumsum(axis=1) >= math.log(20)).argmax(axis=1) + 1
    assert stopped.mean() == pytest.approx(risk_limits.shangrla_size(margin, 0.05, rates), rel=0.10)


def test_distinct_ballots_are_fewer_than_drawn() -> None:
    rng = np.random.default_rng(2)
    seen = np.mean([len(set(rng.integers(0, 500, 300))) for _ in range(400)])
    assert risk_limits.distinct(300, 500) == pytest.approx(seen, abs=1.0)
    assert risk_limits.distinct(1, 10**7) == pytest.approx(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: Contest(5, 5, 20),
        lambda: Contest(15, 6, 20),
        lambda: Discrepancies(o1=-1),
        lambda: risk_limits.polling_size(two(0.6), 0),
        lambda: risk_limits.polling_size(Contest(10, 0, 20), 0.1),
        lambda: risk_limits.comparison_size(0, 0.1),
        lambda: risk_limits.comparison_size(0.1, 0.1, gamma=1),
        lambda: risk_limits.comparison_draws(
            two(0.6), 0.1, Discrepancies(o1=0.6, u1=0.6), 10, np.random.default_rng(1)
        ),
    ],
)
def test_impossible_requests_are_refused(call: object) -> None:
    with pytest.raises(InputError):
        call()  # type: ignore[operator]


def test_errors_count_against_whoever_led() -> None:
    changes = pd.DataFrame(
        {
            "votes": [100.0, 100.0],
            "favoured": [60.0, 50.0],
            "harmed": [40.0, 50.0],
            "favoured_change": [-3.0, 0.0],  # the leader had three too many
            "harmed_change": [0.0, -1.0],  # and the runner-up one
        }
    )
    assert audit.error_rates(changes) == Discrepancies(o1=3 / 200, u1=1 / 200)
    turned = changes.rename(
        columns={
            "favoured": "harmed",
            "harmed": "favoured",
            "favoured_change": "harmed_change",
            "harmed_change": "favoured_change",
        }
    )
    assert audit.error_rates(turned) == audit.error_rates(changes)


def test_tables_and_figure_say_where_no_audit_was_possible() -> None:
    sizes = pd.concat(
        audit.sizes(
            two(0.6), [0.05, 0.1], audit.NONE, draws=100, rng=np.random.default_rng(1)
        ).assign(place=place, diluted_margin=0.2)
        for place in ("AA", "BB")
    )
    votes = pd.DataFrame({"fips": ["1", "2"], "state": ["AA", "BB"], "total": [10, 10]})
    lists = pd.DataFrame(
        {"fips": ["1", "1"], "reading": ["vvpat", "dre_only"], "value": [0.0, 1.0]}
    )
    paper = audit.paper_kept(votes, lists, ["AA", "BB"])
    names = {"AA": "Alpha", "BB": "Beta"}
    assert paper_table(paper, names)["audit"].tolist() == ["not possible", "possible"]
    shown = sizes_table(sizes, "comparison", names)
    assert list(shown.columns) == [
        "state",
        "margin",
        "10 %",
        "10 %, newer",
        "10 %, simulated",
        "5 %",
        "5 %, newer",
        "5 %, simulated",
    ]
    assert "Alpha, comparison, 5 %: 29" in of_audits(sizes, paper, names, unit="ballots").says
    drawn = of_audits(sizes, paper, names, unit="b").draw(title="t", subtitle="s", source="x")
    assert sum("without paper" in t.get_text() for t in drawn.axes[0].texts) == 1
    plt.close(drawn)


def test_rows_to_publish_leave_out_what_the_frame_lacks() -> None:
    frame = pd.DataFrame([{"place": "AA", "x": 1.0, "x_lo": 0.5, "z": 3.0}])
    rows = spread(frame, {"x": ("u", "ex"), "y": ("u", "why")})
    assert rows[["place", "part", "value", "lo"]].values.tolist() == [["AA", "x", 1.0, 0.5]]


# --- the chapter ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> Scenario:
    return scenario.load()


def done(book: Scenario, load: Callable[[str], pd.DataFrame] = tables.load) -> cells.Executed:
    return cells.run("audit", book, load, lambda name: Results())


@pytest.fixture(scope="module")
def found(book: Scenario) -> cells.Executed:
    return done(book)


def number(found: cells.Executed, key: str) -> float:
    value = found.results[key].value
    assert isinstance(value, (int, float))
    return float(value)


def test_sizes_follow_the_margin(book: Scenario, found: cells.Executed) -> None:
    states = tables.load("states").set_index("state")
    for state in book.states:
        votes = {name: int(states[name][state]) for name in ("dem", "rep", "total")}
        margin = abs(votes["rep"] - votes["dem"]) / votes["total"]
        where = f"audit.{state.lower()}"
        assert number(found, f"{where}.diluted_margin") == pytest.approx(margin)
        for risk in (0.05, 0.10):
            size = number(found, f"{where}.comparison.{audit.risk_name(risk)}.formula")
            assert size == math.ceil(-2 * 1.03905 * math.log(risk) / margin)
            polled = number(found, f"{where}.polling.{audit.risk_name(risk)}.formula")
            assert polled > 50 * size


def test_simulation_agrees_with_the_formulas(book: Scenario, found: cells.Executed) -> None:
    for state in book.states:
        for risk in ("risk5", "risk10"):
            key = f"audit.{state.lower()}.polling.{risk}"
            assert number(found, f"{key}.simulated") == pytest.approx(
                number(found, f"{key}.formula"), rel=0.10
            )


def test_the_headline_is_the_audit_that_the_records_could_have_supported(
    book: Scenario, found: cells.Executed
) -> None:
    assert book.audit.records == "polling"
    newer = number(found, "audit.wi.polling.risk5.newer")
    assert newer < number(found, "audit.wi.polling.risk5.formula")
    few = book.model_copy(update={"audit": book.audit.model_copy(update={"draws": 100})})
    said = cells.run("audit", few, tables.load, lambda name: Results(), magics.spoken).said
    assert f"with about **{newer:,.0f} ballots**" in " ".join(" ".join(said).split())


def test_only_paper_can_be_audited(found: cells.Executed) -> None:
    possible = {p: found.results[f"audit.{p}.possible"].value for p in ("wi", "pa", "mi")}
    assert possible == {"wi": True, "pa": False, "mi": True}
    only, some = (number(found, f"audit.pa.{k}") for k in ("no_paper_only", "no_paper"))
    assert 0.75 < only < some < 1


def test_a_paper_trail_makes_the_audit_possible(book: Scenario) -> None:
    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        if name == book.tables.equipment:
            table.loc[table["reading"] == audit.TRAIL, "value"] = 1.0
        return table

    assert done(book, load).results["audit.pa.possible"].value is True


def test_without_a_list_of_trails_it_is_not_known(book: Scenario) -> None:
    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        return table[table["reading"] != audit.TRAIL] if "reading" in table else table

    r = done(book, load).results
    assert r["audit.pa.possible"].value is None
    assert r["audit.wi.no_paper"].value is None


def test_cost_is_the_recounts(found: cells.Executed) -> None:
    assert number(found, "audit.wi.cost.recount") == 2005603
    assert number(found, "audit.wi.cost.per_ballot") == pytest.approx(2005603 / 2976150)
    each = number(found, "audit.wi.cost.break_even.comparison.risk5")
    assert each * round(number(found, "audit.wi.comparison.risk5.simulated")) == pytest.approx(
        2005603
    )


def test_an_unknown_cost_is_named(book: Scenario) -> None:
    wrong = book.model_copy(
        update={"audit": book.audit.model_copy(update={"cost_fact": "wi_final_cots"})}
    )
    with pytest.raises(InputError, match="wi_final_cost"):
        done(wrong)


def test_a_book_without_a_recount_supposes_no_errors(book: Scenario) -> None:
    bare = book.model_copy(update={"tables": book.tables.model_copy(update={"units": None})})
    r = done(bare).results
    assert done(bare).variables["rates"].o1 == 0
    key = "audit.wi.comparison.risk5"
    assert r[f"{key}.simulated"].lo == r[f"{key}.simulated"].hi


def test_same_seed_same_numbers(book: Scenario, found: cells.Executed) -> None:
    again = done(book)
    assert again.results.to_json("x") == found.results.to_json("x")


def test_names_of_risks() -> None:
    assert audit.risk_name(0.05) == "risk5"
    assert audit.risk_name(0.025) == "risk2_5"


def test_the_figure_names_every_audit() -> None:
    rows = [
        Row("comparison, 5 %", 815, 600, 1170, "comparison", "Here"),
        Row("every ballot", 3e6, kind="all", group="Here"),
        Row("ballot polling, 5 %", 96195, kind="polling", group="There", note="not possible"),
    ]
    drawn = workload(rows, title="t", subtitle="s", source="x", unit="ballots")
    texts = {t.get_text() for t in drawn.axes[0].texts}
    assert {"815", "3,000,000", "96,195", "Here", "There", "not possible"} <= texts
    plt.close(drawn)
