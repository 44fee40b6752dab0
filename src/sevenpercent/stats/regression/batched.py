"""Millions of regressions with robust errors, as a few products of matrices.

Treatments stand side by side as columns: readings, and the same readings redrawn. One projection
takes the controls out of all of them; the rest is products with the outcomes, so that the cost of
a regression is that of its few inner products. Nothing loops over regressions, units or clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.regression.projection import ROUNDING, Array, Projection
from sevenpercent.stats.regression.variance import (
    Errors,
    cr1_scale,
    known_kind,
    products,
    residual_df,
    satterthwaite,
    without_clusters,
)

WHY = (
    "",
    "the treatment does not vary in the sample",
    "the controls determine the treatment",
    "one unit or cluster alone determines the coefficient",
)
"""Why a regression does not exist, by the codes in :attr:`Fits.why`."""

BLOCK_BYTES = 6_000_000
"""Work memory of one thread: near the second-level cache, where the products run fastest."""

FEWEST = 8
"""Columns that a block has at least, however many units there are."""

TILE = 1_000
"""Units that are worked on at a time where there are so many that a block would leave the cache."""

TILED: tuple[Errors, ...] = ("classical", "hc1", "hc2", "hc3")
"""Errors that are sums over units, and so can be taken tile by tile."""

FLAT = 1e-14
"""Share of a column's squares that rounding may leave when its mean is taken out."""

CANCELLED = 1e-5
"""Share of its terms below which a sum of moments has lost digits and is computed directly."""


@dataclass(frozen=True)
class Fits:
    """Estimates of every outcome on every treatment.

    `estimate`, `se` (outcomes x treatments): outcome per unit of treatment, **negative** = lower
    where voting was electronic; null where the regression does not exist; `df` (treatments):
    degrees of freedom of the t distribution; `why` (treatments): 0, or the reason in :data:`WHY`
    why it does not exist.
    """

    estimate: Array
    se: Array
    df: Array
    why: NDArray[np.int8]

    def half_width(self) -> Array:
        """Half the width of a two-sided 95 % interval."""
        from scipy.special import stdtrit

        return np.asarray(stdtrit(self.df, 0.975) * self.se)


