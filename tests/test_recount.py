"""Recount: arithmetic on an invented place, published figures on the real one, planted faults."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.show import recounts
from sevenpercent.show.figures import recount as figures
from sevenpercent.stats import designs, paper, recount
from sevenpercent.stats.ratio import PerBallot
from sevenpercent.study import cells

Tables = Callable[[str], pd.DataFrame]


COLUMNS = [
    "unit",
    "fips",
    "municipality",
    "dem_original",
    "rep_original",
    "other",
    "dem_recount",
    "rep_recount",
    "ballots_total",
    "ballots_dre",
    "recount_method_planned",
]


def invented() -> pd.DataFrame:
    """Six units in three counties; two towns own a DRE, one form names DRE ballots wrongly."""
    rows = [
        # unit, fips, town, dem, rep, others, dem again, rep again, ballots, DRE ballots, method
        ("a1", "01", "A", 40, 60, 0, 40, 60, 100, 80, "hand"),
        ("a2", "01", "A", 50, 50, 0, 53, 48, 100, 100, "hand"),
        ("b1", "02", "B", 30, 20, 2, 29, 20, 50, 20, "scanner"),
        ("c1", "03", "C", 200, 100, 0, 200, 130, 300, 0, "scanner"),
        ("c2", "03", "C", 10, 10, 0, 10, 10, 20, 5, "scanner"),
        ("d1", "03", "D", 0, 0, 0, 0, 0, 0, 0, "hand"),
    ]
    frame = pd.DataFrame(
        rows,
        columns=COLUMNS,
    )
    frame["name"] = "Ward " + frame["unit"]
    for count in ("original", "recount"):
        frame[f"total_{count}"] = frame[[f"dem_{count}", f"rep_{count}", "other"]].sum(axis=1)
    frame["absolute_change"] = (frame["dem_recount"] - frame["dem_original"]).abs() + (
        frame["rep_recount"] - frame["rep_original"]
    ).abs()
    return frame


def towns() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fips": ["01", "02", "03"],
            "municipality": ["A", "B", "C"],
            "any_dre": [True, True, False],
            "scanner": [None, "reader", "reader"],
        }
    )


@pytest.fixture
def frame() -> pd.DataFrame:
    return recount.changes(invented(), towns())


def test_changes_are_recount_minus_original_and_harm_is_negative(frame: pd.DataFrame) -> None:
    a2 = frame.set_index("unit").loc["a2"]
    assert (a2["harmed_change"], a2["favoured_change"], a2["margin_change"]) == (3, -2, -5)
    assert a2["half_margin"] == -2.5  # the paper had more for the harmed party
    assert a2["dose"] == 1
    assert frame["margin_change"].sum() == -5 + 1 + 30


def test_equipment_and_ownership_come_from_the_towns(frame: pd.DataFrame) -> None:
    kit = frame.set_index("unit")["equipment"]
    assert kit.to_dict() == {
        "a1": "dre_only",
        "a2": "dre_only",
        "b1": "dre_scanner",
        "c1": "scanner",
        "c2": "scanner",
        "d1": "unknown",
    }
    assert list(recount.on_machines(frame)["unit"]) == ["a1", "a2", "b1"]


def test_without_a_list_of_towns_every_unit_with_dre_ballots_counts() -> None:
    alone = recount.changes(invented())
    assert list(recount.on_machines(alone)["unit"]) == ["a1", "a2", "b1", "c2"]


def test_dose_classes_hold_their_upper_edge_and_no_ballots_are_unknown(
    frame: pd.DataFrame,
) -> None:
    classes = frame.set_index("unit")["dose_class"].astype(str).to_dict()
    assert classes == {
        "a1": "to_80",
        "a2": "to_100",
        "b1": "to_50",
        "c1": "none",
        "c2": "to_50",
        "d1": "unknown",
    }


def test_summary_keeps_what_a_net_figure_hides(frame: pd.DataFrame) -> None:
    by = recount.summary(frame, "method").set_index("group")
    assert by.loc["scanner", "margin_change"] == 31
    assert by.loc["hand", "absolute"] == 5
    assert by.loc["scanner", "per_100k"] == pytest.approx(1e5 * 31 / 372)
    assert by.loc["hand", "unchanged"] == pytest.approx(2 / 3)
    assert by["units"].sum() == 6


def test_concentration_adds_up(frame: pd.DataFrame) -> None:
    assert recount.concentration(frame, 0.01) == pytest.approx(30 / 36)
    assert recount.concentration(frame, 1) == pytest.approx(1)


def test_the_largest_correction_is_found_whatever_its_sign(frame: pd.DataFrame) -> None:
    assert recount.largest(frame).iloc[0]["unit"] == "c1"
    turned = frame.assign(margin_change=-frame["margin_change"])
    assert recount.largest(turned).iloc[0]["unit"] == "c1"


def test_signs_count_units_not_votes(frame: pd.DataFrame) -> None:
    assert recount.signs(frame) == {"harmed": 1, "favoured": 2, "neither": 3}


def test_per_dre_ballot_is_a_ratio_of_sums_with_a_jackknife(frame: pd.DataFrame) -> None:
    on = recount.on_machines(frame)
    found = paper.per_dre_ballot(on)
    assert found.estimate == pytest.approx(100 * (-2.5 + 0.5) / 200)
    without = np.array([100 * 0.5 / 20, 100 * -2.5 / 180])
    assert found.se == pytest.approx(np.sqrt(((without - found.estimate) ** 2).sum()))
    assert found.clusters == 2
    assert paper.per_dre_ballot(on, "municipality").clusters == 2


def test_winsorizing_pulls_in_the_ends_per_ballot_only() -> None:
    frame = pd.DataFrame({"half_margin": [0.0] * 98 + [50.0, -1.0], "ballots_dre": [100.0] * 100})
    held = paper.winsorized(frame, 0.02)["half_margin"]
    assert held.max() < 50
    assert held.iloc[:98].eq(0).all()
    assert paper.winsorized(frame, 0.0)["half_margin"].max() == 50
    with pytest.raises(InputError, match="tail"):
        paper.winsorized(frame, 0.5)
    with pytest.raises(InputError, match="no DRE ballots"):
        paper.winsorized(frame.assign(ballots_dre=0.0))


def test_an_error_rate_never_goes_below_none(frame: pd.DataFrame) -> None:
    rate = recount.error_rate(frame)
    assert rate.estimate == pytest.approx(1e5 * 36 / frame["votes"].sum())
    assert rate.lo == 0 < rate.hi


def test_a_group_in_one_county_has_no_interval(frame: pd.DataFrame) -> None:
    own = frame.assign(alone=frame["unit"].eq("a1"))
    by = recount.summary(own, "alone")
    rest, alone = by.to_dict("records")  # in order: False, True
    assert np.isnan(alone["per_100k_lo"])
    assert rest["per_100k_lo"] <= rest["per_100k"] <= rest["per_100k_hi"]


def test_totals_name_the_largest_correction_and_start_from_the_first_posting(
    frame: pd.DataFrame,
) -> None:
    rows = recount.totals(frame, first=0, printed=5.0).set_index("part")["value"]
    assert rows["net.margin"] == frame["margin_change"].sum()
    assert rows["net_without_largest"] == rows["net.margin"] - rows["largest"]
    assert rows["from_first_posting"] == rows["margin.recount"]
    assert rows["error_rate_named"] == pytest.approx(5 / frame["votes"].sum())
    assert "margin.first_posting" not in set(recount.totals(frame)["part"])
    posted = pd.DataFrame({"rep_first_posting": [9, 1], "dem_first_posting": [4, 2]})
    assert recount.first_posting(posted, harmed="dem", favoured="rep") == 4
    assert recount.first_posting(posted, harmed="grn", favoured="rep") is None


def test_ballots_outside_hand_counts_and_on_wrong_forms(frame: pd.DataFrame) -> None:
    rows = recount.ballots(frame, "hand").set_index("part")["value"]
    every = frame["ballots_dre"].sum()
    assert rows["dre_ballots.outside"] == every - rows["dre_ballots.hand"]
    assert rows["dre_ballots.not_owned"] == every - recount.on_machines(frame)["ballots_dre"].sum()
    assert (
        recount.ballots(frame, None).set_index("part").loc["dre_ballots.outside", "value"] == every
    )


def test_samples_need_two_counties(frame: pd.DataFrame) -> None:
    on = recount.on_machines(frame)
    assert {"all", "winsorized", "by_municipality"} <= set(paper.samples(on, "county"))
    assert paper.samples(on[on["fips"] == on["fips"].iloc[0]], "county") == {}
    assert "by_county" in paper.samples(on, "municipality")


def test_harm_is_weighed_against_all_units_and_hand_counts() -> None:
    sure = PerBallot(0.0, 0.1, 49, -0.2, 0.2, 100, 50, 30.0, 1e4)
    vague = PerBallot(0.0, 5.0, 49, -10.0, 10.0, 10, 5, 3.0, 1e3)
    missing = paper.claimed(200, 99)
    assert missing == {"claimed_votes": 200.0, "decisive": 50.0}
    assert paper.claimed(None, -1) == {}
    labels = dict.fromkeys(missing, "so many")
    harms = paper.harms(missing, paper.SIZES, sure, vague, labels)
    assert harms["harm"].tolist() == [1.0, 0.5]  # a deleted vote is half a switched one
    assert harms[["verdict", "hand"]].values.tolist() == 2 * [["excluded", "not excluded"]]
    assert recounts.harms_table(harms)["hand counts"].tolist() == 2 * ["cannot tell"]
    assert len(paper.verdict_rows(harms)) == 6
    assert "hand" not in paper.harms(missing, paper.SIZES, sure, None, labels)
    room = paper.room(sure).set_index("part")["value"]
    assert room["bound.deleted"] == pytest.approx(2 * room["bound.switched"])
    assert room["bound.switched"] == pytest.approx(room["bound"] * 100)


@pytest.mark.parametrize(
    ("estimate", "se", "size", "word"),
    [
        (0.0, 0.1, 1.0, "excluded"),
        (-1.2, 0.1, 1.0, "shown"),
        (-0.5, 0.1, 1.0, "excluded"),
        (-0.9, 0.3, 1.0, "not excluded"),
        (0.0, 5.0, 1.0, "not excluded"),
        (-1.2, 2.0, 1.0, "not excluded"),
    ],
)
def test_verdict(estimate: float, se: float, size: float, word: str) -> None:
    half = 2.01 * se
    found = PerBallot(
        estimate=estimate,
        se=se,
        df=49,
        lo=estimate - half,
        hi=estimate + half,
        n=100,
        clusters=50,
        effective_clusters=30,
        ballots=1e4,
    )
    assert paper.verdict(found, size) == word


def test_written_names_are_left_out_of_the_named_error() -> None:
    votes = pd.DataFrame(
        {
            "unit": ["a", "a", "a", "b"],
            "party": ["dem", "write_in", "scattering", "rep"],
            "original": [10, 5, 1, 7],
            "recount": [12, 0, 9, 4],
        }
    )
    assert recount.named_absolute(votes) == 5


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="Unknown column"):
        recount.changes(invented().drop(columns="ballots_dre"))
    twice = pd.concat([towns(), towns()])
    with pytest.raises(InputError, match="stands twice"):
        recount.changes(invented(), twice)


# --- the real recount ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> Scenario:
    return scenario.load()


def done(book: Scenario, load: Tables) -> cells.Executed:
    return cells.run("recount", book, load, lambda name: Results())


@pytest.fixture(scope="module")
def found(book: Scenario) -> cells.Executed:
    return done(book, tables.load)


@pytest.mark.parametrize(
    ("key", "published"),
    [
        ("net.favoured", 844),  # the state's commission
        ("net.harmed", 713),
        ("net.margin", 131),
        ("net_change", 131),
        ("absolute_change", 17681),
        ("margin.original", 22617),
        ("margin.recount", 22748),
        ("from_first_posting", 571),  # FairVote
        ("largest", 246),
        ("largest.favoured_before", 8),
    ],
)
def test_published_totals(found: cells.Executed, key: str, published: int) -> None:
    assert found.results[f"recount.wi.{key}"].value == published


def test_published_error_rates(found: cells.Executed) -> None:
    r = found.results
    assert round(100 * _number(r, "recount.wi.error_rate"), 2) == 0.59
    assert round(100 * _number(r, "recount.wi.error_rate_named"), 2) == 0.17


def test_per_dre_ballot_is_the_paper_design(book: Scenario, found: cells.Executed) -> None:
    design = designs.ALL["p4"]
    units = design.frame(book, tables.load)
    same = design.fit(units, design.spec(book))
    ours = found.results["recount.wi.per_dre_ballot.all"]
    assert ours.n == len(units)
    assert _number(found.results, "recount.wi.per_dre_ballot.all") == pytest.approx(same.estimate)
    assert ours.se == pytest.approx(same.se)


def test_groups_cover_the_state(found: cells.Executed) -> None:
    units = found.results["recount.wi.units"].value
    groups = found.variables["groups"]
    for name in recount.GROUPS:
        table = groups[groups["by"] == name]
        assert table["units"].sum() == units
        assert table["absolute"].sum() == 17681
        assert table["margin_change"].sum() == 131


def test_ballots_by_method_add_up(found: cells.Executed) -> None:
    r = found.results
    parts = sum(_number(r, f"recount.wi.dre_ballots.{m}") for m in ("hand", "mixed", "scanner"))
    assert parts == r["recount.wi.dre_ballots"].value
    outside = _number(r, "recount.wi.dre_ballots.outside")
    assert outside == parts - _number(r, "recount.wi.dre_ballots.hand")


def test_every_size_is_excluded_by_the_paper_as_it_was_counted(found: cells.Executed) -> None:
    said = {k: v.value for k, v in found.results.items() if ".verdict." in k}
    assert said
    assert set(said.values()) == {"excluded"}


def planted(share: float) -> Tables:
    """The real tables, with so many of the DRE ballots switched in the machines' count alone."""

    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        if name == "wi_units":
            taken = (
                (share * table["ballots_dre"].fillna(0)).round().clip(upper=table["dem_original"])
            )
            table["dem_original"] = table["dem_original"] - taken.astype("Int64")
            table["rep_original"] = table["rep_original"] + taken.astype("Int64")
        return table

    return load


