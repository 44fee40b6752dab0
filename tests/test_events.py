"""The days after an election: calendar files, thresholds, and the findings on planted votes."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from sevenpercent import paths
from sevenpercent.claims import events
from sevenpercent.claims import load as load_ledger
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.model.words import WEEKDAYS
from sevenpercent.show.calendar_tables import margins_table
from sevenpercent.show.figures.timeline import of_days, timeline
from sevenpercent.study import cells

GOOD = """
election: 2016-11-08
reported: 2016-11-23
events:
- {fact: deadline_wi, place: WI, kind: deadline, label: last day}
disputes:
- {question: "Is it so?", claims: [a-claim], record: "{{ v('key') }} votes"}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "calendar.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_calendar_is_read(tmp_path: Path) -> None:
    calendar = events.load(write(tmp_path, GOOD))
    assert calendar.election == date(2016, 11, 8)
    assert calendar.events[0].kind == "deadline"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: deadline", "kind: dedline", "Did you mean 'deadline'"),
        ("place: WI", "place: Wisconsin", "events.0.place"),
        ("label: last day", "lable: last day", "events.0"),
        ("2016-11-08", "the eighth", "election"),
        ("{{ v('key') }}", "{{ v('key' }}", "not a well-formed sentence"),
        ("claims: [a-claim]", "claims: []", "disputes.0.claims"),
    ],
)
def test_a_fault_in_a_calendar_is_one_message(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        events.load(write(tmp_path, GOOD.replace(old, new)))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_calendar_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no calendar"):
        events.load(tmp_path / "calendar.yml")


def test_a_timeline_counts_days_from_the_reports(tmp_path: Path) -> None:
    calendar = events.load(write(tmp_path, GOOD))
    known = {"id": "deadline_wi", "date": "2016-11-25", "fact": "last day", "source": "WEC"}
    facts = pd.DataFrame([known, known | {"id": "deadline_mi", "date": "2016-11-30"}])
    (row,) = events.timeline(calendar, facts).to_dict("records")
    assert (row["date"], row["weekday"], row["days"]) == ("2016-11-25", "Friday", 2)
    with pytest.raises(InputError, match="no such fact"):
        events.timeline(calendar, facts[1:])


def test_day_and_weekday() -> None:
    assert WEEKDAYS[events.day("2016-11-25").weekday()] == "Friday"
    with pytest.raises(InputError, match="not a day"):
        events.day("2016-12")


@pytest.mark.parametrize(
    ("value", "unit", "votes"), [(2000, "votes", 2000), (0.5, "percent of votes", 5000)]
)
def test_threshold_in_votes(value: float, unit: str, votes: float) -> None:
    assert events.threshold_votes(value, unit, 1_000_000) == pytest.approx(votes)


def test_threshold_in_another_unit_is_refused() -> None:
    with pytest.raises(InputError, match="percent of votes"):
        events.threshold_votes(0.5, "percent of vote", 10)


@pytest.mark.parametrize(("pledged", "needed"), [(306, 37), (270, 1), (269, 0), (232, 0)])
def test_electors_to_block_a_majority(pledged: int, needed: int) -> None:
    assert events.electors_to_block(pledged, 538) == needed


# --- the chapter ------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def found() -> cells.Executed:
    return cells.run("calendar", scenario.load(), tables.load, lambda name: Results())


def test_deadlines_have_the_weekdays_that_the_reports_give() -> None:
    deadlines = found().variables["deadlines"].set_index("place")
    for state, weekday, days in (("WI", "Friday", 2), ("PA", "Monday", 5), ("MI", "Wednesday", 7)):
        assert deadlines.loc[state, "weekday"] == weekday
        assert found().results[f"calendar.deadline.{state.lower()}.days"].value == days


def test_margins_are_the_certified_ones_and_no_threshold_is_reached() -> None:
    results = found().results
    for state, votes in (("wi", 22748), ("pa", 44292), ("mi", 10704)):
        assert results[f"calendar.margin.{state}.votes"].value == votes
        assert results[f"calendar.threshold.{state}.reached"].value is False
    assert results["calendar.margin.pa.reported_percent"].value == 1.2
    assert results["calendar.threshold.mi.times"].value == pytest.approx(10704 / 2000)


def test_a_margin_of_exactly_the_threshold_reaches_it() -> None:
    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        if name == "states":
            own = table["state"] == "MI"
            table.loc[own, "dem"] = table.loc[own, "rep"] - 2000
        return table

    run = cells.run("calendar", scenario.load(), load, lambda name: Results())
    results = run.results
    assert run.variables["reached"] == ["Michigan"]
    assert results["calendar.threshold.mi.reached"].value is True
    assert results["calendar.threshold.mi.times"].value == 1


def test_electors_by_party() -> None:
    results = found().results
    assert results["calendar.electors.to_block"].value == 37
    assert results["calendar.electors.announced_against_rep"].value == 0
    lost = found().variables["deserters"].groupby("party")["otherwise"].sum().to_dict()
    assert lost == {"dem": 5, "rep": 2}


def test_sums_of_money() -> None:
    results = found().results
    paid = float(str(results["calendar.money.paid"].value))
    assert paid == 2_005_603 + 973_250
    assert float(str(results["calendar.money.left"].value)) == 7_330_000 - paid


def test_every_dispute_can_be_told_and_every_event_has_a_source() -> None:
    disputes, days = found().variables["disputes"], found().variables["days"]
    assert min(len(one["said"]) for one in disputes) >= 2
    assert all("{{" not in one["record"] for one in disputes)
    assert days["source"].str.len().min() > 0
    assert days["date"].is_monotonic_increasing


def test_a_record_without_its_numbers_is_left_out_where_settings_were_changed() -> None:
    chosen = scenario.load()
    calendar = events.load(paths.SCENARIOS / chosen.id / "calendar.yml")
    ledger = load_ledger(paths.ROOT / str(chosen.claims))
    with pytest.raises(InputError, match="unknown result"):
        events.disputes(calendar, ledger, {})
    assert events.disputes(calendar, ledger, {}, strict=False) == []
    assert events.disputes(calendar, None, {}) == []


def test_margins_are_shown_as_reported_and_as_certified() -> None:
    shown = margins_table(found().variables["margins"], found().variables["rules"].head(1))
    assert shown["reported"].tolist() == ["0.7 %, 27,000", "1.2 %", "0.3 %, 12,000"]
    assert shown["threshold"].tolist()[1:] == ["–", "–"]


@pytest.mark.parametrize(
    ("replace", "says"),
    [
        (("fact: deadline_wi", "fact: deadline_wy"), "Did you mean 'deadline_wi'"),
        (("percent: pa-margin-share", "percent: pa-margin-shares"), "no such claim"),
        (("facts.wi_paid.1", "facts.wi_paid.one"), "unknown result"),
    ],
)
def test_a_calendar_that_names_what_does_not_exist_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    replace: tuple[str, str],
    says: str,
) -> None:
    chosen = scenario.load()
    text = (paths.SCENARIOS / chosen.id / "calendar.yml").read_text(encoding="utf-8")
    (tmp_path / chosen.id).mkdir()
    write(tmp_path / chosen.id, text.replace(*replace))
    monkeypatch.setattr(paths, "SCENARIOS", tmp_path)
    with pytest.raises(InputError, match=says):
        cells.run("calendar", chosen, tables.load, lambda name: Results())


