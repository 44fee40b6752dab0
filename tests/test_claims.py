"""The ledger of claims: strict reading, decision rules, and verdicts that planted numbers flip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from sevenpercent import claims, paths
from sevenpercent.claims import facts
from sevenpercent.claims.ledger import RULES, Claim
from sevenpercent.claims.rules import Outcome, Over, Threshold, joined
from sevenpercent.claims.witnesses import each_told, weakest
from sevenpercent.claims.words import Word
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model import words as prose
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Results, Value
from sevenpercent.model.words import day
from sevenpercent.show import ledger
from sevenpercent.study import cells

BOOK = scenario.load()
LEDGER = claims.load(paths.ROOT / str(BOOK.claims))
CHECKABLE = [c for c in LEDGER if c.rule != "opinion"]


def decide(
    rule: str,
    roles: Mapping[str, Mapping[str, object]],
    limits: Mapping[str, Threshold] | None = None,
    over: Over = "readings",
) -> Outcome:
    """Decide with plain numbers or Values."""
    values = {
        role: {k: x if isinstance(x, Value) else Value(x) for k, x in of.items()}  # type: ignore[arg-type]
        for role, of in roles.items()
    }
    return RULES[rule].decide(values, limits or {}, over)


# --- every claim flips -------------------------------------------------------------------------


def planted(claim: Claim, then: bool, final: bool) -> Results:
    """Results that make a claim true or false, on the day and in the final count."""
    values: dict[str, Value] = {}
    for roles, true in (
        (claim.inputs.then, then),
        (claim.inputs.final, final),
        (claim.inputs.both, final),
        (claim.inputs.asked() if claim.inputs.harm else None, final),
    ):
        for role, of in (roles or {}).items():
            for label, key in of.items():
                values.setdefault(key, plant(claim, role, label, true))
    for key in claim.inputs.context.values():
        values.setdefault(key, Value(1, lo=0, hi=2))
    return Results(values)


def plant(claim: Claim, role: str, label: str, true: bool) -> Value:
    """One value for one role of the claim's rule."""
    limits = {k: v[label] if isinstance(v, dict) else v for k, v in claim.thresholds.items()}
    limit = float(limits.get("limit", 100.0))
    match claim.rule, role:
        case _, ("limit" | "majority"):
            return Value(limit)
        case "equals_as_reported", _:
            away = 0.0 if true else 2 * float(limits["within"]) + 1
            return Value(float(limits["value"]) + away)
        case (("at_least" | "more_than"), _):
            return Value(limit + (1 if true else -1))
        case (("at_most" | "less_than"), _):
            return Value(limit + (-1 if true else 1))
        case "rules_out", _:
            near = limit + (2 if true else -2)
            return Value(near, lo=near - 1, hi=near + 1)
        case "same_date", _:
            return Value(str(limits["value"]) if true else "1999-12-31")
        case ("after" | "not_after") as rule, _:
            step = timedelta(days=2 if true == (rule == "after") else -2)
            return Value((date.fromisoformat(str(limits["day"])) + step).isoformat())
        case "mentions", _:
            return Value(f"filed by {limits['word'] if true else 'nobody'}")
        case "vanishes", "before":
            return Value(-9.0)
        case "vanishes", _:
            return Value(-1.0, lo=-2.0, hi=1.0) if true else Value(-5.0, lo=-8.0, hi=-2.0)
        case "positive_beyond_chance", _:
            return Value(2.0, lo=1.0, hi=3.0) if true else Value(-2.0, lo=-3.0, hi=-1.0)
        case "needs_all", "together":
            return Value(limit + 8 if true else limit - 8)
        case "needs_all", "one_missing":
            return Value(limit - 8)
        case "two_witnesses", "paper":
            return Value("shown" if true else "ruled out")
        case "two_witnesses", ("speak" | "silent"):
            return Value(3)
        case "two_witnesses", ("rule_out" | "show"):
            return Value(3 if true == (role == "show") else 0)
        case "two_witnesses", _:
            return Value(0)
    raise AssertionError(f"nothing planted for {claim.rule} {role}")


