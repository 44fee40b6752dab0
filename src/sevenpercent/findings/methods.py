"""Numbers of the methods chapter: designs and verdict rule on elections whose truth is known."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import pandas as pd

from sevenpercent import paths
from sevenpercent.data import benchmarks
from sevenpercent.errors import InputError
from sevenpercent.findings import simulated
from sevenpercent.findings.simulated import NOTHING, PATTERNS, Harm, Sized, World
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats.decisions import Verdict
from sevenpercent.stats.validity import asked
from sevenpercent.stats.validity.score import Drawn, Rate, rate
from sevenpercent.stats.validity.trial import dealt_anew

SIDES = {"two_sided": "rejects", "harm": "harm", "gain": "gain"}
WORDS: dict[Verdict, str] = {
    "does not hold": "does_not_hold",
    "holds": "holds",
    "depends on the definition": "depends",
    "cannot be tested": "cannot",
}
TRAILS = ("seen", "blind", "none")
"""What the recount is told: a paper trail that shows the harm, one that is as wrong as the
machines, or no recount."""

SHARE = "share of draws"


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Put every primary design and the verdict rule to the test; read the benchmarks.

    Returns
    -------
    Findings
        ``methods.size.<design>.<errors>.<two_sided|harm|gain>``: how often a 5 % test rejects
        although nothing was done; ``methods.planted.<harm>.<pattern>.<design>.<number>`` with
        ``truth`` and ``bias`` in points (**negative** = harm), ``size`` as the book converts the
        harm (positive), and shares of draws ``coverage`` (of the truth), ``coverage_size`` (of the
        size), ``power`` and ``cleared`` (harm of that size excluded although it is there);
        ``methods.rule.<harm>.<pattern>.<seen|blind|none>.<word>``: how often the rule says so,
        pattern ``none`` without any harm; ``methods.counted.p1`` and
        ``methods.widened.<range>``: bounds of the county design by its own errors, and by errors
        as wide as draws on the map ask for; ``methods.shared.<design>``; ``methods.cells`` and ``methods.fails``;
        ``methods.speed.<benchmark>.<goal>``. Frames ``size``, ``planted``, ``rule``, ``widened``,
        ``fails``, ``speed``.

    Raises
    ------
    InputError
        The scenario declares no designs, or a benchmark cannot be read.
    """
    if scenario.designs is None:
        raise InputError(
            "This chapter puts the primary designs to the test, and the scenario declares none",
            column="designs",
            fix="Declare designs.counties, or leave the chapter out.",
        )
    results = Results()
    world = simulated.world(scenario, tables)
    anew = _dealt_anew(world, tables)
    size = pd.DataFrame(list(_sizes(results, world, anew)))
    planted: list[dict[str, object]] = []
    verdicts: list[dict[str, object]] = []
    for harm in simulated.harms(world):
        verdicts += _asked(results, world, harm, NOTHING, *simulated.untouched(world, harm))
        for pattern in PATTERNS:
            if pattern in world.hits and (harm.votes is not None or pattern == "uniform"):
                drawn, paper, rows = simulated.spoilt(world, harm, pattern)
                planted += rows
                verdicts += _asked(results, world, harm, pattern, drawn, paper)
    frames = {
        "size": size,
        "planted": pd.DataFrame(planted),
        "rule": pd.DataFrame(verdicts),
        "widened": _widened(results, world, anew),
    }
    _publish_planted(results, frames["planted"])
    if world.by_place:
        results.add(
            "methods.explained",
            simulated.explained(world, next(simulated.harms(world))),
            unit="share",
            label="of the variation of harm between electronic counties, by the controls",
        )
    for name, value in simulated.shared(world).items():
        results.add(
            f"methods.shared.{name}",
            value,
            n=len(world.counties),
            unit="correlation",
            label="with the county design's errors, were signs of counties shared",
        )
    frames["fails"] = _fails(results, scenario, frames)
    frames["speed"] = _speed(results)
    return Findings(results, frames)


def _dealt_anew(world: World, tables: Tables) -> dict[str, Drawn]:
    """The county design with machines dealt out anew, by range."""
    s = world.scenario
    points, neighbours = tables(s.tables.points), tables(s.tables.neighbours)
    return {
        simulated.range_name(km): dealt_anew(
            world.trials[0],
            list(s.redraw.propensity),
            points,
            neighbours,
            world.draws,
            km,
            simulated.stream(s, 10 + i),
        )
        for i, km in enumerate(s.validity.ranges_km)
    }


