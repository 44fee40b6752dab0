"""All regressions of a grid on many draws of its treatments, with errors of HC1.

What :func:`sevenpercent.stats.regression.regress` computes, arranged for draws: jobs that use the
same places and weights share their scaled treatments and one product of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sevenpercent.errors import InputError
from sevenpercent.stats.multiverse.grid import Job, Plan
from sevenpercent.stats.regression import ROUNDING, Array, Projection
from sevenpercent.stats.regression.batched import CANCELLED, FLAT


@dataclass(frozen=True)
class _Part:
    """What one job brings to its regressions: cells, outcomes, their squares below ones, twice them, HC1's factor."""

    rows: slice
    y: Array
    squares: Array
    twice: Array
    scale: float
    p: Projection


class Shared:
    """Jobs of a plan that use the same places, weights and treatments."""

    def __init__(self, ready: Plan, jobs: list[Job]) -> None:
        self._chosen = jobs[0].treatments
        self._parts: list[_Part] = []
        for job in jobs:
            p = job.projection
            assert p is not None
            y = p.residual(ready.outcomes[:, job.outcomes]).T
            if np.isnan(y).any():
                raise InputError("An outcome is unknown in the sample")
            rows = slice(job.cells[0, 0], job.cells[-1, -1] + 1)
            squares, scale = np.vstack([np.ones(p.n), y**2]), p.n / (p.n - p.used - 1)
            self._parts.append(_Part(rows, y, squares, 2 * y, scale, p))
        left = [row for part in self._parts for row in (part.p.basis.T, part.y)]
        self._left = np.concatenate(left)

    def critical(self, out: Array) -> None:
        """Fill in the critical value of each cell."""
        for part in self._parts:
            out[part.rows] = stdtrit(part.p.n - part.p.used - 1, 0.975)

    def fill(self, drawn: Array, estimate: Array, t: Array) -> None:
        """Fill in estimates and t values (cells x draws); null where there is no regression."""
        p = self._parts[0].p
        columns = drawn[:, self._chosen].reshape(len(drawn), -1)
        own = p.scaled(columns)
        whole = np.einsum("nb,nb->b", own, own)
        if np.isnan(whole).any():
            raise InputError("A treatment is unknown in the sample")
        root = np.ones(p.n) if p.root is None else p.root
        about = whole - (root @ own) ** 2 / p.n
        flat = about <= FLAT * whole
        p.absorb(own)
        found = self._left @ own
        d, squares = np.empty_like(own), np.empty_like(own)
        at = 0
        for part in self._parts:
            k, m = part.p.basis.shape[1], len(part.y)
            inside, tau = found[at : at + k], found[at + k : at + k + m]
            at += k + m
            np.subtract(own, np.matmul(part.p.basis, inside, out=squares), out=d)
            np.multiply(d, d, out=squares)
            moments = part.squares @ squares
            size, meat = moments[0], moments[1:]
            lost = flat | (size <= ROUNDING * about)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                tau /= size
                np.multiply(d, squares, out=d)
                # (tau * sum of d^4 - 2 sum of d^3 y) * tau
                less = tau * np.einsum("nb,nb->b", squares, squares)
                less -= part.twice @ d
                less *= tau
                close = less < meat * (CANCELLED - 1)
                meat += less
                for j, b in zip(*np.nonzero(close & ~lost), strict=True):
                    meat[j, b] = _directly(part, own[:, b], int(j))
                meat *= part.scale / size**2
                np.sqrt(np.maximum(meat, 0, out=meat), out=meat)
                tau[:, lost] = np.nan
                shape = part.rows.stop - part.rows.start, estimate.shape[1]
                estimate[part.rows] = tau.reshape(shape)
                np.divide(tau.reshape(shape), meat.reshape(shape), out=t[part.rows])


def together(ready: Plan) -> list[Shared]:
    """The jobs of a plan that have a projection, those together that share their treatments."""
    found: dict[tuple[bytes, ...], list[Job]] = {}
    for job in ready.jobs:
        if (p := job.projection) is None:
            continue
        parts = (p.rows, p.root, p.groups, np.array(job.treatments))
        same = tuple(b"" if part is None else part.tobytes() for part in parts)
        found.setdefault(same, []).append(job)
    return [Shared(ready, jobs) for jobs in found.values()]


def _directly(part: _Part, own: Array, outcome: int) -> float:
    """Sum of squared scores, where a fit is so close that moments cancel."""
    d, y = own - part.p.basis @ (part.p.basis.T @ own), part.y[outcome]
    return float((d**2 * (y - (d @ y) / (d @ d) * d) ** 2).sum())
