"""One file with votes, machines, earlier votes and census figures together: what each column is.

Roles are proposed from names and values, shown, asked about where there is doubt, and written down
in the book's own file as its inputs. What was told with ``--columns`` stands; no proposal replaces
it, or another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sevenpercent.data.inputs import OWN, PLACE, Holds
from sevenpercent.data.readers import formats, lines
from sevenpercent.data.rules.base import COUNTS
from sevenpercent.errors import InputError, nearest
from sevenpercent.escape import printable
from sevenpercent.own import by_value, covariates, equipment, specification
from sevenpercent.own.request import Request

SAMPLE = 3
"""Rows that are shown."""

LOOKED_AT = 20_000
"""Rows whose values are looked at."""

BY_LINE = ("candidate", "party", "office", "district", "special", "stage", "mode", "votes")
MACHINES, UNUSED = "machines.", "unused."
"""Before the name of a reading, and of a column that is nothing, in ``--columns``."""

_PLAIN = {
    "votes", "vote", "candidate", "cand", "for", "total", "count", "number", "of", "n", "num",
    "party",
}  # fmt: skip
"""Words that a header may have beside the name or the party of a candidate."""
_BEFORE = re.compile(r"^(prior|previous|prev|last)|(prior|previous|prev|last)$")


@dataclass
class Roles:
    """What the columns of one file are.

    `rows`: the first rows, as text; `head`: line of the header; `given`: role to column: ``fips``,
    ``dem``, ``dem_2016``, ``college``, ``type``, ``machines.touch``; `unused`: columns that are
    nothing.
    """

    path: Path
    rows: pd.DataFrame
    head: int
    given: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)

    def part(self, names: tuple[str, ...]) -> dict[str, str]:
        """The roles of these names."""
        return {n: self.given[n] for n in names if n in self.given}

    @property
    def figures(self) -> dict[str, str]:
        """Census figures and columns of one's own."""
        return {n: c for n, c in self.given.items() if n in covariates.names() or n.startswith(OWN)}

    @property
    def years(self) -> list[int]:
        """Earlier elections of which the file has votes for both parties."""
        return [int(y[1:]) for y, whole in _years_of(self.given).items() if y and whole]

    @property
    def readings(self) -> dict[str, str]:
        """Readings of the machines."""
        return {
            r.removeprefix(MACHINES): c for r, c in self.given.items() if r.startswith(MACHINES)
        }


def propose(path: Path, told: Request, columns: Mapping[str, str], holds: str = "") -> Roles:
    """What each column of a file is taken for.

    Raises InputError: a name that means nothing; a doubt that nobody can answer, with the option
    that settles it.

    `told`: years and candidates; gets a reading where the user names the machines; `columns`: roles
    that were told; they are taken first; `holds`: what the file was said to hold; then there is no
    doubt about machines.
    """
    out, told_columns = _first_rows(path, "votes", {}, _plain(columns, path))
    rows = out.rows
    for role, column in told_columns.items():
        if role.startswith(UNUSED):
            out.unused.append(column)
        else:
            out.given[role] = column
    taken = {*out.given.values(), *out.unused}
    found: dict[str, list[str]] = {}
    wanted = specification.columns(told)
    for column in rows.columns:
        if column not in taken:
            role = _role(column, rows[column], told)
            found.setdefault(wanted.own(column, role, path), []).append(column)
    seen = {*found} - {"", "?"} | {*out.given}
    named = {c for role in seen for c in found.get(role, [])}
    for role, column in by_value.place_columns(rows, seen | taken | named, told.states).items():
        _taken(found, role, column)
    if told.machines and not {"type", "make"} & {*found, *out.given}:
        _by_asked(found, rows, told.machines)
    if {"candidate", "votes"} <= seen and "office" not in seen:
        free = [*found.get("", []), *found.get("?", [])]
        if column := by_value.office_column(rows, free, told.office):
            _taken(found, "office", column)
    out.unused += found.pop("", [])
    doubtful = found.pop("?", [])
    if len(found.get("other", [])) > 1:  # three candidates or more beside the two: all of them
        found["other"] = [lines.PLUS.join(found["other"])]
    for role, names in found.items():
        if role in out.given:
            out.unused += names  # what was told stands
        elif len(names) == 1 or role.startswith(MACHINES):
            out.given[role] = names[0]
        else:
            out.given[role] = _which(role, names, out, told)
            out.unused += [n for n in names if n != out.given[role]]
    for column in doubtful:
        if holds == "equipment" or (not holds and _machines_asked(column, out, told)):
            out.given[MACHINES + _identifier(column)] = column
        else:
            out.unused.append(column)
    for year in [y for y, whole in _years_of(out.given).items() if not whole]:
        for role in [r for r in out.given if r in {f"{n}{year}" for n in COUNTS}]:
            out.unused.append(out.given.pop(role))  # one party alone is no election
    _named_machines(out, told)
    return out


