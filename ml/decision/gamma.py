"""Quantiles of the gamma distribution of scale 1, far out in its lower tail too, without SciPy: serving needs none."""

import math
from functools import lru_cache

import numpy as np

TERMS = 200  # of the series: enough for shapes and quantiles up to 100
STEPS = 80  # of a search by halves: to one part in 10 ** 20 of where it began
LEAST, MOST = 0.5, 100.0  # shapes


def log_share_below(x, shape: float) -> np.ndarray:
    """The logarithm of the share that lies below x, by its series; float (...) -> (...)."""
    x = np.asarray(x, np.float64)
    terms = np.cumprod(x[..., None] / (shape + 1 + np.arange(TERMS)), axis=-1)
    return shape * np.log(x) - x - math.lgamma(shape + 1) + np.log1p(terms.sum(axis=-1))


@lru_cache(maxsize=64)
def quantiles(shares: tuple[float, ...], shape: float) -> np.ndarray:
    """The numbers below which these shares, above 0 and below 1, lie: (n,)."""
    wanted = np.log(np.asarray(shares, np.float64))
    # Below x lies less than x ** shape / Gamma(shape + 1), and more than that times exp(-x).
    low = (wanted + math.lgamma(shape + 1)) / shape
    high = np.full_like(low, math.log(10 * MOST))
    for _ in range(STEPS):
        middle = (low + high) / 2
        below = log_share_below(np.exp(middle), shape) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found = np.exp(low)
    found.setflags(write=False)  # everybody is given the same
    return found


@lru_cache(maxsize=64)
def shape_of(ratio: float, common: float, rare: float) -> float | None:
    """The shape with so many times as large a quantile at one share as at a rarer one; None where no shape
    from LEAST to MOST has it."""

    def of(shape: float) -> float:
        one, other = quantiles((common, rare), shape)
        return float(one / other)

    low, high = LEAST, MOST
    if not of(high) <= ratio <= of(low):
        return None
    for _ in range(STEPS // 2):
        middle = (low + high) / 2
        low, high = (middle, high) if of(middle) > ratio else (low, middle)
    return low