def _sizes(results: Results, world: World, anew: dict[str, Drawn]) -> Iterator[dict[str, object]]:
    """How often each design's tests reject although nothing was done."""
    for name, value, unit, label in (
        ("range_km", world.field.range_km, "km", "range of the county design's errors"),
        ("nugget", world.field.nugget, "share", "share of their variance no neighbour shares"),
        ("sd", world.field.sd, "points", "standard deviation of the county design's errors"),
        ("gain", world.field.gain, "log likelihood", "gain over independent errors"),
    ):
        results.add(
            f"methods.field.{name}", value, n=len(world.trials[0].used), unit=unit, label=label
        )
    kinds = [("p1", "field", world.null("p1"))]
    kinds += [("p1", name, drawn) for name, drawn in anew.items()]
    kinds += [(t.name, "flips", world.null(t.name)) for t in world.trials[1:]]
    if world.paper is not None:
        kinds.append(("p4", "flips", world.on_paper(world.draws)))
    for name, errors, drawn in kinds:
        row: dict[str, object] = {
            "design": name,
            "errors": errors,
            "draws": len(drawn.se),
            "mean": float(drawn.estimate.mean()),
            "sd": float(drawn.estimate.std(ddof=1)),
            "se": float(np.sqrt((drawn.se**2).mean())),
        }
        key = f"methods.size.{name}.{errors}"
        results.add(
            f"{key}.mean", row["mean"], n=len(drawn.se), unit="points", label="mean of no effect"
        )
        for side, answer in SIDES.items():
            found = rate(getattr(drawn, answer))
            _add(results, f"{key}.{side}", found, "rejects although nothing was done")
            row |= {side: found.share, f"{side}_lo": found.lo, f"{side}_hi": found.hi}
        yield row


def _asked(
    results: Results,
    world: World,
    harm: Harm,
    pattern: str,
    drawn: dict[str, Sized],
    paper: dict[str, Sized],
) -> list[dict[str, object]]:
    """What the rule says about one harm: what was planted, or nothing."""
    rows: list[dict[str, object]] = []
    for trail in TRAILS:
        if trail != "none" and trail not in paper:
            continue
        said = asked.words(
            {name: d for name, (d, _) in drawn.items()},
            {name: size for name, (_, size) in drawn.items()},
            paper.get(trail),
        )
        many = said.total()
        for word, name in WORDS.items():
            found = rate(np.arange(many) < said[word])
            key = f"methods.rule.{harm.name}.{pattern}.{trail}.{name}"
            _add(results, key, found, f"the rule says: {word}")
            rows.append(
                {
                    "harm": harm.name,
                    "label": harm.label,
                    "pattern": pattern,
                    "paper": trail,
                    "word": name,
                    "share": found.share,
                    "lo": found.lo,
                    "hi": found.hi,
                    "draws": many,
                }
            )
    return rows


def _widened(results: Results, world: World, anew: dict[str, Drawn]) -> pd.DataFrame:
    """The verdicts again, the county design's errors as wide as draws without an effect ask for.

    Harm is excluded by the upper end of a one-sided interval. Where machines dealt out anew give t
    values beyond the 95 % quantile too often, the error is multiplied until they do not.
    """
    rows = []
    actual = {t.name: t.actual for t in world.trials}
    county = world.trials[0].name
    for number, value, label in (
        ("bound", actual[county].bound[0], "largest harm not excluded, one-sided at 5 %"),
        ("mde", actual[county].detectable[0], "smallest harm found with 80 % power at 5 %"),
    ):
        n = len(world.trials[0].used)
        results.add(f"methods.counted.{county}.{number}", value, n=n, unit="points", label=label)
    for name, drawn in anew.items():
        t = drawn.estimate / drawn.se
        own = actual[county]
        factor = max(1.0, float(np.quantile(t, 0.95)) / float(own.quantile(0.95)))
        wide = Drawn(own.estimate, own.se * factor, own.df)
        key = f"methods.widened.{name}"
        results.add(f"{key}.factor", factor, n=len(t), unit="ratio", label="errors are widened by")
        for number, value, label in (
            ("bound", wide.bound[0], "largest harm not excluded, one-sided at 5 %"),
            ("mde", wide.detectable[0], "smallest harm found with 80 % power at 5 %"),
        ):
            results.add(f"{key}.{number}", value, n=len(t), unit="points", label=label)
        for harm in simulated.declared_harms(world):
            sizes = {n: harm.sizes[n] for n in actual}
            paper = world.recounted(harm)
            before = _single(asked.words(actual, sizes, paper))
            after = _single(asked.words({**actual, county: wide}, sizes, paper))
            excluded = bool(own.excludes(sizes[county])[0]), bool(wide.excludes(sizes[county])[0])
            voted = (
                bool(own.detectable[0] <= sizes[county]),
                bool(wide.detectable[0] <= sizes[county]),
            )
            results.add(f"{key}.verdict.{harm.name}", str(after), unit="verdict", label=harm.label)
            results.add(
                f"{key}.excludes.{harm.name}", excluded[1], label="the county design excludes it"
            )
            rows.append(
                {
                    "range": name,
                    "harm": harm.name,
                    "label": harm.label,
                    "size": sizes[county],
                    "before": str(before),
                    "after": str(after),
                    "excluded": excluded[0],
                    "excluded_after": excluded[1],
                    "voted": voted[0],
                    "voted_after": voted[1],
                }
            )
    columns = "range harm label size before after excluded excluded_after voted voted_after"
    return pd.DataFrame(rows, columns=columns.split())


