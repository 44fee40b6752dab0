"""P6: the worst fifth of the electronic counties beside the worst fifth of the others.

Harm that is concentrated in a few places hardly moves a mean and widens its error, but it stands in
the lower tail. The statistic was fixed before it was put to the outcome of any book's election.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.designs import county
from sevenpercent.stats.designs.design import Comparison, Harm
from sevenpercent.stats.designs.sizes import SETTLED, Stakes
from sevenpercent.stats.regression import Array, Prepared, Projection, prepare, t_quantile

FIFTH = 0.2
"""Share of the counties: of either side, what is compared; of those with machines, what carries planted harm."""

FEWEST = 10
"""Counties on either side below which nothing is said."""

_Q = float(ndtri(FIFTH))
_PHI = float(np.exp(-(_Q**2) / 2) / np.sqrt(2 * np.pi))
SE_OF_TAIL = float(np.sqrt((1 + _Q**2) * FIFTH + _Q * _PHI - (_PHI + _Q * FIFTH) ** 2) / FIFTH)
"""Error of the mean of the lowest fifth of normal values, times the root of their number: 1.53."""


@dataclass(frozen=True)
class Gap:
    """Difference of two lower tails; **negative** = electronic counties have the worse one.

    The numbers are as in :class:`.regression.Estimate`.
    """

    estimate: float
    se: float
    df: float
    n: int
    lo: float
    hi: float
    clusters: None = None
    effective_clusters: None = None


def lowest(left: Array, on: NDArray[np.bool_]) -> Array:
    r"""Mean of the lowest fifth, column by column.

    .. math:: q - \frac{\sum_i (q - r_i)_+}{\alpha m}

    with :math:`q` the :math:`\lceil \alpha m \rceil`-th lowest of :math:`m` values: the expected
    shortfall (Rockafellar and Uryasev 2000, doi:10.21314/JOR.2000.038).

    `left`, `on` (units x columns, or x 1): values, and which units count.

    Examples
    --------
    >>> lowest(np.arange(10.0)[:, None], np.ones((10, 1), dtype=bool)).tolist()
    [0.5]
    """
    values = np.where(on, left, np.inf)
    many = np.broadcast_to(on, values.shape).sum(axis=0)
    last = np.maximum(np.ceil(FIFTH * many - 1e-9).astype(int), 1) - 1
    q: Array = np.take_along_axis(np.sort(values, axis=0), last[None], axis=0)[0]
    tail: Array = q - np.clip(q - values, 0.0, None).sum(axis=0) / (FIFTH * many)
    return tail


def gaps(p: Projection, outcome: Array, on: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    r"""Estimates, standard errors and degrees of freedom, column by column.

    .. math:: \mathrm{se} = 1.53\, s_0 \sqrt{1/m_1 + 1/m_0}

    with :math:`s_0` the spread of the :math:`m_0` counties without machines, which harm on machines
    does not widen (as in Conley and Taber 2011, doi:10.1162/REST_a_00049), and the factor that the
    mean of a normal lower fifth has. How far the errors really reach is found on innocent elections.

    `outcome`, `on` (units of the frame x columns, or x 1): every outcome with every map of machines.
    Controls are taken out of the outcome first; counties count alike.
    """
    left, there = p.residual(outcome), on[p.rows]
    other = np.broadcast_to(~there, np.broadcast_shapes(left.shape, there.shape))
    without = other.sum(axis=0)
    mean = np.where(other, left, 0.0).sum(axis=0) / without
    free = without - 1.0
    spread = np.sqrt((np.where(other, left - mean, 0.0) ** 2).sum(axis=0) / free)
    se = SE_OF_TAIL * spread * np.sqrt(1 / (p.n - without) + 1 / without)
    return lowest(left, there) - lowest(left, ~there), se, free


@dataclass(frozen=True)
class Tail(Comparison):
    """The lower tail of the outcome of another comparison, that of the counties, as it is declared."""

    patterns: ClassVar[tuple[str, ...]] = ("fifth",)

    def variants(self, s: Scenario) -> dict[str, tuple[str, Any]]:
        """None: its definitions are asked where harm is planted."""
        return {}

    def rows(self, frames: Mapping[str, pd.DataFrame], spec: Any) -> pd.DataFrame | None:
        """The counties, where there are enough on either side."""
        frame = frames.get(self.key)
        with suppress(InputError):
            if frame is not None and self.ready(frame, spec):
                return frame
        return None

    def coded(self, column: pd.Series[float]) -> Array:
        """Any machines or none: how many does not matter to a tail."""
        return np.where(column.isna(), np.nan, column.gt(0)).astype(float)

    def ready(self, frame: pd.DataFrame, spec: Any) -> Prepared:
        """Counties with all values of the model, each counting alike.

        Raises InputError: as any comparison, or where either side has fewer than :data:`FEWEST`.
        """
        p = prepare(frame, **{**self.model(spec), "weights": None})
        on = int((p.treatment[p.projection.rows] > 0).sum())
        if min(on, p.projection.n - on) < FEWEST:
            problem = f"Lower tails need {FEWEST} counties on either side"
            raise InputError(problem, column=spec.treatment, value=on)
        return p

    def fit(self, frame: pd.DataFrame, spec: Any) -> Any:
        """Difference of the tails in points. **Negative** = a worse tail where electronic."""
        p = self.ready(frame, spec)
        y, on = HUNDRED * p.outcome[:, None], p.treatment[:, None] > 0
        estimate, se, df = (float(part[0]) for part in gaps(p.projection, y, on))
        half, n = t_quantile(0.975, df) * se, p.projection.n
        return Gap(estimate, se, df, n, estimate - half, estimate + half)

    def dealt(self, frame: pd.DataFrame, spec: Any, machines: Array) -> tuple[Array, Array, Array]:
        """Estimates, errors and degrees of freedom with other maps of machines (places x maps)."""
        p = self.ready(frame, spec)
        return gaps(p.projection, HUNDRED * p.outcome[:, None], machines > 0)

    def harm(self, s: Scenario, frame: pd.DataFrame, spec: Any, at: Stakes) -> Harm:
        """Each size with all of it in a fifth of the counties, where the claim leaves that open.

        A size that so few counties cannot hold (over 100 points) is left out.
        """
        assert s.designs is not None
        own = super().harm(s, frame, spec, at)
        part = {n: 1.0 if z.amount in SETTLED else FIFTH for n, z in s.designs.sizes.items()}
        there = {name: (n, amount / part[name]) for name, (n, amount) in own.items()}
        return {name: (n, amount) for name, (n, amount) in there.items() if amount <= HUNDRED}


OWN = {
    "key": "p6",
    "name": "lowest-fifth comparison",
    "unit": "{{ words.outcome(spec.outcome).unit }} in the lowest fifth of {{ words.definition(spec.treatment).adjective }} counties",
    "method": """The lowest-fifth comparison looks for harm in a few counties: it takes the fifth of {{ words.definition(spec.treatment).adjective }} counties that stand lowest by
{{ words.outcome(spec.outcome) }}, adjusted as in the county comparison, and sets it beside the lowest fifth of the others.""",
}
DESIGN = Tail(**{**vars(county.DESIGN), **OWN})  # the county comparison in all but these
