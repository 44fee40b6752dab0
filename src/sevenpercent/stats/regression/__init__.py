"""Least squares with errors that hold in small samples: one core for one fit and for millions.

:func:`fit` gives one coefficient with everything needed to judge it, from a frame;
:func:`project` and :func:`regress` run every outcome on every treatment, from arrays;
:func:`linear` turns a design into fixed sums of its outcomes. All take the kinds of error of :mod:`.variance`.
"""

from sevenpercent.stats.regression.batched import WHY, Fits, regress
from sevenpercent.stats.regression.model import NoVariation, Prepared, codes, prepare
from sevenpercent.stats.regression.projection import (
    ROUNDING,
    Array,
    Degenerate,
    Projection,
    project,
)
from sevenpercent.stats.regression.single import Estimate, Linear, fit, huber, linear, without_each
from sevenpercent.stats.regression.variance import (
    Errors,
    t_quantile,
    terms,
    two_sided_p,
)
from sevenpercent.stats.regression.wild import NUMBERS as WILD
from sevenpercent.stats.regression.wild import Wild, vectors, wild

__all__ = [
    "ROUNDING", "WHY", "WILD", "Array", "Degenerate", "Errors", "Estimate", "Fits", "Linear",
    "NoVariation", "Prepared", "Projection", "Wild", "codes", "fit", "huber",
    "linear", "prepare", "project", "regress", "t_quantile", "terms", "two_sided_p", "vectors",
    "wild", "without_each",
]  # fmt: skip