def _single(said: Mapping[Verdict, int]) -> Verdict:
    (word,) = said
    return word


def _publish_planted(results: Results, planted: pd.DataFrame) -> None:
    for row in planted.to_dict("records"):
        key = f"methods.planted.{row['harm']}.{row['pattern']}.{row['design']}"
        for name, label in (("truth", "harm that was done"), ("bias", "estimate less truth")):
            results.add(f"{key}.{name}", row[name], n=row["draws"], unit="points", label=label)
        results.add(
            f"{key}.size", row["size"], unit="points", label="the harm as the book converts it"
        )
        for name, label in (
            ("coverage", "the interval holds the truth"),
            ("coverage_size", "the interval holds the size"),
            ("power", "harm is found"),
            ("cleared", "harm of that size is excluded"),
        ):
            found = Rate(row[name], row[f"{name}_lo"], row[f"{name}_hi"], row["draws"])
            _add(results, f"{key}.{name}", found, label)


def _fails(results: Results, scenario: Scenario, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Cells on the wrong side of what was declared as failing."""
    v = scenario.validity
    cells: list[dict[str, object]] = []

    def add(
        what: str, row: Mapping[Hashable, object], value: str, limit: float, above: bool
    ) -> None:
        share = float(str(row[value]))
        cells.append(
            {
                "what": what,
                "design": row.get("design", "rule"),
                "case": row.get("errors", row.get("harm")),
                "label": row.get("label", ""),
                "pattern": row.get("pattern", ""),
                "paper": row.get("paper", ""),
                "share": share,
                "hi": float(str(row["hi" if value == "share" else f"{value}_hi"])),
                "limit": limit,
                "above": above,
                "fails": share > limit if above else share < limit,
            }
        )

    for row in frames["size"].to_dict("records"):
        for side in SIDES:
            add(side, row, side, v.most_size, True)
    for row in frames["planted"].to_dict("records"):
        add("coverage", row, "coverage", v.least_coverage, False)
        add("coverage_size", row, "coverage_size", v.least_coverage, False)
        add("cleared", row, "cleared", v.most_size, True)
    for row in frames["rule"].to_dict("records"):
        wrong = "holds" if row["pattern"] == NOTHING else "does_not_hold"
        if row["word"] == wrong:
            add("wrong", row, "share", v.most_wrong, True)
    out = pd.DataFrame(cells)
    results.add("methods.cells", len(out), unit="cells", label="cells that were judged")
    results.add(
        "methods.fails", int(out["fails"].sum()), n=len(out), unit="cells", label="that fail"
    )
    for what, group in out.groupby("what", sort=True):
        results.add(
            f"methods.fails.{what}",
            int(group["fails"].sum()),
            n=len(group),
            unit="cells",
            label=str(what),
        )
    return out


def _speed(results: Results) -> pd.DataFrame:
    rows = []
    for run in benchmarks.read(paths.ROOT / "benchmarks"):
        for goal in run.goals:
            key = f"methods.speed.{run.name}.{goal.name}"
            results.add(key, goal.measured, unit=goal.unit, label=goal.label)
            results.add(f"{key}.met", goal.met, label=f"{goal.label}: {goal.asked}")
            rows.append({"benchmark": run.name, "goal": goal.name, "met": goal.met})
    return pd.DataFrame(rows, columns=["benchmark", "goal", "met"])


def _add(results: Results, key: str, r: Rate, label: str) -> None:
    results.add(key, r.share, lo=r.lo, hi=r.hi, n=r.draws, unit=SHARE, label=label)