def _first_rows(
    path: Path, holds: Holds, listed: Mapping[str, Sequence[str]], columns: Mapping[str, str]
) -> tuple[Roles, dict[str, str]]:
    """A file without roles, and the columns that are known of it."""
    with lines.opened(path, formats.header_names(holds)) as file:
        rows = file.con.execute(f"SELECT * EXCLUDE row FROM lines LIMIT {LOOKED_AT}").df()
        known = formats.find_columns(file, listed, columns)
        return Roles(path, rows.fillna(""), file.head), known


def beside(path: Path, told: Request, known: Sequence[formats.Format]) -> Roles:
    """The columns that published layouts do not have: which of them say where the machines are.

    Raises InputError: a column names machines, and nobody said which are in question.

    `told` gets a reading where the user names the machines; `known`: the layouts by which the file
    is read.
    """
    out, theirs = _first_rows(path, known[0].holds, known[0].columns, {})
    rows, out.given = out.rows, {n: theirs[n] for n in PLACE if n in theirs}
    named = [names for form in known for names in (*form.columns.values(), *form.years.values())]
    layout = {
        lines.letters(n) for names in [*named, *(form.needs for form in known)] for n in names
    }
    for column in rows.columns:
        if lines.letters(column) in layout:
            continue
        texts = rows[column].astype(str).str.strip()
        role = _machine(column, texts[texts != ""])
        if role.startswith(MACHINES) or (role == "type" and "type" not in out.given):
            out.given[role] = column
        else:
            out.unused.append(column)
    _named_machines(out, told)
    return out


def _by_asked(found: dict[str, list[str]], rows: pd.DataFrame, machines: list[str]) -> None:
    """Take the column that holds what ``--machines`` asks for as the one that names machines."""
    for role in ("type", "make"):
        asked = [m[1] for a in machines for m in re.finditer(rf"{role}:([^+|]+)", a)]
        wanted = "|".join(re.escape(text.strip()) for text in asked)
        free = [*found.get("", []), *found.get("?", [])]
        fits = [c for c in free if asked and rows[c].str.contains(wanted, case=False).any()]
        if len(fits) == 1:
            _taken(found, role, fits[0])


def _taken(found: dict[str, list[str]], role: str, column: str) -> None:
    """Give a role to a column that was nothing, or in doubt."""
    found[role] = [column]
    for same in (found.get("", []), found.get("?", [])):
        if column in same:
            same.remove(column)


def _years_of(roles: Mapping[str, str]) -> dict[str, bool]:
    """What follows the party in the names of roles, empty or ``_2016``: whether both have votes."""
    found = (re.fullmatch(rf"({'|'.join(COUNTS)})(_\d{{4}})?", r) for r in roles)
    years = {m[2] or "" for m in found if m}
    return {y: {f"dem{y}", f"rep{y}"} <= set(roles) for y in sorted(years)}


def _plain(columns: Mapping[str, str], path: Path) -> dict[str, str]:
    """Column map of a file of several kinds, every name of it being one that means something."""
    known = [*PLACE, "year", *BY_LINE, *COUNTS, *covariates.names(), "make", "type", "model"]
    for role in columns:
        year = re.fullmatch(rf"({'|'.join(COUNTS)})_\d{{4}}", role)
        if role in known or year or role.startswith((MACHINES, UNUSED, OWN)):
            continue
        fix = (
            nearest(role, known) + f" Earlier votes are dem_{{YEAR}}, machines {MACHINES}NAME, "
            f"a control of your own {OWN}NAME; a column that is nothing is {UNUSED}NAME."
        )
        raise InputError("--columns has a name that means nothing", file=path, value=role, fix=fix)
    return dict(columns)