def regress(
    projection: Projection,
    outcomes: Array,
    treatments: Array,
    errors: Errors = "hc1",
    *,
    block_bytes: int = BLOCK_BYTES,
    tile: int = TILE,
    threads: int = 1,
) -> Fits:
    r"""Regress every outcome on every treatment, one at a time, with the projection's controls.

    With :math:`\tilde d` and :math:`\tilde y` as :func:`~.projection.project` leaves them, the
    variance of HC1 is three products of moments,

    .. math:: \sum_i \tilde d_i^2 (\tilde y_i - \hat\tau \tilde d_i)^2
              = \sum_i \tilde d_i^2 \tilde y_i^2 - 2 \hat\tau \sum_i \tilde d_i^3 \tilde y_i
              + \hat\tau^2 \sum_i \tilde d_i^4,

    HC2 and HC3 the same with :math:`\tilde d_i^2` over (squared) one minus leverage. CR1 sums
    :math:`\tilde d_i \tilde y_i` by cluster. CR3 needs no refit either: without cluster
    :math:`g`, with :math:`Q` the basis of the controls,

    .. math:: \hat\tau_{(g)} = \frac{\tilde d'\tilde y - \tilde d_g'\tilde y_g - a'V b}
              {\tilde d'\tilde d - \tilde d_g'\tilde d_g - a'V a}, \qquad
              a = Q_g'\tilde d_g,\; b = Q_g'\tilde y_g,\; V = (I - Q_g'Q_g)^{-1}.

    Raises InputError: unknown kind of errors, errors by cluster without clusters, ``hc2_bm`` with
    absorbed effects, or an unknown value in the sample.

    `projection`: controls, weights, sample, effects and clusters. `outcomes` (units x m): all units,
    in the order the projection was made from; known in the sample. `treatments` (units x B): the
    same for readings and redraws. `errors`: as :func:`sevenpercent.stats.regression.fit` defines
    them. `block_bytes`: work memory of each thread; a block has at least :data:`FEWEST` treatments.
    `tile`: units at a time where there are more than four times as many, so that the cost of a
    regression grows no faster than they do; without absorbed effects and with the errors of
    :data:`TILED` only. `threads`: blocks at a time; linear algebra should then use one thread of its
    own (``OPENBLAS_NUM_THREADS=1``). Results do not depend on it.

    References
    ----------
    As :func:`sevenpercent.stats.regression.fit` and :func:`~.variance.satterthwaite`.
    """
    known_kind(errors)
    if errors.startswith("cr") and projection.chunks is None:
        raise InputError(f"Errors {errors!r} need clusters")
    if errors == "hc2_bm" and projection.groups is not None:
        raise InputError(
            "Degrees of freedom with absorbed effects are not there",
            fix="Project with absorb=False.",
        )
    y = np.ascontiguousarray(projection.residual(outcomes).T)
    if np.isnan(y).any():
        raise InputError("An outcome is unknown in the sample")
    many = treatments.shape[1]
    out = Fits(
        np.empty((len(y), many)),
        np.empty((len(y), many)),
        np.full(many, residual_df(projection, errors)),
        np.zeros(many, dtype=np.int8),
    )
    work = _Work(projection, y, errors, tile)
    size = max(FEWEST, block_bytes // work.column_bytes)
    blocks = [slice(at, min(at + size, many)) for at in range(0, many, size)]
    if threads == 1 or len(blocks) == 1:
        work.fit(treatments, blocks, out)
    else:
        with ThreadPoolExecutor(threads) as pool:
            shares = [blocks[i::threads] for i in range(threads)]
            list(pool.map(lambda own: work.fit(treatments, own, out), shares))
    return out


Buffers = tuple[Array, ...]


class _Work:
    """What all blocks of one call share: outcomes, their squares, leverages, cluster sums."""

    def __init__(self, projection: Projection, y: Array, errors: Errors, tile: int) -> None:
        self.p = projection
        sums = errors in TILED and projection.groups is None
        self.tile = tile if sums and projection.n > 4 * tile else projection.n
        self.y = y
        self.errors = errors
        self.basis_t = np.ascontiguousarray(projection.basis.T)
        root = np.ones(projection.n) if projection.root is None else projection.root
        self.constant = self.basis_t @ root / np.sqrt(projection.n)
        if projection.group_sums is not None:
            self.group_constant = np.sqrt(projection.group_sums / projection.n)
        self.ones = np.ones(projection.n)
        n, m, k = self.tile, len(y), projection.basis.shape[1]
        numbers = 3 * n + 5 * m + k
        if errors.startswith("hc"):
            self.y2 = y**2
            self.y_twice = 2 * y
        if errors in ("hc2", "hc2_bm", "hc3"):
            self.free = 1 - projection.leverage()[:, None]
            numbers += 2 * n
        if errors == "hc2_bm":
            self.pairs = products(projection.basis)
            numbers += k * k + 2 * n
        if errors.startswith("cr"):
            assert projection.chunks is not None
            c = projection.chunks
            self.clusters = c.clusters
            sides = np.vstack([y, self.basis_t]) if errors == "cr3" else y
            padded = np.concatenate([sides, np.zeros((len(sides), 1))], axis=1)
            self.sides = np.ascontiguousarray(padded[:, c.rows].transpose(1, 0, 2))
            numbers += 2 * c.rows.size + (len(c.rows) + 3 * c.clusters) * len(sides)
        if errors == "cr3":
            self._leave_out()
        self.column_bytes = 8 * numbers

    def _leave_out(self) -> None:
        c = self.p.chunks
        assert c is not None
        q = self.p.basis
        # A cluster that alone determines a control leaves the others nothing to estimate it with.
        least, self.inverse = without_clusters(q, c.units)
        self.possible = bool(least.min() > ROUNDING)
        own = np.add.reduceat(q[:, :, None] * self.y.T[:, None, :], c.units, axis=0)
        self.outcome_side = own.transpose(0, 2, 1) @ self.inverse

    def fit(self, treatments: Array, blocks: Sequence[slice], out: Fits) -> None:
        """Fill blocks of columns of `out`, in the same work memory one after the other."""
        widest = max((b.stop - b.start for b in blocks), default=0)
        memory = self._memory(widest, self.tile)
        for block in blocks:
            if block.stop - block.start < widest:
                memory = self._memory(block.stop - block.start, self.tile)
            if self.tile < self.p.n:
                self._fit_tiles(treatments[:, block], block, out, memory)
            else:
                self._fit(treatments[:, block], block, out, memory)
            lost = block.start + np.flatnonzero(out.why[block])
            out.estimate[:, lost], out.se[:, lost], out.df[lost] = np.nan, np.nan, np.nan

    def _memory(self, width: int, n: int) -> Buffers:
        return tuple(np.empty((rows, width)) for rows in (n, n, len(self.y), len(self.y)))

    def _fit(self, treatments: Array, block: slice, out: Fits, memory: Buffers) -> None:
        p = self.p
        d, squares, meat, _ = memory
        p.scaled(treatments, d)
        absorbed = p.absorb(d)
        inside = self.basis_t @ d
        d -= np.matmul(p.basis, inside, out=squares)
        np.multiply(d, d, out=squares)
        size = self.ones @ squares
        why = out.why[block]
        tau, se = out.estimate[:, block], out.se[:, block]
        self._judge(why, size, absorbed, inside)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            np.matmul(self.y, d, out=tau)
            tau /= size
            if self.errors == "classical":
                np.multiply(tau, tau, out=meat)
                whole = (self.y**2).sum(axis=1)[:, None] / size
                np.subtract(whole, meat, out=meat)
                for j, b in zip(*np.nonzero(meat < CANCELLED * whole), strict=True):
                    meat[j, b] = ((self.y[j] - tau[j, b] * d[:, b]) ** 2).sum() / size[b]
                meat /= out.df[block]
            elif self.errors.startswith("cr"):
                meat = self._clustered(d, squares, size, tau, why)
            else:
                self._robust(d, size, tau, why, out.df[block], memory)
            np.sqrt(np.maximum(meat, 0, out=meat), out=se)

    def _fit_tiles(self, treatments: Array, block: slice, out: Fits, memory: Buffers) -> None:
        """The same for more units than the cache holds: a tile of them at a time, in two or three passes."""
        p, n = self.p, self.p.n
        tiles = [slice(at, min(at + self.tile, n)) for at in range(0, n, self.tile)]
        long, squares, meat, third = memory
        inside = np.zeros((len(self.basis_t), treatments.shape[1]))
        size, fourth = np.zeros(treatments.shape[1]), np.zeros(treatments.shape[1])
        lowest = np.ones(treatments.shape[1])
        why = out.why[block]
        tau, se = out.estimate[:, block], out.se[:, block]
        tau[...], meat[...], third[...] = 0, 0, 0

        def left(tile: slice) -> tuple[Array, Array]:
            d = p.scaled(treatments, long[: tile.stop - tile.start], tile)
            own = np.matmul(p.basis[tile], inside, out=squares[: len(d)])
            d -= own
            return d, np.multiply(d, d, out=own)

        def moments(tile: slice, d: Array, own: Array) -> None:
            np.add(meat, self.y2[:, tile] @ own, out=meat)
            own *= d
            np.add(third, self.y_twice[:, tile] @ own, out=third)
            own *= d
            np.add(fourth, self.ones[tile] @ own, out=fourth)

        for tile in tiles:
            inside += self.basis_t[:, tile] @ p.scaled(
                treatments, long[: tile.stop - tile.start], tile
            )
        for tile in tiles:
            d, own = left(tile)
            size += self.ones[tile] @ own
            tau += self.y[:, tile] @ d
            if self.errors == "hc1":
                moments(tile, d, own)
        self._judge(why, size, None, inside)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tau /= size
            if self.errors == "classical":
                whole = (self.y**2).sum(axis=1)[:, None] / size
                meat += whole - tau**2
                close = (meat < CANCELLED * whole).any(axis=0)
                meat /= out.df[block]
            if self.errors in ("hc2", "hc3"):
                for tile in tiles:  # leverage needs the sizes
                    d, own = left(tile)
                    free = self.free[tile] - own / size
                    np.minimum(lowest, free.min(axis=0), out=lowest)
                    own /= free if self.errors == "hc2" else free**2
                    moments(tile, d, own)
                why[(lowest < ROUNDING) & (why == 0)] = 3
            if self.errors != "classical":
                less = (tau * fourth - third) * tau
                close = (less < meat * (CANCELLED - 1)).any(axis=0)
                meat += less
                meat *= (n / (n - p.used - 1) if self.errors == "hc1" else 1.0) / size**2
            np.sqrt(np.maximum(meat, 0, out=meat), out=se)
        if close.any():
            for column in np.flatnonzero(close):  # moments cancelled: all units at once
                at = slice(block.start + int(column), block.start + int(column) + 1)
                self._fit(treatments[:, [column]], at, out, self._memory(1, n))

    def _robust(
        self, d: Array, size: Array, tau: Array, why: NDArray[np.int8], df: Array, memory: Buffers
    ) -> None:
        """Variances HC1 to HC3 from moments, into the third part of the memory; `d` alone stays."""
        _, squares, meat, terms = memory
        if self.errors != "hc1":
            free = self.free - squares / size
            why[(free.min(axis=0) < ROUNDING) & (why == 0)] = 3
            if self.errors == "hc2_bm":
                df[:] = satterthwaite(self.p.basis, d / np.sqrt(size), free, self.pairs)
            squares /= free
            if self.errors == "hc3":
                squares /= free
        np.matmul(self.y2, squares, out=meat)
        squares *= d
        np.matmul(self.y_twice, squares, out=terms)
        squares *= d
        # (tau * sum of u d^2 - 2 sum of u d y) * tau
        fourth = tau * (self.ones @ squares)
        np.subtract(fourth, terms, out=terms)
        terms *= tau
        np.multiply(meat, CANCELLED - 1, out=fourth)
        cancelled = terms < fourth
        meat += terms
        if cancelled.any():
            self._directly(meat, cancelled, d, squares, tau)
        scale = self.p.n / (self.p.n - self.p.used - 1) if self.errors == "hc1" else 1.0
        meat *= scale / size**2

    def _directly(
        self, meat: Array, which: NDArray[np.bool_], d: Array, fourth: Array, tau: Array
    ) -> None:
        """Sums of squared scores one by one, where a fit is so close that moments cancel."""
        j, b = np.nonzero(which)
        step = max(1, BLOCK_BYTES // (8 * len(d)))
        for start in range(0, len(j), step):
            some = slice(start, start + step)
            column = d[:, b[some]]
            factor = np.divide(
                fourth[:, b[some]], column**2, out=np.zeros_like(column), where=column != 0
            )
            residual = self.y[j[some]].T - tau[j[some], b[some]] * column
            meat[j[some], b[some]] = (factor * residual**2).sum(axis=0)

    def _clustered(
        self, d: Array, squares: Array, size: Array, tau: Array, why: NDArray[np.int8]
    ) -> Array:
        c = self.p.chunks
        assert c is not None
        padded = np.concatenate([d, np.zeros((1, d.shape[1]))])[c.rows]
        pieces = self.sides @ padded
        sums: Array = np.add.reduceat(pieces, c.starts, axis=0)
        own = np.add.reduceat(squares, c.units, axis=0)
        m = len(self.y)
        if self.errors == "cr1":
            sums -= tau[None] * own[:, None]
            meat: Array = np.einsum("gjb,gjb->jb", sums, sums)
            meat *= cr1_scale(self.p) / size**2
            return meat
        if not self.possible:
            why[why == 0] = 3
            return np.full_like(tau, np.nan)
        a = np.ascontiguousarray(sums[:, m:])
        bottom = size - own - np.einsum("gkb,gkb->gb", a, self.inverse @ a)
        why[(bottom.min(axis=0) <= ROUNDING * size) & (why == 0)] = 3
        # tau without g, minus tau, over one common denominator
        top = tau[None] * (size - bottom)[:, None]
        top -= sums[:, :m]
        top -= self.outcome_side @ a
        top /= bottom[:, None]
        spread: Array = np.einsum("gjb,gjb->jb", top, top)
        return spread

    def _judge(
        self, why: NDArray[np.int8], size: Array, absorbed: Array | None, inside: Array
    ) -> None:
        """Mark treatments that do not vary, or that the controls determine."""
        whole = size + (inside**2).sum(axis=0)
        constant = self.constant @ inside
        if absorbed is not None:
            whole += (absorbed**2).sum(axis=0)
            constant += self.group_constant @ absorbed
        if np.isnan(whole).any():
            raise InputError("A treatment is unknown in the sample")
        about = whole - constant**2
        why[size <= ROUNDING * about] = 2
        why[about <= FLAT * whole] = 1