def test_a_planted_machine_error_turns_the_verdict(book: Scenario, found: cells.Executed) -> None:
    bad = done(book, planted(0.08)).results
    shown = _number(bad, "recount.wi.per_dre_ballot.all")
    assert shown == pytest.approx(-8, abs=0.2)
    assert bad["recount.wi.verdict.decisive"].value == "shown"
    assert bad["recount.wi.verdict.thirty_thousand"].value == "shown"
    assert bad["recount.wi.verdict.decisive.hand"].value == "shown"
    assert _number(bad, "recount.wi.net.margin") < -40000
    assert bad["recount.wi.net_change"].value == -_number(bad, "recount.wi.net.margin")
    assert found.results["recount.wi.verdict.decisive"].value == "excluded"


def test_a_small_planted_error_is_seen_and_still_does_not_decide(book: Scenario) -> None:
    r = done(book, planted(0.01)).results
    assert r["recount.wi.per_dre_ballot.all"].hi is not None
    assert r["recount.wi.per_dre_ballot.all"].hi < 0
    assert r["recount.wi.verdict.decisive"].value == "excluded"
    assert 0.9 < _number(r, "recount.wi.bound") < 1.3


def test_the_other_side_sees_the_opposite_sign(book: Scenario, found: cells.Executed) -> None:
    sides = book.parties
    turned = book.model_copy(
        update={"parties": scenario.Parties(harmed=sides.favoured, favoured=sides.harmed)}
    )
    r = done(turned, tables.load).results
    key = "recount.wi.per_dre_ballot.all"
    assert _number(r, key) == pytest.approx(-_number(found.results, key))
    assert "recount.wi.size.decisive" not in r  # that side won: nothing had to be taken from it