# --- figure -----------------------------------------------------------------------------------


def test_days_stand_under_their_places_in_the_order_given() -> None:
    days = found().variables["days"]
    marks = {"vote": date(2016, 11, 8), "reports": date(2016, 11, 23), "end": date(2016, 12, 19)}
    picture = of_days(days, {"MI": "Michigan", "WI": "wisconsin"}, marks)
    assert picture.says.startswith("2016-11-30, Michigan: last day to ask")
    texts = [t.get_text() for t in picture.draw(title="T", subtitle="S", source="O").axes[0].texts]
    assert [t for t in texts if t in ("Michigan", "Wisconsin")] == ["Michigan", "Wisconsin"]
    assert "10 Jan: actual cost known" in texts


def test_timeline_prints_every_event_under_its_group_and_late_ones_at_the_edge() -> None:
    def event(day: date, group: str) -> dict[str, object]:
        return {"day": day, "group": group, "kind": "court", "label": f"on {day.day}"}

    shown = [
        event(date(2016, 11, 12), "Here"),
        event(date(2016, 11, 20), "There"),
        event(date(2017, 2, 1), "There"),
    ]
    figure = timeline(
        shown,
        {"vote": date(2016, 11, 8)},
        title="T",
        subtitle="S",
        source="O",
        last=date(2016, 12, 1),
    )
    axes = figure.axes[0]
    texts = [t.get_text() for t in axes.texts]
    assert [t for t in texts if t in ("Here", "There")] == ["Here", "There"]
    assert "12 Nov: on 12" in texts
    assert "1 Feb: on 1" in texts
    assert axes.get_xlim()[1] < date(2017, 1, 1).toordinal()
