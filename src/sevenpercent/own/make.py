"""From a scenario's files to its tables in ``data/NAME/``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from sevenpercent import hashes, paths
from sevenpercent.data import recipe, tables
from sevenpercent.data.inputs import OWN, Input
from sevenpercent.data.readers import formats, votes
from sevenpercent.data.readers.formats import BY_COLUMNS
from sevenpercent.data.rules.base import COUNTS, PARTS, Finding
from sevenpercent.data.rules.places import RENAMED, Places, clean_code, places
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.own import covariates, equipment, findings, precincts
from sevenpercent.own.findings import said

VINTAGE = "certified"
READING = "reading.json"
"""What reading the files showed, kept beside the tables."""

REFERENCE = ("county_votes", "county_points", "county_neighbours", "states")


@lru_cache(maxsize=1)
def _places(*_: int) -> Places:
    return places({name: tables.load(name) for name in REFERENCE})


def reference() -> Places:
    """Places of the tables of reference, kept as long as their files are the same."""
    return _places(*((paths.DATA / f"{n}.parquet").stat().st_mtime_ns for n in REFERENCE))


@dataclass
class Made:
    """Tables of a book's own, by name, and what reading their files showed."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def source_ids(inputs: Sequence[Input]) -> dict[str, Input]:
    """Short names of the input files, each once; of a file that holds several things with the one."""
    out: dict[str, Input] = {}
    several = Counter(given.file for given in inputs)
    for given in inputs:
        name = given.path.name
        if several[given.file] > 1:
            name += f" ({given.holds}{f' {given.year}' if given.year else ''})"
        while name in out:
            name += "'"
        out[name] = given
    return out


def make(scenario: Scenario) -> Made:
    """Read the input files of a scenario into its tables.

    Raises InputError when a file cannot be read at all, or none has a reading that is declared.
    """
    designs = scenario.designs
    by_precinct = designs is not None and designs.precincts is not None
    out = read(scenario.inputs, scenario.year, states=scenario.states, by_precinct=by_precinct)
    if "county_votes" in out.frames:
        beside = presidential(tables.load("county_votes"), scenario)
        out.frames["county_votes"] = together(out.frames["county_votes"], beside)
    if "county_equipment" in out.frames:
        found = set(out.frames["county_equipment"]["reading"])
        if missing := set(scenario.treatment.readings) - found:
            what = "a declared reading is in no file"
            raise InputError(what, value=min(missing), fix="Readings: " + ", ".join(sorted(found)))
    return out


def read(
    inputs: Sequence[Input], year: int, *, states: Sequence[str] = (), by_precinct: bool = False
) -> Made:
    """Read files into tables; beside their votes there are no others.

    Raises InputError when a file cannot be read at all.

    `year`: election of the lists of machines; `states`: those whose lines of machines should all
    name a county; `by_precinct`: read votes of precincts as such too.
    """
    known = reference()
    postal = votes.postal_codes(tables.load("states"))
    out = Made()
    gathered: dict[str, list[pd.DataFrame]] = {}

    for source, given in source_ids(inputs).items():
        path = given.path
        if not path.is_file():
            raise InputError("no such file", file=path, fix="Check 'inputs' in the scenario.")
        if given.holds == "votes":
            counted = votes.read(path, given, source, postal)
            rows = counted.rows
            out.findings += counted.findings
            if counted.summed:
                whole = rows[list(PARTS)].astype(float).sum(axis=1)
                rows["total"] = rows["total"].fillna(whole.map(votes.number_text))
            # The rules ask for the state and the county's name, which a code says as well.
            coded = rows.assign(fips=rows["fips_printed"].map(clean_code))
            gathered.setdefault("votes", []).append(named(coded, known).drop(columns="fips"))
            if by_precinct:
                listed = precincts.read(path, given, source, postal, known)
                if listed is not None:
                    gathered.setdefault("precinct_votes", []).append(listed)
        elif given.holds == "equipment":
            both = {**postal, **known.prefixes}
            frame, listed, lost = equipment.read(path, given, source, year, both, known)
            out.findings += findings.machines(lost, source, states, known)
            gathered.setdefault("equipment", []).append(named(frame, known))
            if listed is not None:
                gathered.setdefault("precinct_equipment", []).append(named(listed, known))
        elif given.holds == "demographics":
            frame, odd = covariates.read(path, given, source, known, postal)
            out.findings += odd
            gathered.setdefault("demographics", []).append(frame)
        else:
            gathered.setdefault("certified", []).append(certified(path, given, source))
    if "votes" in gathered:
        printed, joined = whole_counties(pd.concat(gathered["votes"], ignore_index=True), known)
        out.findings += joined
        out.frames["county_votes_printed"] = printed
        out.frames["county_votes"], odd = cleaned(printed, known)
        out.findings += odd
    if "equipment" in gathered:
        frame = pd.concat(gathered["equipment"], ignore_index=True)
        out.frames["county_equipment"] = frame.drop_duplicates(["fips", "reading"])
    for name in ("precinct_votes", "precinct_equipment"):
        if name in gathered:
            every = pd.concat(gathered[name], ignore_index=True)
            key = precincts.recipes()[name].key
            out.frames[name] = every.drop_duplicates(key, ignore_index=True)
    if "demographics" in gathered:
        peopled = [n for n, given in source_ids(inputs).items() if given.holds == "demographics"]
        out.frames[covariates.TABLE], odd = covariates.filled(gathered["demographics"], peopled)
        out.findings += odd
    if "certified" in gathered:
        out.frames["certified_totals"] = pd.concat(gathered["certified"], ignore_index=True)
    return out


