"""An error that only DRE ballots suffer: how large it must be to make a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from sevenpercent.model.vocabulary import OUTCOMES
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity.county import HUNDRED, Probed


def exposure(frame: pd.DataFrame, reading: str, dose: str, covariates: Sequence[str] = ()) -> float:
    r"""DRE share of ballots that a county reading stands for.

    An error of :math:`\delta` points on every DRE ballot moves the share of county i by
    :math:`\delta\, s_i`, with :math:`s_i` the DRE share of its ballots; the county estimate of the
    reading then moves by :math:`\delta` times the coefficient of :math:`s` on that reading, with
    the same controls.

    Returns that coefficient (0 to 1 in practice; exactly 1 when the reading is the share itself).
    """
    if reading == dose:
        return 1.0
    return controls.fit(frame, dose, reading, covariates).estimate


def needed(p: Probed, dose: str | None, models: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Points on every DRE ballot that would make the gaps seen, if nothing else were wrong.

    The same number is the percentage of DRE ballots that would have to be switched from one party
    to the other; beyond 100 there are not enough of them.

    `dose`: definition that is the share of ballots; without it there is nothing to say; `models`:
    outcome and control set. Returns ``outcome, controls, gap`` (points), ``exposed``, ``estimate,
    lo, hi`` (points on every DRE ballot), ``n``; **negative** = at the harmed party's expense.
    """
    rows = []
    for outcome, name in models if dose in p.probed else ():
        e = controls.fit(
            p.frame, OUTCOMES[outcome], p.lead, p.sets[name], errors=p.spec.errors
        ).scaled(HUNDRED)
        try:
            exposed = exposure(p.frame, p.lead, str(dose), p.sets[name])
        except controls.NoVariation:
            continue
        ends = (x / exposed for x in (e.estimate, e.lo, e.hi))
        rows.append([outcome, name, e.estimate, exposed, *ends, e.n])
    columns = ["outcome", "controls", "gap", "exposed", "estimate", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=columns)
