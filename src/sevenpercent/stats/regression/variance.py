r"""The kinds of standard error, each once: as a sum of squares of terms that are linear in the outcome.

With :math:`\tilde d` what the controls leave of the treatment (times the root of the weight),
:math:`\tilde y` what they leave of an outcome, :math:`\hat\tau = \tilde d'\tilde y / \tilde d'\tilde d`
and :math:`\hat e = \tilde y - \hat\tau\tilde d`, every variance in use is :math:`\sum_j m_j^2`:

=========== ==========================================================================
classical   :math:`m_i = \hat e_i / \sqrt{(n - k)\,\tilde d'\tilde d}`
hc1 to hc3  :math:`m_i = \omega_i \tilde d_i \hat e_i / \tilde d'\tilde d`, :math:`\omega_i`
            being :math:`\sqrt{n/(n-k)}`, :math:`(1-h_i)^{-1/2}` and :math:`(1-h_i)^{-1}`
hc2_bm      as hc2, with the degrees of freedom of :func:`satterthwaite`
cr1         :math:`m_g = \sqrt{\tfrac{G}{G-1}\tfrac{n-1}{n-k}} \sum_{i \in g} \tilde d_i \hat e_i / \tilde d'\tilde d`
cr3         :math:`m_g = \hat\tau_{(g)} - \hat\tau`, the estimate without cluster g less that with all
=========== ==========================================================================

:mod:`.batched` multiplies the squares out into moments, so that millions of treatments cost a few
products of matrices; single fits and fixed designs take the terms themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from sevenpercent.errors import InputError, demand
from sevenpercent.stats.regression.projection import ROUNDING, Array, Index, Projection

Errors = Literal["classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"]


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t distribution.

    Examples
    --------
    >>> round(t_quantile(0.975, 30), 3)
    2.042
    """
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def two_sided_p(t: float, df: float) -> float:
    """Probability of a t value at least as far from zero.

    Examples
    --------
    >>> round(two_sided_p(-2.042, 30), 3)
    0.05
    """
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def known_kind(errors: str) -> None:
    """Refuse a kind of errors that does not exist, naming the nearest that does."""
    demand(errors, get_args(Errors), "Unknown kind of errors")


def residual_df(p: Projection, errors: Errors) -> float:
    """Degrees of freedom: units less coefficients, or clusters less one when errors are clustered."""
    if errors.startswith("cr"):
        assert p.chunks is not None
        return float(p.chunks.clusters - 1)
    return float(p.n - p.used - 1)


def cr1_scale(p: Projection) -> float:
    """Factor of the CR1 variance; effects count as coefficients."""
    assert p.chunks is not None
    groups = p.chunks.clusters
    return groups / (groups - 1) * (p.n - 1) / (p.n - p.used - 1)


def terms(
    p: Projection, errors: Errors, d: Array, y: Array, label: Callable[[int], str] = str
) -> tuple[Array, Array, float]:
    """Estimates of many outcomes on one treatment, and what adds up to their variances.

    Raises InputError: one unit or cluster alone determines a coefficient, so that these errors do
    not exist.

    `p`: controls, weights, effects and clusters. `d` (n): what `p` leaves of the treatment, which
    must vary. `y` (n x m): what `p` leaves of the outcomes. `label`: name of the i-th unit of `p`,
    for messages.

    Returns the estimates (m); terms (units or clusters x m), linear in the outcomes: the standard
    errors are the roots of the sums of their squares; degrees of freedom of the t distribution.
    """
    size = float(d @ d)
    estimate: Array = d @ y / size
    df = residual_df(p, errors)
    if errors == "cr3":
        return estimate, _without_each(p, d, y, estimate, label), df
    left = y - np.outer(d, estimate)
    if errors == "cr1":
        assert p.chunks is not None
        sums: Array = np.add.reduceat(d[:, None] * left, p.chunks.units, axis=0)
        sums *= np.sqrt(cr1_scale(p)) / size
        return estimate, sums, df
    if errors == "classical":
        left /= np.sqrt(size * df)
        return estimate, left, df
    factor = np.full(p.n, np.sqrt(p.n / df))
    if errors != "hc1":
        free = 1 - p.leverage() - d**2 / size
        worst = int(free.argmin())
        if free[worst] < ROUNDING:
            problem = f"One unit alone determines a coefficient, so {errors} errors do not exist"
            fix = "Leave the unit or that control out, or use hc1."
            raise InputError(problem, value=label(worst), fix=fix)
        factor = 1 / free if errors == "hc3" else 1 / np.sqrt(free)
        if errors == "hc2_bm":
            df = float(satterthwaite(p.basis, d[:, None] / np.sqrt(size), free[:, None])[0])
    left *= (factor * d / size)[:, None]
    return estimate, left, df