def named(frame: pd.DataFrame, known: Places) -> pd.DataFrame:
    """Rows with the state and the county of their code, where the file says neither."""
    out = frame.copy()
    for column, names in (("state", known.state), ("county", known.name)):
        said = out[column].fillna("").astype(str)
        out[column] = said.where(said != "", out["fips"].map(names).fillna("").astype(str))
    by_prefix = out["fips"].astype(str).str[:2].map(known.prefixes).fillna("").astype(str)
    out["state"] = out["state"].where(out["state"] != "", by_prefix)
    return out


def whole_counties(printed: pd.DataFrame, known: Places) -> tuple[pd.DataFrame, list[Finding]]:
    """Printed votes in which a place that became part of a county is counted with that county.

    Its lines are gone where the county has a line of its own to carry them; a note says so of each.
    """
    code = printed["fips_printed"].map(clean_code)
    now = code.replace(RENAMED)
    place = ["source", "year", "now"]
    rows = printed.assign(now=now, moved=code != now)
    odd = []
    for _, part in rows[rows["moved"]].groupby(place, sort=False):
        same = rows[(rows[place] == part.iloc[0][place]).all(axis=1)]
        own = same[~same["moved"]]
        if len(own) != 1:
            continue
        at = own.index[0]
        for name in COUNTS:
            numbers = votes.number(same[name])
            if numbers[part.index].notna().any():
                printed.loc[at, name] = votes.number_text(float(numbers.sum()))
        told = {"place": known.label(part["now"].iloc[0]), "to": int(printed.loc[at, "row"])}
        lines = part[["source", "row", "year", "now", "fips_printed"]].to_dict("records")
        odd += [said("moved", **told, **{str(k): v for k, v in r.items()}) for r in lines]
        printed = printed.drop(index=part.index)
    return printed.reset_index(drop=True), odd


def cleaned(printed: pd.DataFrame, known: Places) -> tuple[pd.DataFrame, list[Finding]]:
    """Printed votes as rows of ``county_votes``, and a finding for each that finds no county.

    Rows that are totals, name no county or carry no votes are left out; of a county that stands
    twice the first row is kept (the data rules name the second).
    """
    code = printed["fips_printed"].map(clean_code).replace(RENAMED)
    use = known.coded(code, printed["state"], printed["county"])
    total = printed["county"].map(lambda name: bool(TOTAL_NAMES.match(str(name))))
    counts = {name: votes.number(printed[name]) for name in COUNTS}
    frame = printed[["year", "source"]].assign(fips=use, vintage=VINTAGE, best=True, **counts)
    frame["county"] = [known.name.get(c, n) for c, n in zip(use, printed["county"], strict=True)]
    frame["state"] = [known.state.get(c, s) for c, s in zip(use, printed["state"], strict=True)]
    # Where no candidate has a number, nothing is lost with the row.
    voted = frame[["dem", "rep", "other"]].notna().any(axis=1)
    lost = (frame["fips"] == "") & ~total & voted
    odd = [findings.unmatched(r, known) for r in printed[lost.to_numpy()].to_dict("records")]
    odd += findings.nobody(printed, counts, lost | total)
    for name in ("dem", "rep"):
        blank = printed[name].fillna("").astype(str).str.strip() == ""
        empty = printed[(blank & ~lost & ~total).to_numpy()].to_dict("records")
        odd += [findings.without_votes(r, name) for r in empty]
    frame = frame[~lost & ~total & frame["dem"].notna() & frame["rep"].notna()]
    parts = frame[["dem", "rep", "other"]].fillna(0).sum(axis=1)
    frame["total"] = frame["total"].fillna(parts)
    rest = frame["total"] - frame["dem"] - frame["rep"]
    frame["other"] = frame["other"].fillna(rest.clip(lower=0))
    for name in COUNTS:
        frame[name] = frame[name].clip(lower=0).round().astype("Int64")
    frame = frame.drop_duplicates(["fips", "year"])
    return frame[[name for name, _ in tables.described_fields("county_votes")]], odd


