"""A book asked about another place, side or size: nothing of the first is told as if it were of the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent import claims, paths
from sevenpercent.claims.words import Word
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario
from sevenpercent.model.results import Results
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.stats.designs import sizes
from sevenpercent.study import cells, magics

OF_A_SIZE = {
    "wi-machines-cost-seven",
    "wi-machines-cost-percent",
    "wi-30000-arithmetic",
    "wi-30000-votes",
}


def ledger_of(name: str) -> claims.Ledger:
    return claims.load(str(scenario.load(name).claims))


def other_claims(name: str, settings: dict[str, object]) -> set[str]:
    s = scenario.load(name, settings)
    return {c.id for c in ledger_of(name) if c.written_for(s)}


def test_a_claim_of_a_size_is_not_judged_at_another() -> None:
    assert other_claims("midwest-2016", {"claim.percent": 3}) == OF_A_SIZE
    assert other_claims("midwest-2016", {"held": "race"}) == set()
    assert other_claims("texas-2024", {"claim.percent": 3}) == {"less-there", "machines-cost"}


def test_claims_that_cite_designs_are_not_judged_where_these_are_of_another_place_or_unit() -> None:
    citing = (OF_A_SIZE - {"wi-30000-arithmetic"}) | {"wi-any-effect"}
    of_wisconsin = {"wi-machines-decided", "only-physical-evidence"}  # its paper is not asked then
    assert other_claims("midwest-2016", {"claim.state": "PA"}) == citing | of_wisconsin
    log: dict[str, object] = {"designs.counties.outcome": "log_ratio"}
    assert other_claims("midwest-2016", log) == {
        "wi-machines-cost-seven",
        "wi-any-effect",
        "pa-any-effect",
    }
    assert other_claims("midwest-2016", {"designs.municipalities.treatment": "own"}) == {
        "wi-machines-cost-seven",
        "wi-30000-votes",
    }


@pytest.mark.parametrize("name", ["midwest-2016", "florida-2004", "dominion-2020", "texas-2024"])
def test_with_another_candidate_every_claim_is_another(name: str) -> None:
    ledger = ledger_of(name)
    changed: dict[str, object] = {"parties.harmed.candidate": "A. Bell"}
    assert other_claims(name, changed) == {c.id for c in ledger}
    judged = claims.judge(ledger, {}, scenario.load(name, changed))
    assert set(judged["final"]) == {Word.NOT_YET_TESTED}
    assert judged["evidence"].str.contains("parties.harmed.candidate", regex=False).all()


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("midwest-2016", {"redraw.propensity": "[two_party_prior]"}, "alike in nothing"),
        ("midwest-2016", {"designs.municipalities.controls": "[]"}, "designs.municipalities.controls"),
        ("midwest-2016", {"designs.same_ballots.outcome": "change_two_party"}, "compares no two offices"),
        ("texas-2024", {"multiverse.outcomes": "[log_ratio]"}, "no outcome is a share"),
        ("texas-2024", {"designs.counties.errors": "cr3"}, "clustered by state"),
        ("dominion-2020", {"treatment.national": "[dominion_family]"}, "treatment.national"),
        ("dominion-2020", {"designs.sizes.decisive": {"amount": "decisive", "how": "switched"}}, "electors decide"),
        ("midwest-2016", {"claim.state": "PA", "tables.units": "wi_units"}, "another place than the claim"),
        ("midwest-2016", {"sensitivity.again": "[2020, 2012]"}, "2012 is not after year 2016"),
        ("midwest-2016", {"audit.risks": "[0.05, 0.1, 0.05]"}, "audit.risks: 0.05 stands twice"),
        ("midwest-2016", {"weights": "[]"}, "weights"),
        ("midwest-2016", {"designs.municipalities.weights": "votes"}, "takes no weights"),
        ("midwest-2016", {"sensitivity.again": "[2028]"}, "no county votes for this year"),
        ("midwest-2016", {"designs.counties.placebos": "[1996]"}, "no county votes for this year"),
        ("midwest-2016", {"sensitivity.dose": "any_dre_vv"}, "a yes or no"),
        (
            "midwest-2016",
            {"treatment.version": "printed", "treatment.primary": "any_dre_vv_printed"},
            "this list is the list itself",
        ),
        ("florida-2004", {"designs.counties.outcome": "log_ratio"}, "do not change the other's number"),
        ("midwest-2016", {"year": 2012, "prior_year": 2008}, "no list of machines for this year"),
        ("midwest-2016", {"flips": "[WI, PA, MI, FL, NC, OH, IA, AZ, GA]"}, "flips"),
        ("florida-2004", {"nation": True}, "too few to speak of the nation"),
        ("midwest-2016", {"claim.percent": 100}, "all that there was"),
        ("midwest-2016", {"claim.votes": 900_000}, "no more than the 541,998 votes"),
        ("texas-2024", {"claim.votes_most": 2_000_000}, "where the machines are"),
        ("florida-2004", {"claim.side": None}, "added votes are no loss"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_before_anything_runs(
    name: str, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        scenario.load(name, settings)


def test_a_list_as_it_was_printed_leads_as_well() -> None:
    assert not scenario.untestable(
        scenario.load("midwest-2016", {"treatment.primary": "any_dre_vv_printed"})
    )
    none = scenario.load("midwest-2016", {"treatment.primary": "dre_only"})
    assert scenario.untestable(none) == "by “DRE only”, no county there counts as electronic"


@pytest.mark.parametrize(
    ("settings", "few"),
    [({"polls.window": 1}, "5 polls of the last day"), ({"polls.minimum": 200}, "200 polls of the last 21 days")],
)  # fmt: skip
def test_a_book_without_enough_polls_has_no_page_of_them(
    settings: dict[str, object], few: str
) -> None:
    s = scenario.load("midwest-2016", settings)
    assert "polls" not in s.chapters
    assert few in s.left_out["polls"]


@pytest.mark.slow
def test_where_counties_cannot_be_asked_the_paper_leads() -> None:
    s = scenario.load("midwest-2016", {"treatment.primary": "dre_only"})

    def run(name: str) -> cells.Executed:
        return cells.run(name, s, tables.load, cited, magics.spoken)

    def cited(name: str) -> Results:
        return run(name).results if name == "recount" else Results()

    heading, answer, *_ = run("index").said
    assert "it leaves no room for a change of the winner" in heading
    assert "The recounted paper says no**, if it was right and all of it was read" in answer


def test_another_election_leaves_behind_what_is_of_the_first() -> None:
    s = scenario.load("midwest-2016", {"prior_year": 2008})
    assert s.tables.units_before is None
    assert "municipalities" in s.left_out
    assert s.parties.harmed.prior_candidate == "the Democratic candidate"


@pytest.mark.parametrize(
    ("settings", "lost_by"),
    [({"claim.percent": 3}, 27_000), ({"claim.state": "PA"}, None), ({"parties.favoured.candidate": "C. Dole"}, None)],
)  # fmt: skip
def test_a_claim_that_nobody_made_is_no_ones(
    settings: dict[str, object], lost_by: int | None
) -> None:
    s = scenario.load("midwest-2016", settings)
    assert (s.claim.who, s.claim.margin) == ("", lost_by)
    assert "it was supposed" in Vocabulary(s).amount("claimed")
    named = scenario.load("midwest-2016", {**settings, "claim.who": "A Blog"})
    assert named.claim.who == "A Blog"
    assert "it was said" in Vocabulary(named).amount("claimed")
    assert scenario.load("midwest-2016", {"held": "race"}).claim.who


def test_years_before_machines_are_known_of_the_first_state_alone() -> None:
    s = scenario.load("midwest-2016", {"claim.state": "PA"})
    assert s.designs is not None
    assert not s.designs.counties.placebos


def test_published_figures_are_about_the_candidates_and_years_of_the_file() -> None:
    for changed in ({"parties.harmed.candidate": "A. Bell"}, {"prior_year": 2008}):
        s = scenario.load("midwest-2016", changed)
        assert not s.models
        assert all(key in s.left_out["replications"] for key in changed)


def test_any_harm_is_not_told_as_the_size_that_was_claimed() -> None:
    sizes_: dict[str, object] = {"designs.sizes": {"any": {"amount": "any", "how": "switched"}}}
    assert Vocabulary(scenario.load("midwest-2016", sizes_)).deed[0] == "do Clinton any harm"
    assert Vocabulary(scenario.load("midwest-2016")).deed[0] == "cost Clinton 7 percent"


def test_seven_percent_are_not_answered_as_seven_points() -> None:
    s = scenario.load("midwest-2016", {"claim.state": "US"})
    assert s.leading == ["seven_percent_deleted", "seven_percent_switched"]
    points = scenario.load("midwest-2016", {"claim.state": "US", "claim.unit": "points"})
    assert points.leading == ["seven_points"]


def test_percent_are_converted_before_they_stand_on_an_axis_of_points() -> None:
    s = scenario.load("midwest-2016", {"claim.state": "US"})
    frame = places.county_frame(s, tables.loader(None), "US")
    ways = sizes.by_way(s, frame, s.treatment.primary)
    assert 0 < ways["if deleted"] < ways["if switched"] < 7
    assert sizes.in_points(s, frame, s.treatment.primary) == 7


def test_a_claim_that_follows_no_key_of_a_scenario_is_refused(tmp_path: Path) -> None:
    text = (paths.SCENARIOS / "midwest-2016" / "claims.yml").read_text(encoding="utf-8")
    (tmp_path / "claims.yml").write_text(
        text.replace("[claim.percent, claim.unit]", "[claim.percnt]")
    )
    with pytest.raises(InputError, match="Did you mean 'percent'"):
        claims.load(tmp_path / "claims.yml")


def test_another_year_brings_its_candidates_or_says_only_of_which_party_they_were() -> None:
    s = scenario.load("midwest-2016", {"year": 2020, "prior_year": 2016})
    sides = [(p.candidate, p.prior_candidate) for p in (s.parties.harmed, s.parties.favoured)]
    assert sides == [
        ("the Democratic candidate", "Clinton"),
        ("the Republican candidate", "Trump"),
    ]
    assert s.subtitle == "Wisconsin, Pennsylvania and Michigan, November 2020"
    assert s.sensitivity.again == [2024]
    assert {"calendar", "electoral", "replications"} <= s.left_out.keys()
    named = scenario.load("florida-2004", {"parties.favoured.candidate": "Dole"})
    assert named.title == "Did touch-screen machines give Dole votes?"
    kept = scenario.load("florida-2004", {"parties.favoured.candidate": "Dole", "title": "Bush?"})
    assert kept.title == "Bush?"


def test_another_year_before_keeps_the_claim_and_the_recount() -> None:
    s = scenario.load("midwest-2016", {"prior_year": 2008, "prior_years": [2000, 2004, 2008]})
    assert s.claim.who
    assert "recount" in s.chapters
    assert "the years that the file names" in s.left_out["municipalities"]
    assert s.designs is not None
    assert s.designs.counties.neighbours["prior"].label == "the 2008 share too"


def test_what_a_claim_says_is_never_the_winner_alone() -> None:
    s = scenario.load("midwest-2016")
    assert s.designs is not None
    assert s.leading == ["decisive"]
    assert {s.designs.sizes[name].amount for name in s.stated} == {"percent"}
