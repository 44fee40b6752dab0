"""What a control set, weights and a sample leave of any column: computed once, used for all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sevenpercent.errors import InputError

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ROUNDING = 1e-10
"""Share of a column's variation below which what is left of it is rounding error."""


class Degenerate(InputError):  # noqa: N818 - says what is wrong, as users read it
    """No regression with these controls on this sample exists, whatever the treatment.

    `which`: position of the control that the others determine, where that is the reason.
    """

    which: int | None = None


@dataclass(frozen=True)
class Chunks:
    """Clusters cut into pieces of one length, so that all are summed by one batched product.

    `rows` (pieces x length): positions of the units; one past the last where a piece is shorter;
    `starts` (clusters): first piece of each cluster; `units` (clusters): first unit of each
    cluster.
    """

    rows: Index
    starts: Index
    units: Index

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.starts)


@dataclass(frozen=True)
class Projection:
    """The part of every column that controls and effects do not explain.

    `rows` (n): positions of the units in the columns that are handed in, sorted by cluster and
    group. `root` (n): root of each unit's weight (weights of mean 1); None when all are alike.
    `basis` (n x k): orthonormal basis of the controls (times ``root``), the constant first where
    there are no absorbed effects. `groups`: first unit of each group of absorbed effects.
    `group_sums`: sum of the weights of each group. `used`: coefficients besides the treatment's:
    constants, controls and effects. `chunks`: the clusters.
    """

    rows: Index
    root: Array | None
    basis: Array
    groups: Index | None
    group_sums: Array | None
    used: int
    chunks: Chunks | None

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.rows)

    @cached_property
    def everything(self) -> bool:
        """Whether the rows are the first n, in their order."""
        return bool((self.rows == np.arange(self.n)).all())

    def scaled(self, columns: Array, out: Array | None = None, some: slice = slice(None)) -> Array:
        """Rows of the sample, or `some` of them, times the root of the weight."""
        rows = self.rows[some]
        if out is None:
            out = np.empty((len(rows), columns.shape[1]))
        if self.everything and len(columns) == self.n:
            own = columns[some]
            if self.root is not None:
                np.multiply(own, self.root[some, None], out=out)
            else:
                out[...] = own
            return out
        out[...] = columns[rows]
        if self.root is not None:
            out *= self.root[some, None]
        return out

    def residual(self, columns: Array) -> Array:
        """What is left of columns (units x any number), times the root of the weight."""
        out = self.scaled(columns)
        self.absorb(out)
        out -= self.basis @ (self.basis.T @ out)
        return out

    def absorb(self, scaled: Array) -> Array | None:
        """Take the groups' constants out, in place; returns what each took (groups x columns).

        The squares of what is returned add up to the sum of squares that was taken out.
        """
        if self.groups is None or self.group_sums is None:
            return None
        weighted = scaled if self.root is None else scaled * self.root[:, None]
        sums: Array = np.add.reduceat(weighted, self.groups, axis=0)
        sums /= self.group_sums[:, None]
        sizes = np.diff(np.append(self.groups, self.n))
        means = np.repeat(sums, sizes, axis=0)
        if self.root is not None:
            means *= self.root[:, None]
        scaled -= means
        sums *= np.sqrt(self.group_sums)[:, None]
        return sums

    def leverage(self) -> Array:
        """Leverage of each unit from controls and effects alone (0 to 1)."""
        out: Array = (self.basis**2).sum(axis=1)
        if self.groups is not None and self.group_sums is not None:
            sizes = np.diff(np.append(self.groups, self.n))
            weight = 1.0 if self.root is None else self.root**2
            out += weight / np.repeat(self.group_sums, sizes)
        return out


