"""The same map of machines in other elections: before it existed, in the year asked, and after."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import product
from typing import Literal

import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity.county import PRIOR

Role = Literal["clean", "there", "asked", "again"]


def years(votes: pd.DataFrame, state: str, wanted: Iterable[int]) -> list[int]:
    """Those of the wanted years for which a state has votes, ascending."""
    own = votes.loc[votes["state"] == state, "year"]
    return sorted({*wanted} & {int(y) for y in own})


def role(year: int, asked: int, clean: Container[int]) -> Role:
    """What a year can tell: ``clean`` (no such machines yet), ``there``, ``asked`` or ``again``."""
    if year in clean:
        return "clean"
    if year == asked:
        return "asked"
    return "again" if year > asked else "there"


def event_study(
    election: Callable[[int, int], pd.DataFrame],
    asked: int,
    years: Sequence[int],
    base: int,
    treatments: Sequence[str],
    sets: Mapping[str, Sequence[str]],
    clean: Iterable[int] = (),
    errors: controls.Errors = "hc2_bm",
) -> pd.DataFrame:
    """Estimate the same model for every election on one map of machines.

    Raises InputError: fewer than two years, or a base that is not among them.

    `election`: analysis frame of a year compared with another, on the same map of machines.
    `asked`: election in question. `years`: elections, ascending. `base`: election that ``since`` is
    measured from. `treatments`: readings of "electronic". `sets`: name to controls. A set with the
    prior share is fitted to ``step`` only, where that share is the one of the election before.
    `clean`: years in which no place had such machines yet.

    Returns one row per reading, kind, year and set: ``kind`` (``level``: the share itself;
    ``since``: share minus that of `base`; ``step``: share minus that of the election before),
    ``year``, ``before`` (the year compared with), ``role`` (see :func:`role`; a ``step`` is clean
    when both its years are), ``controls``, and ``estimate, se, df, lo, hi, p, n`` in points.
    **Negative** = the harmed party did worse where the map is electronic.
    """
    if len(years) < 2 or base not in years:
        raise InputError("An event study needs two years, the base among them", value=base)
    rows = []
    unspoilt = set(clean)
    for i, year in enumerate(years):
        what = role(year, asked, unspoilt)
        for other in dict.fromkeys([base, *years[max(0, i - 1) : i]]):
            frame = election(year, other)
            kinds = ["level", "since"] if other == base != year else ["level"] * (other == base)
            if i and other == years[i - 1]:
                kinds.append("step")
            for kind, treatment, (name, chosen) in product(kinds, treatments, sets.items()):
                if PRIOR in chosen and kind != "step":
                    continue
                column = "two_party" if kind == "level" else "change_two_party"
                e = controls.fit(frame, column, treatment, chosen, errors=errors).scaled(100)
                spoilt = kind == "step" and what == "clean" and other not in unspoilt
                before, told = year if kind == "level" else other, "there" if spoilt else what
                found = e.estimate, e.se, e.df, e.lo, e.hi, e.p, e.n
                rows.append([treatment, kind, year, before, told, name, *found])
    columns = ["reading", "kind", "year", "before", "role", "controls"]
    return pd.DataFrame(rows, columns=[*columns, "estimate", "se", "df", "lo", "hi", "p", "n"])


def breaks(
    years: pd.DataFrame, controls: str, sizes: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    r"""How many times the largest break of a clean year would be needed to hide harm, or to make it.

    Places on the map may drift apart without any machine. If the drift in the year asked is at most
    :math:`M` times the largest difference :math:`b` seen in a year without such machines, harm
    :math:`X` can hide behind an estimate :math:`\hat\tau` when :math:`M \ge |\hat\tau + X| / b`, and
    a drift alone looks like it when :math:`M \ge X / b` (after Rambachan and Roth 2023,
    doi:10.1093/restud/rdad018, who bound a trend in this way).

    `years`: as :func:`event_study` gives it; `controls`: which of its sets; `sizes`: reading ->
    size -> harm in points (positive).

    Returns one row a reading and size, ``zero`` (the difference that was seen) first: ``reading,
    size``; ``largest`` (:math:`b`, points, positive), ``year``, ``before`` (the comparison that
    shows it); ``hide`` and ``make`` (times), ``inside``: times from which the 95 % interval,
    widened by the drift at both ends, holds the harm (for ``zero``: no difference). ``hide`` is
    null for ``zero``. Empty without a clean year.
    """
    rows = []
    for reading, of in sizes.items():
        own = years[(years["reading"] == reading) & (years["controls"] == controls)]
        of_clean = own["role"].eq("clean") & own["kind"].isin(["step", "since"])
        clean = own[of_clean].to_dict("records")
        now = own[own["role"].eq("asked") & own["kind"].eq("step")].to_dict("records")
        if not clean or not now:
            continue
        worst, e = max(clean, key=lambda year: abs(float(year["estimate"]))), now[0]
        largest = abs(float(worst["estimate"]))
        shown_by = [int(worst[name]) for name in ("year", "before", "n")]
        for size, harm in {"zero": 0.0, **of}.items():
            apart = max(e["lo"] + harm, -harm - e["hi"], 0.0)
            seen = abs(e["estimate"] + harm)
            hide = None if size == "zero" else seen / largest
            make = (seen if size == "zero" else harm) / largest
            rows.append([reading, size, largest, *shown_by, hide, make, apart / largest])
    columns = ["reading", "size", "largest", "year", "before", "n", "hide", "make", "inside"]
    return pd.DataFrame(rows, columns=columns)
