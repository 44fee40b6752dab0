"""The third book, made by ``new``, ``check`` and ``build`` alone: what it must be."""

from __future__ import annotations

import json
from functools import cache

import pytest

from sevenpercent import paths
from sevenpercent.claims import load as load_claims
from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.scenario import Scenario
from sevenpercent.own import check
from sevenpercent.study import cells, magics

NAME = "texas-2024"
FEW = {"redraw.draws": "99"}


@cache
def found(name: str) -> cells.Executed:
    s = scenario.load(NAME, FEW)
    return cells.run(name, s, tables.loader(s.tables.folder), lambda n: found(n).results)


@pytest.mark.slow
def test_it_passes_its_own_check_without_the_published_files() -> None:
    found = check.problems(scenario.load(NAME))
    assert not [f.shown() for f in found if f.severity == "error"]
    assert any(f.rule == "out_of_date" for f in found)


def test_designs_are_those_declared_before_the_votes_were_read() -> None:
    s = scenario.load(NAME)
    assert s.declared == s.declaration


def test_it_is_no_ones_claim() -> None:
    s = scenario.load(NAME)
    assert s.claim.who == ""
    assert all("exercise" in c.who for c in load_claims(paths.ROOT / str(s.claims)))


def test_its_tables_name_their_sources_and_no_place_on_a_disk() -> None:
    folder = paths.ROOT / str(scenario.load(NAME).tables.folder)
    text = (folder / "datapackage.json").read_text(encoding="utf-8")
    for resource in json.loads(text)["resources"]:
        assert any(s.get("path", "").startswith("https://") for s in resource["sources"])
    own = (paths.SCENARIOS / f"{NAME}.yml").read_text(encoding="utf-8")
    assert not any(line.strip().startswith("- file: /") for line in own.splitlines())
    assert sum(p.stat().st_size for p in folder.iterdir()) < 1_000_000


def test_every_county_has_votes_and_machines() -> None:
    s = scenario.load(NAME)
    load = tables.loader(s.tables.folder)
    votes = load("county_votes")
    now = votes[(votes["year"] == s.year) & (votes["state"] == s.focus) & votes["best"]]
    machines = load("county_equipment")
    lead = machines[machines["reading"] == s.treatment.primary]
    assert set(lead["fips"]) == set(now["fips"])
    assert len(now) == 254


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gap", "controls", "designs", "data", "claims", "index"])
@pytest.mark.usefixtures("examined")
def test_every_chapter_computes(name: str) -> None:
    values = dict(found(name).results)
    assert len(values) > 3
    assert all(v.value == v.value for v in values.values())


@pytest.mark.slow
def test_the_first_page_fits() -> None:
    index = found("index")
    assert index.results["index.step.raw"].n == 254
    assert len(index.variables["judged"]) == 2
    s = scenario.load(NAME)
    assert (s.parties.harmed.candidate, s.listed) == ("Harris", 2022)


WORDY = ("gap", "controls", "multiverse", "data", "designs", "index")


def said(s: Scenario) -> str:
    """Everything that the chapters say, cells of words alone."""
    load = tables.loader(s.tables.folder)

    @cache
    def run(name: str) -> cells.Executed:
        return cells.run(name, s, load, lambda n: run(n).results, magics.spoken)

    return "\n\n".join(part for name in WORDY for part in run(name).said)


@pytest.mark.slow
@pytest.mark.parametrize("lead", ["direct", "hart"])
@pytest.mark.usefixtures("examined")
def test_each_kind_of_equipment_leads_in_its_own_words(lead: str) -> None:
    keys = ("treatment.primary", "designs.counties.treatment")
    s = scenario.load(NAME, {**FEW, "multiverse.joint.draws": "99", **dict.fromkeys(keys, lead)})
    text = said(s)
    own = {name: s.treatment.said("adjective", name) for name in s.treatment.readings}
    assert f"{own.pop(lead)} counties" in text
    assert not [word for word in own.values() if f"{word} counties" in text]
    assert "definition of “" not in text
    assert f"in counties of Texas with {s.treatment.said('electronic')}" in text
