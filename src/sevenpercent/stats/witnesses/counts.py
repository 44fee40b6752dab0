"""What the counts say about harm: cell by cell of definition, variant and method, and together.

The table of who may speak (:func:`cells`) knows no outcome of the election in question; it is made
before :func:`heard` looks at one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import decisions
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn
from sevenpercent.stats.witnesses.innocent import Method
from sevenpercent.stats.witnesses.plants import Plant, shifts

FINDS, CLEARS, NEAR = 0.80, 0.05, 0.02
"""A cell may speak that finds the plant in this share of draws, and rules it out in no more than
that; cells within so much of the first, or as little above the second, are marked (the widening itself
leaves the second at 5 %)."""

Answer = Literal["ruled out", "shown", "depends on the definition", "cannot tell"]

WORDS = ("rules out", "smaller than claimed, not nothing", "shows", "cannot tell")
"""What a cell says."""

RULES_OUT, SMALLER, SHOWS, OPEN = WORDS

CELLS = ["size", "where", "pattern", "how", "method", "design", "definition"]
CELLS += ["amount", "widened", "finds", "clears", "led", "able", "near"]
"""Columns of :func:`cells`: what is asked of whom; ``amount`` (harm in the method's unit,
**positive**), ``widened`` (factor of the errors), ``finds`` and ``clears`` (shares of planted
elections; null without innocent ones to plant in), ``led`` (the share that it clears where the same is
planted by the leading definition), ``able`` and ``near`` (a threshold)."""


class Heard(NamedTuple):
    """What the counts say together.

    `speak`, `rule_out`, `smaller`, `show`: cells that may speak; that rule it out (of these, not
    nothing); that show it; `kinds`: designs that they are of, 0 where each is of its own; `silent`:
    cells that may not speak; `untried`: those among them that nothing could be planted for;
    `mute`: variants of which no cell may speak; `astray`: of which all that may could clear what is done
    by the leading definition; `even`: those of both that are spread over all places, where some cell may
    speak; `flips`: what says otherwise than most: definitions, else patterns, else designs; `by`: which of these it is, empty where it is none of them alone.
    """

    answer: Answer
    speak: int
    rule_out: int
    smaller: int
    show: int
    kinds: int
    silent: int
    untried: int
    mute: int
    astray: int
    even: int
    flips: list[str]
    by: str = ""


NUMBERS = tuple(name for name in Heard._fields if name not in ("answer", "flips", "by"))
"""Those that are counts."""


def cells(
    s: Scenario, methods: Sequence[Method], plants: Iterable[Plant], counties: pd.DataFrame
) -> pd.DataFrame:
    """Who may speak: every plant put to every method that compares such places.

    A method by town does not speak about whole counties, which it does not compare, nor a comparison
    of tails about harm that is everywhere alike. Cells of one definition could all rule out what was
    done by another, so each comparison of counties is also asked how often it clears harm by the
    definition that leads. Returns the columns :data:`CELLS`.
    """
    assert s.designs is not None
    rows, lead = [], s.designs.counties.treatment
    for plant in plants:
        for m in methods:
            if plant.pattern not in m.design.patterns:
                continue
            if plant.where == "places" and m.definition not in s.treatment.readings:
                continue
            done = shifts(plant, s, m, counties)
            if not done.shape[1]:
                continue  # not even the largest fifth of its counties has as many votes: nobody can do that
            moved = m.respond(done)
            amount = -float(moved.estimate.mean())
            widened = m.wide_enough(moved, amount)
            finds, clears = able(m, moved, amount, widened)
            by_lead = clears
            if m.design.by_county and m.definition != lead and lead in counties:
                there = shifts(replace(plant, definition=lead), s, m, counties)
                if there.shape[1]:
                    _, by_lead = able(m, m.respond(there), amount, widened)
            near = abs(finds - FINDS) <= NEAR or 0 < clears - CLEARS <= NEAR
            may = finds >= FINDS and clears <= CLEARS
            name = [plant.size, *plant.variant, m.key, m.design.key, m.definition]
            rows.append([*name, amount, widened, finds, clears, by_lead, may, near])
    return pd.DataFrame(rows, columns=CELLS)


def able(m: Method, moved: Drawn, amount: float, widened: float) -> tuple[float, float]:
    """How often a method finds a plant in elections otherwise innocent, and how often it clears it."""
    if m.null is None:
        return np.nan, np.nan
    if amount <= 0:
        return 0.0, 1.0
    d = m.spoilt(moved, np.arange(len(m.null.se)))
    said = says(d, widened, amount)
    return float(d_harm(d, widened).mean()), float(np.isin(said, (0, 1)).mean())


def d_harm(d: Drawn, widened: float) -> NDArray[np.bool_]:
    """Whether the whole widened interval lies on the harmful side."""
    return d.estimate + d.quantile(0.975) * widened * d.se < 0


def against(heard: pd.DataFrame, shown: Collection[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells that may speak and say otherwise than the verdict; and those that see a smaller effect.

    `heard`: what each cell says, as :func:`heard` gives it. `shown`: sizes that the counts show; of
    the others a cell says otherwise when it does not rule it out.
    """
    out = heard["says"].isin((RULES_OUT, SMALLER))
    same = out.where(~heard["size"].isin(list(shown)), heard["says"].eq(SHOWS))
    less = heard["says"].eq(SMALLER) & same
    return heard[heard["able"] & ~same], heard[heard["able"] & less]