def project(
    controls: Array,
    weights: Array | None = None,
    effects: NDArray[np.int64] | None = None,
    clusters: NDArray[np.int64] | None = None,
    sample: NDArray[np.bool_] | None = None,
    *,
    absorb: bool = True,
    constant: bool = True,
) -> Projection:
    r"""Prepare all regressions that share controls, weights, sample, effects and clusters.

    With :math:`M` the projection that takes the controls out of columns times the root of the
    weight, the coefficient of a treatment :math:`d` is
    :math:`\hat\tau = \tilde d'\tilde y / \tilde d'\tilde d`, :math:`\tilde d = M W^{1/2} d`
    (theorem of Frisch, Waugh and Lovell, doi:10.2307/1907330), so that :math:`M` serves every
    outcome, treatment and redraw.

    `controls` (units x p): without a constant; p may be 0. `weights`: positive; their scale does
    not matter. `effects`, `clusters`: group of each unit, -1 where unknown. Groups of one unit are
    left out. `sample`: units to use. `absorb`: take effects out by group means, linear in units.
    They stand in the basis as columns of their own when False, or when a group lies in several
    clusters. `constant`: whether a constant is taken out too, where there are no effects.

    Raises Degenerate: controls or effects determine a control, too few units, or fewer than two
    clusters; InputError: an unknown value in the sample, or weights that are not positive.
    """
    keep = np.ones(len(controls), dtype=bool) if sample is None else sample.copy()
    if effects is not None:
        keep = in_groups(effects, keep)
    if clusters is not None:
        keep &= clusters >= 0
    rows = np.flatnonzero(keep)
    if not len(rows):
        raise Degenerate("No unit is in the sample")
    nested = effects is None or clusters is None or _nested(effects[rows], clusters[rows])
    absorbed = effects is not None and absorb and nested
    within = effects if absorbed else None
    keys = [key[rows] for key in (within, clusters) if key is not None]
    if keys:
        rows = rows[np.lexsort(keys)]
    x = controls[rows].astype(np.float64)
    root = None
    if weights is not None:
        w = weights[rows]
        if not (w > 0).all():
            raise InputError("Weights must be positive")
        root = np.sqrt(w / w.mean())
    if np.isnan(x).any():
        raise InputError("A control is unknown in the sample", fix="Leave out the units without.")
    constants = np.ones((len(rows), int(constant)))
    if effects is not None:
        codes = np.unique(effects[rows], return_inverse=True)[1]
        constants = np.empty((len(rows), 0)) if absorbed else np.eye(codes.max() + 1)[codes]
    starts = None if within is None else _starts(within[rows])
    sums = None
    if starts is not None:
        weight = np.ones(len(rows)) if root is None else root**2
        sums = np.add.reduceat(weight, starts)
    used = constants.shape[1] + x.shape[1] + (0 if starts is None else len(starts))
    if len(rows) <= used + 1:
        raise Degenerate(
            f"Too few units: {len(rows)} for {used + 1} coefficients",
            fix="Use fewer controls or more counties.",
        )
    bare = Projection(np.arange(len(rows)), root, np.empty((len(rows), 0)), starts, sums, 0, None)
    basis = _basis(bare, constants, x)
    chunks = None if clusters is None else _chunks(clusters[rows])
    if chunks is not None and chunks.clusters < 2:
        raise Degenerate(
            "Errors by cluster need at least two clusters",
            fix="Choose errors that are not clustered: hc1, hc2, hc2_bm or hc3.",
        )
    return Projection(rows, root, basis, starts, sums, used, chunks)


def in_groups(groups: NDArray[np.int64], keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those of the units kept that share their group with another; -1 stands for no group."""
    keep = keep & (groups >= 0)
    sizes = np.bincount(groups[keep], minlength=int(groups.max(initial=0)) + 1)
    return keep & (sizes[np.maximum(groups, 0)] > 1)


def _basis(bare: Projection, constants: Array, controls: Array) -> Array:
    """Orthonormal columns; a control that those after it determine is refused."""
    own = bare.scaled(controls[:, ::-1])
    spread = ((own - own.mean(axis=0)) ** 2).sum(axis=0)
    bare.absorb(own)
    stacked = np.column_stack([bare.scaled(constants), own])
    if not stacked.shape[1]:
        return stacked
    q, r = np.linalg.qr(stacked)
    size = np.diag(r)[constants.shape[1] :] ** 2
    # Compared with the variation about the mean: a nearly constant column is no constant.
    lost = size <= ROUNDING * np.maximum(spread, np.finfo(float).tiny)
    if lost.any():
        refusal = Degenerate("The other controls or the effects determine a control")
        refusal.which = int(controls.shape[1] - 1 - lost.argmax())
        raise refusal
    return np.asarray(q, dtype=np.float64)


def _starts(codes: NDArray[np.int64]) -> Index:
    """First position of each run of equal codes."""
    return np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))


def _chunks(codes: NDArray[np.int64]) -> Chunks:
    starts = _starts(codes)
    n = len(codes)
    sizes = np.diff(np.append(starts, n))
    length = -(-n // len(starts))  # with the mean size as length, padding at most doubles the work
    pieces = -(-sizes // length)
    first = np.concatenate([[0], np.cumsum(pieces)[:-1]])
    owner = np.repeat(np.arange(len(starts)), pieces)
    offset = (np.arange(len(owner)) - first[owner]) * length
    rows = (starts[owner] + offset)[:, None] + np.arange(length)
    ends = (starts + sizes)[owner]
    return Chunks(np.where(rows < ends[:, None], rows, n), first, starts)


def _nested(groups: NDArray[np.int64], clusters: NDArray[np.int64]) -> bool:
    both = groups * (int(clusters.max()) + 1) + clusters
    return len(np.unique(both)) == len(np.unique(groups))