def test_a_book_without_designs_still_weighs_what_was_claimed(book: Scenario) -> None:
    r = done(book.model_copy(update={"designs": None}), tables.load).results
    assert r["recount.wi.verdict.claimed_votes"].value == "excluded"
    assert r["recount.wi.size.decisive"].value == pytest.approx(100 * 11309 / 287784)


@pytest.mark.slow
def test_clusters_can_be_municipalities(book: Scenario, found: cells.Executed) -> None:
    by_town = book.model_copy(update={"recount": scenario.Recount(cluster="municipality")})
    r = done(by_town, tables.load).results
    key = "recount.wi.per_dre_ballot"
    assert r[f"{key}.all"].se == found.results[f"{key}.by_municipality"].se
    assert r[f"{key}.by_county"].se == found.results[f"{key}.all"].se


def test_figures_carry_their_labels(found: cells.Executed) -> None:
    units = found.variables["units"]
    top = recount.largest(units).iloc[0]
    drawn = figures.places(
        units,
        [(top["dose"], top["margin_change"], top["name"])],
        title="Where",
        subtitle="Units",
        source="canvass",
        unit="votes",
        across="share",
    )
    ax = drawn.axes[0]
    assert [t.get_text() for t in ax.texts] == [top["name"]]
    marks = [np.asarray(c.get_offsets()).shape[0] for c in ax.collections]
    # Units in the same place, to a hundredth, share a mark.
    known = units[units["dose"].notna()]
    told = known.assign(paper=known["dose"] == 0).round({"dose": 2})
    assert sum(marks) == len(told.drop_duplicates(["paper", "dose", "margin_change"]))
    plt.close(drawn)