def says(d: Drawn, widened: float, amount: float | Array) -> NDArray[np.int8]:
    """Draw by draw: 0 rules out, 1 smaller than claimed, not nothing, 2 shows, 3 cannot tell."""
    se = widened * d.se
    out = decisions.excludes(d.estimate, se, d.df, amount)
    harm = d_harm(d, widened)
    return np.where(out, np.where(harm, 1, 0), np.where(harm, 2, 3)).astype(np.int8)


def heard(
    cells: pd.DataFrame, said: Mapping[str, Drawn], placebos: Mapping[str, Drawn]
) -> pd.DataFrame:
    """What each cell says about the election in question.

    `said`: method -> its estimate, as a single draw; `placebos`: method -> its estimates where
    nothing can have happened. Returned with ``estimate, se, df`` (widened), ``lo, hi``, ``same`` (a
    placebo that may speak shows the same) and ``says`` (empty where the cell may not speak).
    """
    rows = []
    for c in cells.to_dict("records"):
        d, wide, amount = said[c["method"]], c["widened"], c["amount"]
        se, df = float(wide * d.se[0]), float(np.broadcast_to(d.df, d.se.shape)[0])
        half, estimate = float(d.quantile(0.975).flat[0]) * se, float(d.estimate[0])
        word, other = int(says(d, wide, amount)[0]), placebos.get(c["method"])
        same = other is not None and bool((says(other, wide, amount) == 2).any())
        told = WORDS[3 if word == 2 and same else word] if c["able"] else ""
        rows.append([*c.values(), estimate, se, df, estimate - half, estimate + half, same, told])
    columns = ["estimate", "se", "df", "lo", "hi", "same", "says"]
    return pd.DataFrame(rows, columns=[*cells.columns, *columns])