@pytest.mark.parametrize("claim", CHECKABLE, ids=lambda c: c.id)
def test_planted_numbers_flip_every_verdict(claim: Claim) -> None:
    true = claims.verdict(claim, planted(claim, True, True))
    false = claims.verdict(claim, planted(claim, False, False))
    assert true.final is Word.HOLDS
    assert false.final is Word.DOES_NOT_HOLD
    for found in (true, false):
        assert found.evidence.endswith((".", "?"))
        assert "{" not in found.evidence


def of_two_days(claim: Claim) -> bool:
    """Whether the figures of the day are others than the final ones."""
    then, final = (
        {k for role in (roles or {}).values() for k in role.values()}
        for roles in (claim.inputs.then, claim.inputs.final)
    )
    return bool(then) and not then & final


@pytest.mark.parametrize("claim", [c for c in CHECKABLE if of_two_days(c)], ids=lambda c: c.id)
def test_what_held_on_the_day_only_says_so(claim: Claim) -> None:
    found = claims.verdict(claim, planted(claim, True, False))
    assert (found.then, found.final) == (Word.HOLDS, Word.HELD_THEN)
    later = claims.verdict(claim, planted(claim, False, True))
    assert (later.then, later.final) == (Word.DOES_NOT_HOLD, Word.HOLDS)


@pytest.mark.parametrize("claim", CHECKABLE, ids=lambda c: c.id)
def test_an_absent_input_means_not_yet_tested(claim: Claim) -> None:
    everything = planted(claim, True, True)
    final = claim.inputs.sets[-1]
    first = next(k for role in final.values() for k in role.values())
    found = claims.verdict(claim, Results({k: v for k, v in everything.items() if k != first}))
    assert found.final is Word.NOT_YET_TESTED
    assert found.missing == (first,)
    assert "Not yet tested" in found.evidence


def test_a_number_that_is_not_known_leaves_the_evidence_out() -> None:
    claim = next(c for c in CHECKABLE if c.id == "worse-in-electronic-states")
    numbers = dict(planted(claim, True, True))
    key = next(k for k in claim.cited)
    found = claims.verdict(claim, Results({**numbers, key: Value(None)}))
    assert "is not known" in found.evidence
    assert "is not known" not in claims.verdict(claim, Results(numbers)).evidence


def test_an_opinion_is_not_checkable_whatever_the_numbers() -> None:
    opinions = [c for c in LEDGER if c.rule == "opinion"]
    assert opinions
    for claim in opinions:
        assert claim.kind == "opinion"
        assert claims.verdict(claim, {}).final is Word.NOT_CHECKABLE


def test_without_a_figure_of_the_day_it_could_not_be_tested_then() -> None:
    claim = next(c for c in CHECKABLE if c.inputs.final and c.inputs.then is None)
    assert claims.verdict(claim, planted(claim, True, True)).then is Word.CANNOT_BE_TESTED


def test_other_thresholds_give_another_verdict() -> None:
    claim = LEDGER["wi-lost-by-27000"]
    results = planted(claim, True, True)
    other = claim.model_copy(update={"thresholds": {"value": 1.0, "within": 0.5}})
    assert claims.verdict(claim, results).final is Word.HOLDS
    assert claims.verdict(other, results).final is Word.DOES_NOT_HOLD


def test_a_fault_in_the_inputs_names_the_claim() -> None:
    claim = LEDGER["wi-lost-by-27000"]
    results = {k: Value("many") for k in claim.inputs.keys}
    with pytest.raises(InputError, match=r"wi-lost-by-27000.*number"):
        claims.verdict(claim, results)


def test_contradictions_stand_on_both_sides_and_every_report_speaks() -> None:
    linked = [(c.id, other) for c in LEDGER for other in c.contradicts]
    assert linked
    assert all((b, a) in linked for a, b in linked)
    assert {r for c in LEDGER for r in c.report} == {r.id for r in LEDGER.reports}