def presidential(base: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Votes of ``data/`` that stand beside a book's own; they are for President.

    Beside those for another office stand only those of the election before, if the book says so.
    """
    if not scenario.office:
        return base
    year = scenario.prior_year if scenario.prior_office else 0
    return base[base["year"] == year]


def together(own: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """One's own votes, and those of ``data/`` for counties and years that they do not cover.

    Where one's own file has a state by other units than ours, it stands alone: its votes would
    count twice beside those of the counties.
    """
    # As objects: among strings of Arrow, what stands in a long list is sought ten times as slowly.
    place, known = ((f["fips"] + f["year"].astype(str)).astype(object) for f in (own, base))
    rest = base[~known.isin(place)]
    whole = (base["state"] + base["year"].astype(str)).unique()
    other = own[~place.isin(known) & (own["state"] + own["year"].astype(str)).isin(whole)]
    alone = set(other["state"] + other["year"].astype(str))
    rest = rest[~(rest["state"] + rest["year"].astype(str)).isin(alone)]
    both = pd.concat([own, rest], ignore_index=True)
    return both.sort_values(["fips", "year", "vintage"], ignore_index=True)


def certified(path: Path, given: Input, source: str) -> pd.DataFrame:
    """Certified totals: place (postal code or US), year, dem, rep, total."""
    columns, raw = formats.texts(given, path)
    out = pd.DataFrame({"place": raw[columns["place"]].str.upper()})
    out["year"] = votes.number(raw[columns["year"]]).astype("Int64")
    out["vintage"] = VINTAGE
    for name in ("dem", "rep", "total"):
        value = votes.number(raw[columns[name]]) if name in columns else np.nan
        out[name] = pd.Series(value, index=raw.index).astype("Int64")
    out["source"] = raw[columns["source"]] if "source" in columns else source
    return out


def save(made: Made, scenario: Scenario) -> Path:
    """Write the tables, their description and what reading showed; all of it or nothing.

    Returns the folder.
    """
    folder = paths.ROOT / str(scenario.tables.folder)
    folder.mkdir(parents=True, exist_ok=True)
    known = {**recipe.read_recipes(paths.RECIPES), **precincts.recipes()}
    with tables.replacing(folder) as put:
        resources = []
        for name, frame in made.frames.items():
            plan, path = _described(known[name], frame, scenario), put(f"{name}.parquet")
            have, files = frame[[f.name for f in plan.fields]], _sources(scenario, name)
            resources.append(recipe.store(have, plan, path, files, level=12))
        package = {"name": scenario.id, "title": scenario.title, "resources": resources}
        recipe.write_json(put("datapackage.json"), package)
        recipe.write_json(put(READING), [asdict(f) for f in made.findings])
    return folder


def _described(plan: recipe.Recipe, frame: pd.DataFrame, scenario: Scenario) -> recipe.Recipe:
    """A table of ``data/`` with the columns that a book has of it, and those of its own."""
    fields = [f for f in plan.fields if f.name in frame]
    if plan.table == "county_votes_printed":
        text = {"type": "string"}
        fields = [f.model_copy(update=text) if f.name in COUNTS else f for f in fields]
    for name in (str(n) for n in frame if str(n).startswith(OWN)):
        words = "As the file of this book has it"
        if name in scenario.covariates:
            words = Vocabulary(scenario).measures([name])
        fields.append(recipe.Column(name=name, type="number", description=words))
    title = plan.title
    if scenario.office:  # those of data/ are for President
        prior = f", for {scenario.prior_office} in {scenario.prior_year}"
        office = f"for {scenario.office}{prior if scenario.prior_office else ''}"
        title = title.replace("for President", office)
    said = f"{title}, read from the files of the scenario {scenario.id}."
    told = {"title": title, "description": said, "known_from": None, "fields": fields}
    return plan.model_copy(update=told)


def readings_kept(scenario: Scenario) -> list[Finding]:
    """Findings of the last reading, where tables were written."""
    path = paths.ROOT / str(scenario.tables.folder) / READING
    if not path.is_file():
        return []
    return [Finding(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


_HOLDS = {
    **dict.fromkeys(("county_votes", "county_votes_printed", "precinct_votes"), "votes"),
    **dict.fromkeys(("county_equipment", "precinct_equipment"), "equipment"),
    **{"county_demographics": "demographics", "certified_totals": "certified"},
}


def _sources(scenario: Scenario, table: str) -> list[dict[str, str]]:
    # What the files do not cover is taken over from the table that all books share.
    common = [{"name": table, "title": f"{table} of data/, for other places and years"}]
    files = [
        {"name": name, "title": _title(given), "file": given.path.name}
        | ({"path": given.source} if "://" in given.source else {})
        | {"sha256": hashes.file_hash(given.path)}
        for name, given in source_ids(scenario.inputs).items()
        if given.holds == _HOLDS[table]
    ]
    return files + (common if table == "county_votes" else [])


def _title(given: Input) -> str:
    """What a file is, its name, and whose it is where it has no address: as a list of sources says it."""
    name = given.path.name
    if given.holds == "demographics" and given.year:
        name += f" of {given.year}"
    if given.format != BY_COLUMNS:
        form = formats.by_id(given.format)
        whose = f", {form.publisher}" if form.publisher else ""
        laid = f"{name}, laid out as “{form.title}”"
        name = f"{form.title} ({name}){whose}" if given.source else laid
    whose = "" if "://" in given.source else given.source
    return f"{name}, {whose}; no lasting address is known" if whose else name