def _number(results: object, key: str) -> float:
    value = results[key].value  # type: ignore[index]
    assert isinstance(value, (int, float))
    return float(value)


def test_room_for_harm_with_errors_of_counting_treated_in_several_ways(frame: pd.DataFrame) -> None:
    rooms = paper.rooms(frame, "county", "hand").set_index("way")
    every = paper.per_dre_ballot(recount.on_machines(frame))
    assert rooms.loc["by_county", "switched"] == pytest.approx(
        paper.room(every).set_index("part").loc["bound.switched", "value"]
    )
    assert (
        rooms.loc["one_way", "switched"] == 3
    )  # one unit moved, by three votes and two of the margin
    assert rooms["deleted"].tolist() == pytest.approx((2 * rooms["switched"]).tolist())
    assert "beyond_paper" not in rooms.index  # paper without DREs lies in one county
    assert "hand" not in rooms.index  # hand counts lie in one county
    alone = frame[frame["fips"] == frame["fips"].iloc[0]]
    assert paper.rooms(alone, "county", "hand").empty


def test_harm_beyond_the_errors_on_paper_is_the_difference_of_two_rates() -> None:
    rows = invented()
    with pytest.raises(InputError, match="one cluster"):
        paper.beyond_paper(recount.clustered(recount.changes(rows, towns()), "county"))
    rows.loc[rows["unit"] == "c1", ["dem_recount", "rep_recount"]] = [200, 106]
    rows.loc[rows["unit"] == "a1", "ballots_dre"] = 0  # paper in a second county
    units = recount.clustered(recount.changes(rows, towns()), "county")
    found = paper.beyond_paper(units)
    on = recount.on_machines(units)
    rate = 3 / units.loc[~units.index.isin(on.index), "votes"].sum()
    paper_ballots = (on["votes"] - on["ballots_dre"]).clip(lower=0).sum()
    expected = (-2.0 - rate * paper_ballots) / on["ballots_dre"].sum() - rate
    assert found.estimate == pytest.approx(100 * expected)
    assert found.clusters == 3
    assert found.lo < found.estimate < found.hi