# --- the committed facts -------------------------------------------------------------------------


def chapter(load: Tables) -> cells.Executed:
    """The chapter's numbers and frames, with the looked-up facts and what was announced before the vote."""
    told = {"calendar.electors.announced_against_rep": Value(0)}
    return cells.run("claims", BOOK, load, lambda name: Results(told if name == "calendar" else {}))


@cache
def ledger_of(load: Tables) -> dict[str, dict[str, Any]]:
    """Rows of the ledger by claim."""
    rows = chapter(load).variables["judged"].to_dict("records")
    return {row["id"]: {str(k): v for k, v in row.items()} for row in rows}


def with_cell(table: str, row: Mapping[str, object], column: str, value: str | float) -> Tables:
    """The committed tables with one cell changed."""

    def load(name: str) -> pd.DataFrame:
        frame = tables.load(name)
        if name == table:
            here = pd.concat([frame[k] == v for k, v in row.items()], axis=1).all(axis=1)
            assert here.sum() == 1
            frame.loc[here, column] = value
        return frame

    return load


@pytest.mark.parametrize(
    ("claim", "table", "row", "column", "value"),
    [
        ("deadlines", "fact_timeline", {"id": "deadline_wi"}, "date", "2016-11-26"),
        ("electors-meet-19-december", "fact_timeline", {"id": "electors_meet"}, "date", "2016-12-20"),
        ("experts-sceptical", "fact_timeline", {"id": "rebuttal_538"}, "date", "2016-11-24"),
        ("recount-unclear", "fact_timeline", {"id": "mi_filed"}, "date", "2016-11-22"),
        ("mi-automatic-2000", "fact_thresholds", {"state": "MI"}, "value", 2500.0),
        ("needs-6-to-7-million", "fact_money", {"what": "total expected (low)"}, "usd", 5e6),
        ("raised-2-million-wednesday", "fact_money", {"as_of": "before midnight EST"}, "usd", 1e6),
        ("electoral-votes-10-20-16", "states", {"state": "PA"}, "ev", 19),
        ("faithless-six", "states", {"state": "TX"}, "ev_rep_cast", 30),
        ("tens-of-millions", "states", {"state": "WI"}, "total", 10**7),
        ("stein-below-one-percent", "state_candidates", {"state": "CA", "year": 2016, "candidate": "Stein, Jill"}, "votes", 0),
    ],
)  # fmt: skip
def test_one_changed_fact_flips_its_claim(
    claim: str, table: str, row: dict[str, object], column: str, value: str | float
) -> None:
    before = ledger_of(tables.load)[claim]
    after = ledger_of(with_cell(table, row, column, value))[claim]
    assert {before["final"], after["final"]} == {str(Word.HOLDS), str(Word.DOES_NOT_HOLD)}
    assert before["evidence"] != after["evidence"]


def test_claims_about_results_wait_for_them() -> None:
    row = ledger_of(tables.load)["wi-lost-by-27000"]
    assert row["final"] == Word.NOT_YET_TESTED
    assert "electoral.margin.wi.final" in row["waits_for"]
    assert row["evidence"].startswith("Not yet tested")


def test_every_claim_has_its_words_among_the_results_and_counts_add_up() -> None:
    found = chapter(tables.load)
    for row in found.variables["judged"].to_dict("records"):
        assert found.results[f"claims.{row['id']}.final"].value == row["final"]
        key = f"claims.{row['id']}.then"
        assert (key in found.results) == (row["then"] != row["final"])
        assert key not in found.results or found.results[key].value == row["then"]
    counts = [v.value for k, v in found.results.items() if k.startswith("claims.count.")]
    assert sum(c for c in counts if isinstance(c, int)) == len(LEDGER)
    assert 0 not in counts


