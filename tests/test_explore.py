"""Parts of pages that a reader can turn: their data is safe, and their scripts agree with Python."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from bs4 import BeautifulSoup

from sevenpercent import claims, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario
from sevenpercent.run import furniture, page_figures, pages
from sevenpercent.show import counties, electors
from sevenpercent.show.explorer import Explorer, html, labels, outlines, show
from sevenpercent.stats import electoral
from sevenpercent.stats.compare import expected

SIDES = {"harmed": "dem", "favoured": "rep"}


def by_script(file: str, expression: str, given: Any) -> Any:
    """What an expression over ``part`` (a script's own part), ``Explore`` and ``given`` is in node."""
    if (node := shutil.which("node")) is None:
        pytest.skip("no node on this machine: scripts are not run outside a browser")
    source = (
        f"global.Explore = require({json.dumps(str(paths.ROOT / 'assets/explore.js'))});"
        f"const part = require({json.dumps(str(paths.ROOT / 'assets' / file))});"
        "const given = JSON.parse(require('fs').readFileSync(0));"
        f"process.stdout.write(JSON.stringify({expression}));"
    )
    done = subprocess.run(
        [node, "-e", source], input=json.dumps(given), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_no_text_ends_the_script_that_holds_it() -> None:
    evil = "</script><script>alert(1)</script><!-- &amp; \u2028"
    page = BeautifulSoup(html(Explorer("electors", {"a": evil}), {"b": evil}), "html.parser")
    [script] = page.find_all("script")
    held = json.loads(str(script.string))
    assert held["data"]["a"] == held["words"]["b"] == evil


def test_words_without_a_name_are_refused() -> None:
    with pytest.raises(InputError, match="name"):
        labels("no name here")


def test_outlines_are_paths_on_whole_numbers() -> None:
    found = outlines(tables.load("outlines"), "state", 0.25)
    assert len(found) == 51
    assert all(path.startswith("M") and "." not in path for path in found.values())


def test_a_page_loads_the_scripts_of_what_stands_on_it_and_no_others() -> None:
    body = f"<article><h1>x</h1>{html(Explorer('electors', {}), {})}</article>"
    page = BeautifulSoup(f"<html><head></head><body>{body}</body></html>", "html.parser")
    pages._add_explorers(page, "../")
    sources = [str(s["src"]) for s in page.find_all("script", src=True)]
    assert sources == ["../_static/explore.js", "../_static/explore-electors.js"]
    assert all((paths.ROOT / "assets" / s.rpartition("/")[2]).is_file() for s in sources)


def test_the_calculator_agrees_on_every_combination_of_the_states_in_question() -> None:
    s, states = scenario.load(), tables.load("states")
    data = electors.calculator(states, s.flips, {}, tables.load("outlines"), **SIDES).data
    uncalled = electors.unassigned(states, s.flips, **SIDES)
    given, expected = [], []
    for cast in (False, True):
        ways = electoral.combinations(states, s.flips, cast=cast, unassigned=uncalled, **SIDES)
        assert len(ways) == 12
        for way in ways.to_dict("records"):
            sides = {c: way[c] for c in s.flips}
            given.append([sides, "cast" if cast else "pledged"])
            winner = ["harmed", "favoured", "nobody"].index(way["outcome"])
            expected.append([way["harmed"], way["favoured"], way["rest"], winner])
    assert counted(data, given) == expected


def test_the_calculator_agrees_on_a_thousand_random_maps() -> None:
    states = tables.load("states")
    data = electors.calculator(states, ["WI"], {}, tables.load("outlines"), **SIDES).data
    rng = np.random.default_rng(20161122)
    given, expected = [], []
    for _ in range(1000):
        sides, ours, theirs, all_ = {}, 0, 0, 0
        cast = bool(rng.random() < 0.5)
        tail = "_cast" if cast else ""
        flipped = rng.random(len(states)) < rng.choice([0.02, 0.1, 0.5])
        for state, flip in zip(states.to_dict("records"), flipped, strict=True):
            all_ += state["ev"]
            whole = 0 in (state["ev_dem"], state["ev_rep"])
            now = "harmed" if state["ev_dem"] else "favoured"
            if flip:
                sides[state["state"]] = {"harmed": "favoured", "favoured": "harmed"}[now]
                ours += state["ev"] * (now == "favoured")
                theirs += state["ev"] * (now == "harmed")
            else:
                sides[state["state"]] = now if whole else "split"
                ours += state["ev_dem" + tail]
                theirs += state["ev_rep" + tail]
        lost = [int(n) for n in rng.integers(0, 20, 2)] if rng.random() < 0.3 and not cast else None
        if lost:
            gone = min(lost[0], ours), min(lost[1], theirs)
            ours, theirs = ours - gone[0], theirs - gone[1]
        count = electoral.Tally(int(ours), int(theirs), int(all_ - ours - theirs))
        winner = ["harmed", "favoured", "nobody"].index(count.outcome)
        given.append([sides, "own" if lost else "cast" if cast else "pledged", lost or [0, 0]])
        expected.append([count.harmed, count.favoured, count.rest, winner])
    assert {e[3] for e in expected} == {0, 1, 2}
    assert counted(data, given) == expected


def counted(data: Any, given: list[Any]) -> Any:
    """Votes and winner of each map by the script; states that a map leaves out fall as they did."""
    return by_script(
        "explore-electors.js",
        """given.maps.map(([sides, electors, lost]) => {
          const all = Object.fromEntries(given.states.map(s => [s.code, sides[s.code] || part.was(s)]));
          const found = part.count(given.states, all, electors, lost);
          return [...found.cast, found.winner];
        })""",
        {"states": data["states"], "maps": given},
    )


def test_a_view_comes_back_from_its_address_and_what_is_wrong_in_it_is_named() -> None:
    found = by_script(
        "explore.js",
        """(() => {
          const fields = { a: Explore.one(["x", "y"], "x"), n: Explore.whole(9), q: Explore.text(5),
                           s: Explore.some(4) };
          const state = { a: "y", n: 3, q: "ä&b", s: [0, 2] };
          return given.map(search => Explore.read(fields, search ?? Explore.write(fields, state)))
            .concat([Explore.write(fields, Explore.read(fields, "").state)]);
        })()""",
        [None, "?v=1&a=z&n=10&q=toolong&s=3-1", "?v=0&a=y", "?v=1&s=&n=-1&utm_source=x"],
    )
    start = {"a": "x", "n": 0, "q": "", "s": [0, 1, 2, 3]}
    assert found[0]["state"] == {"a": "y", "n": 3, "q": "ä&b", "s": [0, 2]}
    assert found[1] == {"state": start, "bad": ["a", "n", "q", "s"], "dated": False}
    assert found[2] == {"state": start, "bad": [], "dated": True}
    assert found[3] == {"state": start | {"s": []}, "bad": ["n"], "dated": False}
    assert found[4] == ""


@pytest.mark.parametrize("third_party", [True, False])
def test_verdicts_on_a_third_party_s_claims_are_told_to_search_engines(third_party: bool) -> None:
    claim = {"id": "a", "text": "x", "said": ["does not hold", "a magazine", "2016-11-22"]}
    part = html(Explorer("ledger", {"claims": [claim], "reviews": third_party}), {})
    page = BeautifulSoup(part, "html.parser")
    site = furniture.Site(furniture.Home("chapters/index"), "A book")
    found = furniture.reviews(page, "https://example.org/claims.html", site)
    assert [(r["url"], r["claimReviewed"]) for r in found] == (
        [("https://example.org/claims.html#a", "x")] if third_party else []
    )


def test_arrow_keys_lead_to_the_neighbour_in_their_direction() -> None:
    points = [[x, y] for y in range(3) for x in range(3)]
    ways = [[1, 0], [-1, 0], [0, -1], [0, 1]]
    found = by_script(
        "explore-counties.js",
        "given.ways.map(way => part.neighbour(given.points, given.at, way))",
        {"points": [*points[:3], None, *points[4:]], "at": 4, "ways": ways},
    )
    assert found[0] == 5
    assert found[1] in (0, 6, -1)  # its own neighbour there is not on the map
    assert found[2:] == [1, 7]


def test_the_box_around_a_county_is_that_of_its_outline() -> None:
    paths_ = outlines(tables.load("outlines"), "county", 0.15)
    found = by_script("explore-counties.js", "given.map(part.box)", [*paths_.values(), ""])
    assert found[-1] is None
    for path, box in zip(paths_.values(), found, strict=False):
        parts = [re.findall(r"-?\d+", part) for part in path.split("M")[1:]]
        corners = [np.array(p, int).reshape(-1, 2).cumsum(axis=0) for p in parts]
        every = np.concatenate(corners) if corners else None
        expected_box = every is not None and [*every.min(axis=0), *np.ptp(every, axis=0)]
        assert (box is not None and list(box.values())) == expected_box


def test_a_finger_beside_a_small_place_means_it_and_hears_of_others() -> None:
    large, small, other = [0, 0, 200, 200], [95, 95, 10, 10], [125, 95, 10, 10]
    taps = [[[100, 82], 0], [[100, 100], 1], [[20, 20], 0], [[300, 300], -1], [[112, 82], -1]]
    found = by_script(
        "explore-counties.js",
        "given.taps.map(([at, under]) => part.meant(given.boxes, at, under))",
        {"boxes": [large, small, other, None], "taps": taps},
    )
    assert [f["chosen"] for f in found] == [1, 1, 0, -1, 1]
    assert found[0]["others"] == [0, 2]
    assert found[3]["others"] == []


def test_counties_have_their_votes_machines_recount_and_source() -> None:
    s = scenario.load()
    frame = places.county_frame(s, tables.load, "WI")
    controls = ["college", "white_nh", "log_density"]
    fitted = expected(frame, "change_two_party", controls, "state")
    x = sm.add_constant(frame[controls])
    assert np.allclose(fitted, sm.OLS(frame["change_two_party"], x).fit().fittedvalues)
    listed = tables.load("county_equipment").query("year == 2016 and version == 'corrected'")
    moved = counties.recounted(tables.load("wi_units"), "dem", "rep")
    assert moved is not None
    assert moved.sum() == 131
    frame = frame.assign(change=frame["change_two_party"], expected=fitted)
    found = counties.rows(
        frame, listed, primary="any_dre_vv", dose="dre_share_ballots", recount=moved
    )
    made = counties.makes(tables.load("equipment_records"), 2016)
    sources = tables.sources()
    part = counties.explorer(found, tables.load("outlines"), made, sources, wide=False)
    assert part is not None
    data = part.data
    adams = dict(zip([name for name, _ in data["columns"]], data["counties"][0][8:], strict=True))
    assert adams["total"] == 10164
    assert adams["dose"] == 222
    assert "Verified Voting" in data["sources"][data["counties"][0][5]][1]
    assert "Optical Scan" in data["makes"][data["counties"][0][7]]
    shown = counties.table(found, {"total": "votes", "recount": "recount"})
    assert shown is not None
    assert shown.iloc[0].tolist() == ["Adams, WI", "10,164", shown["recount"][0]]
    assert counties.table(pd.concat([found] * 5), {"total": "votes"}) is None


def test_municipalities_have_their_machines_ballots_recount_and_every_source() -> None:
    table = tables.load("wi_municipalities")
    found = counties.towns(table, year=2016, prior_year=2012, harmed="dem", favoured="rep")
    assert len(found) == len(table)
    assert found["fips"].is_unique
    assert found["total"].sum() == table["total_2016"].sum()
    moved = (table["rep_recount"] - table["dem_recount"]) - (table["rep_2016"] - table["dem_2016"])
    assert found["recount"].sum() == moved.sum()
    behind = tables.sources_of(["wi_municipalities", "wi_units"])
    made = dict(zip(found["fips"], found["makes"], strict=True))
    part = counties.explorer(found, None, made, behind, place="towns")
    assert part is not None
    assert len(part.data["sources"]) == len(behind) > 2
    assert all(not row[3] for row in part.data["counties"])
    page = BeautifulSoup(html(part, {}), "html.parser").div
    assert page is not None
    assert (page["id"], page["data-explore"]) == ("towns", "counties")
    assert part.file is not None
    assert len(part.file) == len(table)
    assert str(part.file["total"].dtype) == "Int64"
    assert len(gzip.compress(str(page).encode())) < 150_000


def test_the_file_of_a_part_is_linked_for_those_without_scripts(tmp_path: Path) -> None:
    part = Explorer("counties", {}, "towns", pd.DataFrame({"a": [1]}), ("Units: votes",))
    words = {"file": "All as CSV", "col_a": "Votes"}
    show(part, words, tmp_path)
    [file] = tmp_path.iterdir()
    body = f"<article><h1>x</h1>{html(part, words)}</article>"
    page = BeautifulSoup(f"<html><head></head><body>{body}</body></html>", "html.parser")
    pages._add_explorers(page, "../")
    link = page.find("a", string="All as CSV")
    assert link is not None
    assert link["href"] == f"../_images/{file.name}"
    (images := tmp_path / "images").mkdir()
    page_figures.copy([tmp_path], images)
    assert (images / file.name).read_text() == "# Units: votes\nVotes\n1\n"


@pytest.mark.parametrize("book", ["midwest-2016", "dominion-2020", "texas-2024", "florida-2004"])
def test_the_last_verdict_on_record_is_the_one_that_the_book_gives(book: str) -> None:
    s = scenario.load(book)
    assert s.claims is not None
    ledger = claims.load(s.claims)
    last = {name: word for moved in ledger.history for name, word in moved.verdicts.items()}
    assert set(last) == {c.id for c in ledger}
    assert all(r.address for r in ledger.reports if r.id not in {"sceptics", "claim"})
    if book == "midwest-2016":
        twin = (paths.ROOT / "chapters" / "claims.ipynb").read_text(encoding="utf-8")
        said = re.findall(r'id=\\"([\w-]+)\\"><h3>.*?\*\*\S+ ([^*]+)\*\*\.', twin, re.DOTALL)
        assert dict(said) == {k: str(v) for k, v in last.items()}