def _without_each(
    p: Projection, d: Array, y: Array, estimate: Array, label: Callable[[int], str]
) -> Array:
    """Estimate without each cluster, less the estimate with all; no refit, see ``batched``."""
    assert p.chunks is not None
    starts = p.chunks.units
    sizes = np.diff(np.append(starts, p.n))
    own, inverse = without_clusters(p.basis, starts)
    a = np.add.reduceat(p.basis * d[:, None], starts, axis=0)
    v = np.einsum("gkl,gl->gk", inverse, a)
    helped = d + (p.basis * np.repeat(v, sizes, axis=0)).sum(axis=1)
    size = float(d @ d)
    rest = size - np.add.reduceat(d * d, starts) - (a * v).sum(axis=1)
    bad = (own < ROUNDING) | (rest <= ROUNDING * size)
    if bad.any():
        problem = "One cluster alone determines a coefficient, so cr3 errors do not exist"
        which, fix = label(int(starts[bad.argmax()])), "Leave that control out, or use cr1."
        raise InputError(problem, value=which, fix=fix)
    taken = np.add.reduceat(helped[:, None] * y, starts, axis=0)
    out: Array = (size * estimate - taken) / rest[:, None] - estimate
    return out


def without_clusters(basis: Array, starts: Index) -> tuple[Array, Array]:
    r"""What the other clusters have to estimate the controls with.

    `basis` (n x k): orthonormal, units sorted by cluster; `starts` (clusters): first unit of each.
    Returns the smallest eigenvalue of :math:`I - Q_g'Q_g` (clusters), below rounding where cluster
    g alone determines a control; and its inverse (clusters x k x k), the identity where there is none.
    """
    k = basis.shape[1]
    parts = np.split(basis, starts[1:])
    left = np.eye(k) - np.stack([part.T @ part for part in parts])
    least: Array = np.ones(len(starts))
    if k:
        least = np.linalg.eigvalsh(left)[:, 0].astype(np.float64)
    inverse: Array = np.linalg.inv(np.where((least < ROUNDING)[:, None, None], np.eye(k), left))
    return least, inverse


def satterthwaite(basis: Array, own: Array, free: Array, pairs: Array | None = None) -> Array:
    r"""Degrees of freedom of HC2 errors for each of several regressions, after Bell and McCaffrey.

    The HC2 variance is a sum of squares of normal variables when errors are; Satterthwaite's
    approximation matches the first two moments of a chi-square under equal variances:

    .. math:: \nu = \frac{(\operatorname{tr} G'G)^2}{\operatorname{tr}\,(G'G)^2}, \qquad
              G_i = \frac{\tilde d_i}{\sqrt{1 - h_i}} (I - H)_{\cdot i}

    a number between 1 and n - k. For the means of two groups of :math:`n_0` and :math:`n_1` units it
    is :math:`\frac{(n_0+n_1)^2(n_0-1)(n_1-1)}{n_1^2(n_1-1)+n_0^2(n_0-1)}`.

    `basis` (n x k): orthonormal columns that all regressions share. `own` (n x B): what is left of
    the treatment of each, of length one. `free` (n x B): one minus the leverage of each unit.
    `pairs` (k^2 x n): products of the columns of `basis`; they pay where there are many
    regressions.

    References
    ----------
    Bell and McCaffrey 2002, Survey Methodology 28(2), 169-181. Imbens and Kolesár 2016,
    doi:10.1162/REST_a_00552.
    """
    g = own**2 / free  # its scale does not matter
    # G'G has entries sqrt(g_i g_j) (I - H)_ij; its square needs only k x k products, with H = QQ'.
    square: Array = (g**2 * (2 * free - 1)).sum(axis=0)
    if pairs is None:
        square += [((basis.T @ (basis * c[:, None])) ** 2).sum() for c in g.T]
    else:
        square += ((pairs @ g) ** 2).sum(axis=0)
    along = g * own
    square += 2 * ((basis.T @ along) ** 2).sum(axis=0) + (along * own).sum(axis=0) ** 2
    return 1 / square  # the trace is 1, as the squares of a unit column add up to it


def products(basis: Array) -> Array:
    """Products of each two columns, k^2 x n."""
    n, k = basis.shape
    return np.ascontiguousarray((basis[:, :, None] * basis[:, None, :]).reshape(n, k * k).T)