def test_facts_are_plain_counts_over_the_tables() -> None:
    looked_up = chapter(tables.load).variables["looked_up"].set_index("key")["value"]
    winners = tables.load("state_votes")
    own = winners[(winners["state"] == "WI") & (winners["year"] < BOOK.year)]
    assert looked_up["facts.elections_won.dem.wi.before"] == (own["winner"] == "dem").mean()
    printed = tables.load("county_votes_printed")
    early = printed[(printed["source"] == "svmiller") & (printed["year"] == BOOK.year)]
    assert looked_up["facts.count.svmiller.wi.margin"] == early["rep"].sum() - early["dem"].sum()
    assert looked_up["facts.margins_2016_11_28.pa"] == 70638
    assert looked_up["facts.wi_result_minor.1"] == 89


def test_states_with_some_and_with_most_counties_on_machines_are_set_against_the_others() -> None:
    on: dict[str, list[float]] = {"AA": [1, 0.5, 0], "BB": [1, 0, 0, 0], "CC": [0, 0]}
    share = {"AA": 40, "BB": 50, "CC": 65}
    nation = pd.DataFrame(
        [(s, d, share[s], 100 - share[s]) for s in on for d in on[s]],
        columns=["state", "dre", "harmed", "favoured"],
    )
    rows = facts.machines(nation, "dre", ["AA"], []).set_index("key")["value"]
    assert rows["facts.electronic_counties.aa"] == 2
    assert rows["facts.paper_counties.aa"] == 1
    assert rows["facts.between_states.any"] == pytest.approx(45 - 65)
    assert rows["facts.between_states.most"] == pytest.approx(40 - 57.5)


def test_only_facts_that_a_claim_cites_are_published() -> None:
    found = chapter(tables.load)
    cited = {k for k in LEDGER.keys if k.startswith("facts.")}
    assert {k for k in found.results if k.startswith("facts.")} == cited


def test_verdicts_read_as_verbs() -> None:
    judged = pd.DataFrame({"final": [Word.HOLDS, Word.DEPENDS, Word.DEPENDS]})
    said = claims.tally(judged)[["n", "one", "many"]].values.tolist()
    assert prose.tally(said) == "one holds and two depend on the definition"
    assert prose.tally([[0, *Word.HOLDS.verbs]]) == "nothing"
    assert all(word.sign for word in Word)


def test_claims_as_they_are_printed() -> None:
    judged = chapter(tables.load).variables["judged"]
    judged.loc[0, ["then", "final"]] = [Word.HOLDS, Word.HELD_THEN]
    first = ledger.entries(judged)[0]
    assert first["verdict"] == "◐ held then, not in the final count"
    assert first["then"].startswith(
        "Verdict on the day of the report: holds. In the final count: held"
    )
    exercise = ledger.entries(judged, reported=False)[0]
    assert exercise["then"].startswith("In the final count: held then")
    assert "](<https://nymag.com/" in ledger.entries(judged, LEDGER.reports)[0]["reports"]
    choices = ledger.filters(judged, LEDGER.reports, reviews=True).data["choices"]
    assert list(choices) == ["report", "verdict", "kind"]
    assert sum(n for _, _, n in choices["kind"]) == len(judged)
    assert first["said"].startswith("Said by ")
    assert "a arithmetic" not in " ".join(e["said"] for e in ledger.entries(judged))
    pairs = ledger.contradictions(judged)
    assert len(pairs) == sum(len(c.contradicts) for c in LEDGER) / 2


# --- rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "readings", "parts"),
    [
        ((True, True), Word.HOLDS, Word.HOLDS),
        ((False, False), Word.DOES_NOT_HOLD, Word.DOES_NOT_HOLD),
        ((True, False), Word.DEPENDS, Word.DOES_NOT_HOLD),
        ((True, None), Word.HOLDS, Word.CANNOT_BE_TESTED),
        ((False, None), Word.DOES_NOT_HOLD, Word.DOES_NOT_HOLD),
        ((None, None), Word.CANNOT_BE_TESTED, Word.CANNOT_BE_TESTED),
    ],
)
def test_readings_may_disagree_parts_must_all_hold(
    answers: tuple[bool | None, ...], readings: Word, parts: Word
) -> None:
    named = dict(zip("ab", answers, strict=True))
    assert joined(named, "readings").word is readings
    assert joined(named, "parts").word is parts


