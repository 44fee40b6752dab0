"""The ledger: a strict model of a scenario's ``claims.yml``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import jinja2
from pydantic import BaseModel, Field, ValidationError, model_validator

from sevenpercent import paths, strict
from sevenpercent.claims import rules, witnesses
from sevenpercent.claims.rules import Over, Rule, Threshold
from sevenpercent.claims.witnesses import MAY, ROLES
from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError, demand, nearest
from sevenpercent.model import words as prose
from sevenpercent.model.scenario import (
    NAMED,
    OF_ELECTION,
    OF_SIZE,
    Identifier,
    Postal,
    Scenario,
    put,
    touched,
)
from sevenpercent.strict import Strict

RULES: dict[str, Rule] = {
    r.name: r
    for r in (
        rules.equals_as_reported, rules.at_least, rules.at_most, rules.more_than, rules.less_than,
        rules.rules_out, rules.same_date, rules.after, rules.not_after, rules.mentions,
        rules.vanishes, rules.positive_beyond_chance, rules.needs_all, rules.opinion,
        witnesses.two_witnesses,
    )
}  # fmt: skip
"""Every decision rule by name."""

Text = Annotated[str, Field(min_length=1)]
RoleKeys = dict[str, dict[str, str]]
"""Role -> label in words -> result key."""

_TOWNS = "designs.municipalities"
OF_DESIGNS = {
    "designs.verdict.": ["claim.state"],
    "designs.p1.": ["claim.state", "designs.counties.outcome"],
    "designs.p2.": ["claim.state", f"{_TOWNS}.outcome", f"{_TOWNS}.treatment"],
    "designs.p3.": ["claim.state", "designs.same_ballots.outcome"],
}
"""Keys of the scenario that words about numbers of a design rest on, by how the keys of these begin:
its place and its unit."""

_CITED = re.compile(r"""\b[rv][(\[]\s*(['"])(?P<key>[^'"]+)\1""")


class Report(Strict):
    """A published report that makes claims; `first` and `address`: who printed them first, and where."""

    id: Identifier
    title: Text
    said_on: date | None = None
    first: str = ""
    address: Annotated[str, Field(pattern="^(https://.+)?$")] = ""


class Moved(Strict):
    """Verdicts in the final count that were first published, or moved, on a day, and why."""

    day: date
    why: Text
    verdicts: dict[Identifier, Word]


class Inputs(Strict):
    """Result keys a claim rests on.

    Either ``both`` (what decides it does not depend on the day), or ``then`` and ``final``:
    the figures of the day of the report and those of the final count. Without ``then`` the claim
    could not be tested on that day. Or ``harm``: the sizes of harm that the claim leaves open, put
    to both witnesses in one ``place``.
    """

    harm: list[Identifier] | None = None
    place: Postal | None = None
    both: RoleKeys | None = None
    then: RoleKeys | None = None
    final: RoleKeys | None = None
    context: dict[str, str] = Field({})

    @model_validator(mode="after")
    def _one_way(self) -> Inputs:
        ways = [self.both, self.final, self.harm]
        if sum(way is not None for way in ways) != 1 or (self.then and self.final is None):
            raise ValueError(
                "inputs need either 'both', or 'final' with or without 'then', or 'harm'"
            )
        if (self.harm is None) != (self.place is None):
            raise ValueError("inputs need 'harm' and 'place' together")
        return self

    @property
    def sets(self) -> tuple[RoleKeys, ...]:
        """The sets of roles that are given."""
        given = (self.both, self.then, self.final, self.asked() if self.harm else None)
        return tuple(s for s in given if s is not None)

    def asked(self, results: Collection[str] = (), when: str = "") -> RoleKeys:
        """Roles of the witnesses with their keys; of those that may be missing, what `results` has."""
        stem = f"designs.witness.{str(self.place).lower()}."
        every = {
            part: {z: f"{stem}{z}{when}.{part}" for z in self.harm or []} for part in (*ROLES, *MAY)
        }
        for part in MAY:
            every[part] = {z: key for z, key in every[part].items() if key in results}
        return {part: of for part, of in every.items() if of}

    @property
    def keys(self) -> tuple[str, ...]:
        """Every result key, each once, in the order of the file."""
        roles = [r for s in self.sets for r in s.values()]
        return tuple(dict.fromkeys(k for r in [*roles, self.context] for k in r.values()))


class Claim(Strict):
    """One checkable (or uncheckable) statement.

    `id`: permanent name, also the anchor on the page. `report`: the reports that make it; `who`: who
    is said to have said it; `said_on`: day on which it was published; None where nobody published
    it. `paraphrase`: the statement in our words. `as_of`: which count or moment it speaks of.
    `check`: what decides it, in words; `rule`, `over`, `inputs`, `thresholds`: the same for the
    machine. `evidence`: sentence over the inputs: ``v('key')``, ``r['key']``, ``because``,
    ``day(...)``. `contradicts`: claims that cannot be true together with this one, or that say
    otherwise. `follows`: keys of the scenario that its words rest on, besides the election
    (:data:`.OF_ELECTION`), those of :data:`OF_DESIGNS` and, where it is about harm of the size that
    is claimed, :data:`.OF_SIZE`: with another value it is another claim.
    """

    id: Identifier
    report: Annotated[list[Identifier], Field(min_length=1)]
    who: Text
    said_on: date | None = None
    paraphrase: Text
    kind: Literal["arithmetic", "fact", "statistic", "law", "forecast", "opinion"]
    as_of: Text
    check: Text
    rule: Text
    over: Over = "readings"
    inputs: Inputs
    thresholds: dict[str, Threshold] = Field({})
    evidence: Text
    would_change: Text
    contradicts: list[Identifier] = Field([])
    follows: list[Text] = Field([])

    def written_for(self, s: Scenario) -> list[str]:
        """Keys that a run of `s` has changed and that make another claim of it."""
        follows = [*OF_ELECTION, *self.follows]
        sizes = s.designs.sizes if s.designs else {}
        for name in self.inputs.harm or []:
            follows.append(f"designs.sizes.{name}")
            if name in sizes and sizes[name].amount in NAMED:
                follows += OF_SIZE
        for stem, keys in OF_DESIGNS.items():
            if any(key.startswith(stem) for key in self.inputs.keys):
                follows += keys
        return touched(follows, s.changed)

    @model_validator(mode="after")
    def _fits_its_rule(self) -> Claim:
        strict.one_of(self.rule, RULES, f"no rule {self.rule!r}")
        rule = RULES[self.rule]
        for roles in self.inputs.sets:
            _same("inputs", set(roles), rule.roles, rule.may_roles)
        _same("thresholds", set(self.thresholds), rule.thresholds, rule.may_thresholds)
        try:
            prose.environment().from_string(self.evidence)
        except jinja2.TemplateError as e:
            raise ValueError(f"evidence is not a well-formed sentence: {e}") from None
        for key in self.follows:
            try:
                put({}, key, None)
            except InputError as e:
                raise ValueError(f"follows {e.value!r}: {e.problem}. {e.fix}") from None
        for key in self.cited:
            strict.one_of(key, self.inputs.keys, f"evidence cites {key!r}, which is no input")
        return self

    @property
    def cited(self) -> tuple[str, ...]:
        """Result keys that stand in the evidence sentence."""
        return tuple(dict.fromkeys(m["key"] for m in _CITED.finditer(self.evidence)))


class Ledger(Strict):
    """Every claim of one scenario, with the reports they come from and the record of their verdicts."""

    reports: list[Report] = Field(min_length=1)
    history: list[Moved] = Field([])
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _linked(self) -> Ledger:
        reports, claims = [r.id for r in self.reports], {c.id: c for c in self.claims}
        for ids in (reports, [c.id for c in self.claims]):
            for name in ids:
                if ids.count(name) > 1:
                    raise ValueError(f"id {name!r} stands twice")
        for name in (n for moved in self.history for n in moved.verdicts):
            strict.one_of(name, claims, f"history: no claim {name!r}")
        if (days := [moved.day for moved in self.history]) != sorted(days):
            raise ValueError("history: its days must be in their order")
        for claim in self.claims:
            for name in claim.report:
                strict.one_of(name, reports, f"claim {claim.id!r}: no report {name!r}")
            for name in claim.contradicts:
                problem = f"claim {claim.id!r} contradicts {name!r}"
                strict.one_of(name, claims, f"{problem}, which is no claim")
                if claim.id == name or claim.id not in claims[name].contradicts:
                    raise ValueError(f"{problem}: two claims must name each other")
        return self

    def __iter__(self) -> Iterator[Claim]:  # type: ignore[override]
        """The claims, in the order of the file."""
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def __getitem__(self, name: str) -> Claim:
        known = {claim.id: claim for claim in self.claims}
        demand(name, known, "no such claim")
        return known[name]

    @property
    def keys(self) -> tuple[str, ...]:
        """Every result key that some claim needs, sorted."""
        return tuple(sorted({k for c in self.claims for k in c.inputs.keys}))


def load(path: Path | str) -> Ledger:
    """Read and check a ledger.

    `path`: as a scenario names it: below the root of the project, or absolute. Raises InputError:
    naming file, claim and field of the first fault.
    """
    path = paths.ROOT / path
    if not path.is_file():
        raise InputError("no such claims file", file=path, fix="Check 'claims' in the scenario.")
    body = strict.read_yaml(path)
    try:
        return Ledger.model_validate(body)
    except ValidationError as e:
        raise _message(e, body, path) from None


def _same(what: str, given: set[str], must: frozenset[str], may: frozenset[str]) -> None:
    for name in sorted(must - given):
        raise ValueError(f"{what}: the rule needs {name!r}")
    for name in sorted(given - must - may):
        known = sorted(must | may)
        fix = nearest(name, known) if known else "It takes none."
        raise ValueError(f"{what}: the rule knows no {name!r}. {fix}")


def _message(error: ValidationError, body: dict[str, Any], path: Path) -> InputError:
    first = error.errors()[0]
    loc = list(first["loc"])
    where, model = "", cast(type[Strict], Ledger)
    if len(loc) > 1 and loc[0] in ("claims", "reports") and isinstance(loc[1], int):
        entry = body[str(loc[0])][loc[1]]
        name = entry.get("id", f"number {loc[1] + 1}") if isinstance(entry, dict) else entry
        model = Claim if loc[0] == "claims" else Report
        where, loc = f"{str(loc[0])[:-1]} {name!r}: ", loc[2:]
    field = ".".join(str(p) for p in loc) or None
    if first["type"] == "extra_forbidden":
        known = Inputs if loc[:1] == ["inputs"] else model
        fix = nearest(str(loc[-1]), known.model_fields)
        return InputError(f"{where}unknown key", file=path, column=field, fix=fix)
    if first["type"] == "missing":
        return InputError(f"{where}a key is missing", file=path, column=field, fix="Add it.")
    text = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    value = first.get("input")
    value = None if isinstance(value, (dict, list, BaseModel)) else value
    return InputError(f"{where}{text}", file=path, column=field, value=value)
