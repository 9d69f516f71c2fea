"""Is a curve flat, and did requests become slower? With intervals, since a machine's figures scatter."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.95
# Requests that are drawn together: those of one moment are slow together, and a backlog lasts up to a minute. So
# many blocks a quarter has, unless they would be shorter than this.
BLOCKS, BLOCK = 15, 10.0  # seconds
RESAMPLES = 500


@dataclass(frozen=True)
class Slope:
    """Growth a second by a straight line, with its interval, over `seconds`; `start` is its value at the
    first sample."""

    value: float
    low: float
    high: float
    start: float
    seconds: float

    @property
    def growth(self) -> float:
        return self.value * self.seconds

    @property
    def sure_growth(self) -> float:
        """What it has grown by at least, with 97.5 % confidence."""
        return self.low * self.seconds

    def by_hour(self) -> tuple[float, float, float]:
        return 3600 * self.value, 3600 * self.low, 3600 * self.high


def slope(times: np.ndarray, values: np.ndarray) -> Slope:
    """A least-squares line. Samples in a row are alike, so they count as fewer than they are: as many as
    independent ones with the same information, by the correlation of neighbours (an AR(1) process).

    Raises:
        ValueError: there are fewer than five samples.
    """
    times, values = np.asarray(times, float), np.asarray(values, float)
    n = len(times)
    if n < 5:
        raise ValueError("A slope needs five samples.")
    off = times - times.mean()
    value = float(off @ values / (off @ off))
    residuals = values - values.mean() - value * off
    spread = float(residuals @ residuals)
    alike = float(residuals[1:] @ residuals[:-1]) / spread if spread > 1e-12 else 0.0
    independent = max(n * (1 - alike) / (1 + alike), 4.0) if alike > 0 else float(n)
    error = np.sqrt(spread / (independent - 2) / (off @ off))
    margin = float(stats.t.ppf((1 + LEVEL) / 2, independent - 2) * error)
    start = float(values.mean() + value * off[0])
    return Slope(value, value - margin, value + margin, start, float(times[-1] - times[0]))


@dataclass(frozen=True)
class Ratio:
    """A 95th percentile at the end by that at the beginning, with its interval."""

    first: float
    last: float
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.last / self.first


def p95(seconds: np.ndarray) -> float:
    return float(np.quantile(seconds, 0.95))


def slowing(due: np.ndarray, seconds: np.ndarray, *, seed: int = 20) -> Ratio:
    """The last quarter's 95th percentile by the first quarter's; the interval by a bootstrap over blocks.

    Raises:
        ValueError: a quarter has no request.
    """
    due, seconds = np.asarray(due, float), np.asarray(seconds, float)
    if not len(due):
        raise ValueError("There is no request.")
    start, end = due.min(), due.max()
    quarter = (end - start) / 4
    parts = [due <= start + quarter, due >= end - quarter]
    if not all(part.any() for part in parts):
        raise ValueError("A quarter has no request.")
    rng = np.random.default_rng(seed)
    block = max(BLOCK, quarter / BLOCKS)
    first, last = (_resampled(due[part], seconds[part], block, rng) for part in parts)
    low, high = np.quantile(last / first, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Ratio(p95(seconds[parts[0]]), p95(seconds[parts[1]]), float(low), float(high))


def _resampled(
    due: np.ndarray, seconds: np.ndarray, block: float, rng: np.random.Generator
) -> np.ndarray:
    number = ((due - due.min()) // block).astype(int)
    blocks = [seconds[number == each] for each in np.unique(number)]
    return np.array(
        [
            p95(np.concatenate([blocks[k] for k in rng.integers(0, len(blocks), len(blocks))]))
            for _ in range(RESAMPLES)
        ]
    )