def test_the_reading_that_flips_is_named() -> None:
    found = decide(
        "equals_as_reported",
        {"measured": {"mean": -9.6, "pooled": -6.8}},
        {"value": -7.0, "within": 0.5},
    )
    assert found[:2] == (Word.DEPENDS, "true for pooled; not true for mean")


@pytest.mark.parametrize(
    ("measured", "word"), [(0.25, Word.HOLDS), (0.35, Word.HOLDS), (0.351, Word.DOES_NOT_HOLD)]
)
def test_the_printed_rounding_is_inclusive(measured: float, word: Word) -> None:
    limits: dict[str, Threshold] = {"value": 0.3, "within": 0.05}
    assert decide("equals_as_reported", {"measured": {"a": measured}}, limits).word is word


@pytest.mark.parametrize(
    ("rule", "equal"),
    [("at_least", True), ("at_most", True), ("more_than", False), ("less_than", False)],
)
def test_limits_include_equality_or_do_not(rule: str, equal: bool) -> None:
    roles = {"measured": {"a": 5.0}, "limit": {"the limit": 5.0}}
    assert (decide(rule, roles).word is Word.HOLDS) is equal
    assert (decide(rule, {"measured": {"a": 5.0}}, {"limit": 5.0}).word is Word.HOLDS) is equal


def test_a_limit_under_the_same_label_goes_first() -> None:
    roles = {"measured": {"a": 5.0, "b": 5.0}, "limit": {"b": 6.0, "a": 4.0}}
    assert decide("at_least", roles).because == "true for a; not true for b"


def test_a_rule_without_its_limit_is_an_error() -> None:
    with pytest.raises(InputError, match="needs a limit"):
        decide("at_least", {"measured": {"a": 5.0}})
    with pytest.raises(InputError, match="no entry for this label"):
        decide("at_least", {"measured": {"a": 5.0}}, {"limit": {"b": 1.0}})


@pytest.mark.parametrize(
    ("lo", "hi", "word"),
    [
        (-2.0, 1.0, Word.HOLDS),
        (-8.0, -0.1, Word.DOES_NOT_HOLD),
        (0.1, 2.0, Word.DOES_NOT_HOLD),
        (-8.0, 1.0, Word.CANNOT_BE_TESTED),
    ],
)
def test_a_wide_interval_does_not_make_a_difference_vanish(
    lo: float, hi: float, word: Word
) -> None:
    roles: dict[str, dict[str, object]] = {
        "measured": {"a": Value(0.0, lo=lo, hi=hi)},
        "before": {"a": -7.0},
    }
    assert decide("vanishes", roles).word is word


@pytest.mark.parametrize(
    ("without", "together", "word"),
    [
        (262, 278, Word.HOLDS),
        (270, 278, Word.DOES_NOT_HOLD),
        (262, 269, Word.DOES_NOT_HOLD),
        (None, 278, Word.CANNOT_BE_TESTED),
    ],
)
def test_steps_are_needed_and_enough(without: int | None, together: int, word: Word) -> None:
    roles: dict[str, dict[str, object]] = {
        "together": {"all": together},
        "one_missing": {"without one": without, "without another": 258},
        "majority": {"majority": 270},
    }
    assert decide("needs_all", roles).word is word


# --- two witnesses -----------------------------------------------------------------------------


def ask(*said: str, paper: str = "no paper", silent: int = 0, mute: int = 0) -> Outcome:
    """Put what cells say, and what the paper says, to the rule."""
    n = {
        "speak": len(said),
        "rule_out": said.count("rules out"),
        "smaller": 0,
        "show": said.count("shows"),
        "silent": silent,
        "mute": mute,
    }
    roles: dict[str, dict[str, object]] = {name: {"a size": x} for name, x in n.items()}
    if "rules out" in said and "shows" in said:
        roles["flips"] = {"a size": "another list"}
    if paper == "partly looked":
        roles["needed"] = {"a size": 12.0}
    return decide("two_witnesses", {**roles, "paper": {"a size": paper}})