def _role(column: str, values: pd.Series[str], told: Request) -> str:
    """Role of a column by its name and values; ``?`` for doubt, empty for none."""
    shape = lines.letters(column)
    texts = values[values.astype(str).str.strip() != ""].astype(str).str.strip()
    for layout, named in (
        ("tidy_votes", ("fips", "state", "county", "year")),
        ("tidy_candidates", ("precinct", *BY_LINE)),
    ):
        for role in named:
            if shape in formats.by_id(layout).columns[role]:
                return role
    if count := _count(shape, told) or _titled(column, told):
        return count if _counts(texts) and not re.search(equipment.SHARE, column.lower()) else ""
    bare = re.sub(r"(19|20)\d\d", "", re.sub(equipment.SHARE, "", shape))
    for role, names in covariates.names().items():
        if shape in names or bare in names:
            return role
    return _machine(column, texts)


def _count(shape: str, told: Request) -> str:
    """Votes of a party in an election, by the name of a column; empty when it is none."""
    votes = formats.by_id("tidy_votes").columns
    candidates = {"dem": (told.dem, told.prior_dem), "rep": (told.rep, told.prior_rep)}
    year, bare = 0, shape
    if match := re.fullmatch(r"(\D+?)((?:19|20)?\d\d)|((?:19|20)\d\d)(\D+)", shape):
        bare, digits = match[1] or match[4], match[2] or match[3]
        year = int(digits) if len(digits) > 2 else _century(int(digits), told.year)
    elif _BEFORE.search(shape):
        bare, year = _BEFORE.sub("", shape), told.prior_year or told.year - 4
    for role in COUNTS:
        names = {lines.letters(n.split()[-1]) for n in candidates.get(role, ()) if n.split()}
        names |= {lines.letters(n) for n in [_nominee(role, year, told)] if n}
        if bare in votes[role] or re.sub("votes?|for", "", bare) in names:
            return role if year in (0, told.year) else f"{role}_{year}"
    return ""


def _nominee(party: str, year: int, told: Request) -> str:
    """Who stood for President before; another office's candidates are not known."""
    return "" if told.office else formats.layouts().words.nominees.get(year, {}).get(party, "")


def _titled(column: str, told: Request) -> str:
    """Party of a header such as ``Candidate: Roe`` or ``Jane Doe (DEM)``; empty when it has none."""
    words = formats.layouts().words
    said = re.findall(r"[^\W\d_]+", column.lower())
    titles = {"dem": words.dem, "rep": words.rep}
    parties = {p for p, test in titles.items() for w in said if re.fullmatch(test, w)}
    for party in titles:
        name = getattr(told, party).lower().split()
        rest = {*said} - {*name} - _PLAIN
        if (
            name
            and name[-1] in said
            and not rest - {w for w in rest if re.fullmatch(titles[party], w)}
        ):
            return party
    if len(parties) == 1 and re.search(r"\(\w+\)\s*$", column):
        return parties.pop()
    independent = re.search(
        r"\((\w{1,4}|libertarian|green|independent)\)\s*$", column, re.IGNORECASE
    )
    return "other" if independent and not parties else ""


def _century(digits: int, now: int) -> int:
    year = now - now % 100 + digits
    return year if year <= now else year - 100


def _counts(texts: pd.Series[str]) -> bool:
    """Whether values are counts, and no shares."""
    numbers = pd.to_numeric(texts.str.replace(",", ""), errors="coerce").dropna()
    return not len(numbers) or bool((numbers > 1).any())


def _machine(column: str, texts: pd.Series[str]) -> str:
    """Whether a column says where the machines are: by its name, by its values, or perhaps."""
    words, distinct = formats.layouts().words, set(texts)
    named = bool(re.search(words.machine_column, column, re.IGNORECASE))
    if not distinct:
        return ""
    percent = equipment.is_percent(column)
    known = {v: equipment.meaning(v, percent) for v in distinct}
    understood = all(v == v for v in known.values())
    number = all(re.match(r"[-\d.]", v) for v in distinct)
    if named:
        if understood:
            return MACHINES + _identifier(column)
        return "" if number else "type"
    if understood and not number and not distinct & {"yes", "no"}:
        kinds = any(
            re.search(p, v.lower()) for v in distinct for p in (words.machine_yes, words.machine_no)
        )
        return MACHINES + _identifier(column) if kinds else "?"
    return "?" if sorted(known.values()) == [0, 1] else ""