def test_ballots_that_nobody_looked_at_could_hold_the_rest(frame: pd.DataFrame) -> None:
    rows = paper.unseen(frame, "hand", 10.0, 50.0).set_index("part")["value"]
    assert rows["unseen.ballots"] == 20  # the scanner county's; c2's town owns no DRE
    assert rows["unseen.switched"] == 50 - 0.1 * 180
    assert rows["unseen.share"] == pytest.approx(32 / 20)


def test_the_recount_as_carried_out_has_as_many_hand_counts_as_planned() -> None:
    known = tables.load("fact_evidence").set_index("fact")
    plan = tables.load("wi_units").groupby("recount_method_planned")["fips"].nunique()
    assert known.loc["recount_hand_all", "value"] == plan["hand"]
    assert known.loc["recount_hand_part", "value"] == plan["mixed"]
    assert known["known_from"].notna().all()
    assert known.loc["dre_law", "source_kind"] == "secondary"
    assert str(known.loc["dre_law", "says"]).startswith("By a summary of it")


def test_digit_tests_of_the_real_wards_are_what_honest_elections_show(
    found: cells.Executed,
) -> None:
    flagged = _number(found.results, "recount.wi.digits.now.together.flagged")
    assert flagged < _number(found.results, "recount.wi.digits.now.together.honest_mean")
    assert _number(found.results, "recount.wi.digits.now.all.honest_any") > 0.5
    assert _number(found.results, "recount.wi.room.one_way.switched") == 845