OUT, SHOWS, OPEN = "rules out", "shows", "cannot tell"


@pytest.mark.parametrize(
    ("said", "paper", "word"),
    [
        ((OUT, OUT), "ruled out", Word.DOES_NOT_HOLD),
        ((OUT, OPEN), "ruled out", Word.DOES_NOT_HOLD),
        ((), "ruled out", Word.DOES_NOT_HOLD),
        ((OUT, SHOWS), "ruled out", Word.DEPENDS),
        ((OUT, OUT), "shown", Word.HOLDS),
        ((OUT, OUT), "no paper", Word.OUT_COUNTS),
        ((OUT, OUT), "undecided", Word.OUT_COUNTS),
        ((OUT, OUT), "partly looked", Word.OUT_COUNTS),
        ((SHOWS, SHOWS), "no paper", Word.HOLDS_COUNTS),
        ((SHOWS, OUT, OPEN), "no paper", Word.DEPENDS),
        ((SHOWS, OPEN), "undecided", Word.CANNOT_BE_TESTED),
        ((OUT, OPEN), "no paper", Word.CANNOT_BE_TESTED),
        ((), "no paper", Word.CANNOT_BE_TESTED),
    ],
)
def test_one_verdict_from_two_witnesses(said: tuple[str, ...], paper: str, word: Word) -> None:
    assert ask(*said, paper=paper).word is word


def test_sizes_that_rest_on_other_things_are_told_one_by_one() -> None:
    stem = {"speak": (0, 1), "rule_out": (0, 1), "show": (0, 0), "silent": (3, 2), "mute": (2, 1)}
    names = ("added", "switched")
    roles = {part: dict(zip(names, map(Value, ns), strict=True)) for part, ns in stem.items()}
    roles["paper"] = {n: Value("no paper", label=f"what the paper says: votes, {n}") for n in names}
    found = RULES["two_witnesses"].decide(roles, {}, "parts")
    assert found.word is Word.CANNOT_BE_TESTED
    assert "Votes, added: in none of 3 trials is a comparison sensitive enough" in found.counts
    assert "Votes, switched: " in found.counts
    assert "the one comparison that is sensitive enough rules it out" in found.counts


def test_paper_that_was_compared_is_not_said_to_be_missing() -> None:
    alone, beside = ask(OUT), ask(OUT, paper="partly looked")
    assert alone.word is beside.word is Word.OUT_COUNTS
    assert alone.spoken == "The counts say no, but no paper at hand confirms it"
    assert beside.spoken == "The counts say no, but the paper that was compared does not decide it"
    assert ask(OUT, paper="ruled out").spoken == "The recounted paper says no"


def test_both_lines_are_always_there_with_their_counts() -> None:
    found = ask(OUT, SHOWS, paper="partly looked", silent=4)
    assert found.counts == (
        "Counts: divided. Of 2 comparisons that are sensitive enough, one rules it out "
        "and one shows it. What flips it: another list. Four more are not sensitive enough."
    )
    assert (
        "12.0 votes in every 100 of the ballots in units that were not wholly compared"
        in found.paper
    )
    assert ask().counts.startswith("Counts: cannot tell")
    assert ask().paper == "Paper: no recount that we could compare."


def test_two_comparisons_that_agree_are_both() -> None:
    assert "Both comparisons that are sensitive enough rule it out." in ask(OUT, OUT).counts
    assert "The one comparison that is sensitive enough rules it out." in ask(OUT).counts
    assert "All 3 comparisons that are sensitive enough rule it out." in ask(OUT, OUT, OUT).counts


def test_a_way_that_nobody_could_see_keeps_the_counts_from_ruling_out() -> None:
    assert ask(OUT, OUT, mute=1).word is Word.CANNOT_BE_TESTED
    assert ask(OUT, OUT, mute=1).counts == (
        "Counts: cannot tell. If the harm was all in a fifth of the counties, no comparison would see it reliably. "
        "Otherwise, both comparisons that are sensitive enough rule it out."
    )