def harmful(heard: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """Comparisons whose own 95 % interval lies on the harmful side, each once, without those of `fits`."""
    each = heard.drop_duplicates("method")
    own = each["estimate"] + stdtrit(each["df"], 0.975) * each["se"] / each["widened"]
    known = [np.isclose(e, fits["estimate"], atol=1e-9).any() for e in each["estimate"]]
    out: pd.DataFrame = each[(own < 0) & ~np.array(known, dtype=bool)]
    return out


def undecided(asked: pd.DataFrame, fits: pd.DataFrame, sizes: Collection[str]) -> pd.DataFrame:
    """The county comparison and its neighbours, where they do not, by their own margins, rule out sizes in their own unit.

    `asked`: as :func:`sevenpercent.stats.designs.put` gives it; `fits`: their fits. Returns ``title,
    estimate, lo, hi``, one row a comparison.
    """
    own = asked[(asked["design"] == "p1") & (asked["amount"] > 0)]
    left = own[own["size"].isin(list(sizes)) & ~own["excludes"].astype(bool)]
    return fits.loc[fits["key"].isin(left["key"]), ["title", "estimate", "lo", "hi"]]


def margins(heard: pd.DataFrame, sizes: Collection[str], fit: Any) -> pd.DataFrame:
    """How much wider the errors of verdicts are than a comparison's own, and what they leave possible.

    `heard`: cells of that comparison; `sizes`: of harm, of which the widest counts; `fit`: its
    ``key, estimate, se, df, n`` and ``unit``. Rows of numbers: ``<key>.widened``, a factor of at
    least 1, and ``<key>.widened.bound``, the largest harm that is not ruled out; none where nothing
    could be tried.
    """
    widened = heard.loc[heard["size"].isin(list(sizes)), "widened"].max()
    if pd.isna(widened):
        return pd.DataFrame(columns=["key", "value", "n", "unit", "label"])
    left = float(decisions.most_harm(fit["estimate"], widened * fit["se"], fit["df"]))
    key, n = f"{fit['key']}.widened", fit["n"]
    rows = [
        (key, widened, n, "times", "errors of verdicts, of the comparison's own"),
        (f"{key}.bound", left, n, fit["unit"], "largest harm not ruled out by these errors"),
    ]
    return pd.DataFrame(rows, columns=["key", "value", "n", "unit", "label"])


def together(cells: pd.DataFrame) -> Heard:
    """Join cells of :func:`heard`; a variant of which none may speak cannot be ruled out."""
    able = cells[cells["able"].astype(bool)]
    speak, says = len(able), able["says"]
    smaller, show = (int((says == word).sum()) for word in (SMALLER, SHOWS))
    out = int((says == RULES_OUT).sum()) + smaller
    word = joined(np.array([out]), np.array([show]), np.array([speak]), mute(cells))[0]
    fewer = says == SHOWS if show <= out else says.isin((RULES_OUT, SMALLER))
    by, flips = _apart(able, fewer) if out and show else ("", [])
    untried = int(cells["finds"].isna().sum())
    even = mute(cells[cells["pattern"] == "spread"]) if speak else 0
    kinds, deaf = int(able["design"].nunique()), mute(cells.assign(led=0.0))
    counted = speak, out, smaller, show, kinds if kinds < speak else 0, len(cells) - speak, untried
    return Heard(ANSWERS[int(word)], *counted, deaf, mute(cells) - deaf, even, flips, by)


def _apart(able: pd.DataFrame, fewer: pd.Series[bool]) -> tuple[str, list[str]]:
    """What sets the cells apart that say otherwise than most: their definitions, patterns or designs."""
    for column in ("definition", "pattern", "design"):
        own, others = able.loc[fewer, column], able.loc[~fewer, column]
        if not set(own) & set(others) or (column == "definition" and able[column].nunique() > 1):
            return column, list(dict.fromkeys(own))
    return "", []


def mute(cells: pd.DataFrame) -> int:
    """Variants of a claim of which no cell may speak, or all could clear what is done by the leading definition."""
    columns = (cells[name].tolist() for name in ("size", "where", "pattern", "how", "able", "led"))
    rows = list(zip(*columns, strict=True))
    seen = {row[:4] for row in rows if row[4] and not row[5] > CLEARS}
    return len({row[:4] for row in rows}) - len(seen)


ANSWERS: tuple[Answer, ...] = get_args(Answer)


def joined(
    out: NDArray[np.int64], show: NDArray[np.int64], speak: NDArray[np.int64], mute: int
) -> NDArray[np.int64]:
    """Answers by their place in :data:`ANSWERS`: cells that rule out, that show, that may speak.

    A claim holds if it holds in one of the ways that it leaves open, and is ruled out if it is in
    all. So a way that no cell could have seen (`mute`) stands against ruling out, not against showing.
    """
    all_out = (out == speak) & (speak > 0) & (mute == 0)
    all_show = (show == speak) & (speak > 0)
    kinds = [all_out, all_show, (out > 0) & (show > 0)]
    return np.select(kinds, [0, 1, 2], 3)