def _identifier(column: str) -> str:
    return lines.identifier(column) or "machines"


def _which(role: str, names: list[str], out: Roles, told: Request) -> str:
    """The one of several columns that may be the same thing."""
    file = out.path.name
    for ask in [told.ask] * SAMPLE if told.ask else []:
        said = ask(f"{file}: which column is {role}: {', '.join(map(printable, names))}?")
        if said.strip() in names:
            return said.strip()
    what = f"{len(names)} columns of the file may be {role}"
    fix = f"Say which it is: --columns '{file}:{role}={names[0]}'."
    raise InputError(what, file=out.path, row=out.head, column=", ".join(names), fix=fix)


def _machines_asked(column: str, out: Roles, told: Request) -> bool:
    """Whether a column of yes and no, whose name says nothing, is where the machines are."""
    values, file = out.rows[column].astype(str), out.path.name
    shown = ", ".join(printable(v) for v in sorted(set(values) - {""})[:SAMPLE])
    if told.ask:
        said = told.ask(f"{file}: does {printable(column)} ({shown}) say where the machines are?")
        return said.strip().lower() in ("y", "yes")
    name = _identifier(column)
    what = "a column may say where the machines are"
    fix = (
        f"Say that it does: --columns '{file}:{MACHINES}{name}={column}', or that it does "
        f"not: --columns '{file}:{UNUSED}{name}={column}'."
    )
    raise InputError(what, file=out.path, row=out.head, column=column, value=shown, fix=fix)


def _named_machines(out: Roles, told: Request) -> None:
    """Where a column names machines and nothing else says where they are: ask for those in question."""
    if out.readings or "type" not in out.given or told.machines:
        return
    column = out.given["type"]
    counted = out.rows[column].value_counts()
    listed = ", ".join(
        f"{printable(v)} ({n})" for v, n in counted.head(equipment.SHOWN).items() if v
    )
    if told.ask:
        said = told.ask(f"{out.path.name}: {printable(column)} names machines: {listed}. Which text "
                        "marks those in question?").strip()  # fmt: skip
        if said:
            told.machines.append(f"electronic=type:{said}+label:{said}")
            return
    named = [str(v) for v in counted.index if v]
    kinds = [re.search(formats.layouts().words.machine_yes, v, re.IGNORECASE) for v in named]
    text = "|".join(dict.fromkeys(m[0] for m in kinds if m)) or (named[0] if named else "TEXT")
    what = "a column names machines, and nobody said which are in question"
    fix = (
        "Say it with a text that their names contain, for instance "
        f"--machines 'electronic=type:{text}'."
    )
    raise InputError(what, file=out.path, row=out.head, column=column, value=listed, fix=fix)


def show(roles: Roles, told: Request) -> None:
    """One line for each column that is used, with three sample values, and one for the others."""
    told.show(f"{roles.path.name}, what each column is taken for:")
    width = max((len(printable(c)) for c in roles.given.values()), default=0)
    words = {r: _words(r) for r in roles.given}
    wide = max(map(len, words.values()), default=0)
    for role, column in roles.given.items():
        parts = [column] if column in roles.rows else column.split(lines.PLUS)
        sample = roles.rows[parts].head(SAMPLE).agg(lines.PLUS.join, axis=1)
        values = ", ".join(printable(str(v))[:24] for v in sample)
        told.show(f"  {printable(column):<{width}}  {words[role]:<{wide}}  {values}")
    if roles.unused:
        told.show("  not used: " + ", ".join(map(printable, roles.unused)))


def _words(role: str) -> str:
    if role.startswith(MACHINES):
        return f"machines: {role.removeprefix(MACHINES)}"
    if role in ("type", "make", "model"):
        return f"machines by name ({role})"
    if role in covariates.names() or role.startswith(OWN):
        return f"census: {role}" if role in covariates.names() else f"control: {role}"
    name, _, year = role.partition("_")
    if name in COUNTS:
        return f"earlier votes, {year}: {name}" if year else f"votes: {name}"
    return f"votes: {role}" if role in BY_LINE else f"place: {role}" if role != "year" else role