def test_a_claim_open_between_sizes_gets_its_weakest_answer() -> None:
    claim = next(c for c in LEDGER if c.inputs.harm and len(c.inputs.harm) > 1)
    numbers = dict(planted(claim, False, False))
    assert claims.verdict(claim, Results(numbers)).final is Word.DOES_NOT_HOLD
    key = claim.inputs.asked()["paper"][claim.inputs.harm[0]]  # type: ignore[index]
    weaker = Results({**numbers, key: Value("undecided")})
    assert claims.verdict(claim, weaker).final is Word.OUT_COUNTS
    nothing = claims.verdict(claim, Results({}))
    assert nothing.final is Word.NOT_YET_TESTED


# --- reading the ledger ------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "reports": [{"id": "paper", "title": "A paper", "said_on": "2020-01-01"}],
    "claims": [
        {
            "id": "more-than-five",
            "report": ["paper"],
            "who": "someone",
            "said_on": "2020-01-01",
            "paraphrase": "There were more than five.",
            "kind": "fact",
            "as_of": "that day",
            "check": "The count.",
            "rule": "more_than",
            "inputs": {"both": {"measured": {"count": "facts.count"}}},
            "thresholds": {"limit": 5},
            "evidence": "There were {{ v('facts.count') | votes }}.",
            "would_change": "Five or fewer.",
        }
    ],
}


def written(folder: Path, **changes: object) -> Path:
    """The good ledger with changed fields of its claim; None takes a field away."""
    claim = {k: v for k, v in {**GOOD["claims"][0], **changes}.items() if v is not None}
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump({**GOOD, "claims": [claim]}), encoding="utf-8")
    return path


def test_a_good_ledger_is_read_and_decided(tmp_path: Path) -> None:
    ledger = claims.load(written(tmp_path))
    assert (len(ledger), ledger.keys) == (1, ("facts.count",))
    found = claims.verdict(ledger["more-than-five"], Results({"facts.count": Value(6)}))
    assert (found.final, found.evidence) == (Word.HOLDS, "There were 6.")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "more_then"}, "no rule 'more_then'. Did you mean 'more_than'"),
        ({"kind": "rumour"}, "more-than-five.*'fact'.*column 'kind'"),
        ({"chek": "x"}, "unknown key.*chek.*Did you mean 'check'"),
        ({"check": None}, "a key is missing.*check"),
        ({"thresholds": {"limits": 5}}, "knows no 'limits'. Did you mean 'limit'"),
        ({"inputs": {"both": {}}}, "the rule needs 'measured'"),
        ({"inputs": {"then": {"measured": {"a": "b"}}}}, "either 'both', or 'final'"),
        ({"inputs": {"bath": {}}}, "unknown key.*inputs.bath.*Did you mean 'both'"),
        ({"evidence": "{{ v('facts.cont') }}"}, "cites 'facts.cont'.*Did you mean 'facts.count'"),
        ({"evidence": "{{ v('facts.count' }}"}, "well-formed"),
        ({"evidence": "{{ v('facts.count') | vote }}"}, "well-formed"),
        ({"report": ["papers"]}, "no report 'papers'. Did you mean 'paper'"),
        ({"contradicts": ["less-than-five"]}, "which is no claim"),
        ({"contradicts": ["more-than-five"]}, "name each other"),
        ({"id": "More than five"}, "column 'id'"),
    ],
)
def test_a_bad_ledger_names_file_claim_and_field(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError, match=f"(?s)claims.yml.*{message}"):
        claims.load(path)


def test_an_unknown_name_in_a_sentence_is_an_error(tmp_path: Path) -> None:
    ledger = claims.load(written(tmp_path, evidence="There were {{ many }}."))
    with pytest.raises(InputError, match=r"more-than-five.*many"):
        claims.verdict(ledger["more-than-five"], Results({"facts.count": Value(6)}))


def test_a_missing_ledger_and_a_claim_that_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such claims file"):
        claims.load(tmp_path / "none.yml")
    path = tmp_path / "twice.yml"
    path.write_text(yaml.safe_dump({**GOOD, "claims": GOOD["claims"] * 2}), encoding="utf-8")
    with pytest.raises(InputError, match="'more-than-five' stands twice"):
        claims.load(path)


def test_a_day_is_written_in_words_and_other_text_stays() -> None:
    assert day("2016-11-25") == "Friday 25 November 2016"
    assert day("2017") == "2017"


def test_what_holds_in_one_way_holds() -> None:
    """A way that nobody could see keeps a claim from being ruled out, not from being shown."""
    shown = ask(SHOWS, SHOWS, mute=1)
    assert (shown.word, shown.answer, shown.rests) == (Word.HOLDS_COUNTS, "shown", "partly seen")
    out = ask(OUT, OUT, mute=1)
    assert (out.word, out.answer) == (Word.CANNOT_BE_TESTED, "cannot tell")


def test_of_two_ways_with_one_verdict_the_one_that_says_less_is_told() -> None:
    sure, open_ = ask(OUT, OUT, paper="ruled out"), ask(OUT, OPEN, paper="ruled out")
    assert sure.word is open_.word is Word.DOES_NOT_HOLD
    assert weakest([sure, open_]).answer == weakest([open_, sure]).answer == "cannot tell"


def test_why_the_counts_are_not_heard_has_a_name() -> None:
    assert ask().rests == "nothing"
    assert ask(silent=2).rests == "unseen"
    assert ask(OUT).rests == ""


@pytest.mark.parametrize(
    ("lo", "hi", "word"),
    [(-1.4, 0.2, Word.HOLDS), (-1.6, 0.2, Word.CANNOT_BE_TESTED), (-4.0, -1.6, Word.DOES_NOT_HOLD)],
)
def test_an_interval_rules_out_what_it_stops_short_of(lo: float, hi: float, word: Word) -> None:
    value = Value((lo + hi) / 2, lo=lo, hi=hi)
    limits: dict[str, Threshold] = {"limit": -1.5}
    assert RULES["rules_out"].decide({"measured": {"a": value}}, limits, "parts").word is word


def test_what_does_not_hold_in_the_end_waits_for_the_numbers_of_its_day() -> None:
    """It may have held on its day: without that day's numbers nobody can say that it does not hold."""
    rows = cells.run("claims", BOOK, tables.load, lambda name: Results()).variables["judged"]
    row = rows.set_index("id").loc["faithless-six"]
    assert row["final"] == Word.NOT_YET_TESTED
    assert row["evidence"].startswith("Not yet tested:")
    assert ledger_of(tables.load)["faithless-six"]["final"] == Word.DOES_NOT_HOLD


def test_where_sizes_disagree_each_is_told() -> None:
    yes = Outcome(Word.HOLDS_COUNTS, "", "Counts: shown. It shows it.", "", "shown")
    no = Outcome(Word.OUT_COUNTS, "", "Counts: ruled out. It rules it out.", "", "ruled out")
    found = [("5 %, deleted", yes), ("5 %, switched", no)]
    told = each_told(weakest([yes, no]), found)
    assert told.word is Word.DEPENDS
    assert told.counts == (
        "Counts: divided. 5 %, deleted: shown. It shows it. 5 %, switched: ruled out. It rules it out."
    )
    assert each_told(weakest([no, no]), [("a", no), ("b", no)]).counts == no.counts
    open_ = Outcome(
        Word.CANNOT_BE_TESTED, "", "Counts: cannot tell; None sees it.", "", "cannot tell", "unseen"
    )
    half = open_._replace(counts="Counts: cannot tell. One does.", rests="partly seen")
    told = each_told(weakest([open_, half]), [("a", open_), ("b", half)])
    assert told.counts == "Counts: cannot tell. A: none sees it. B: one does."
