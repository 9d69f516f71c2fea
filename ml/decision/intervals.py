"""The interval of a share that was counted."""

from math import sqrt

Z = 1.959964  # of 95 %


def wilson(share: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share seen in `count` independent trials; (0, 1) for none.

    Wilson (1927): unlike the textbook interval it holds for few trials and for shares near 0 or 1.
    """
    if not count:
        return 0.0, 1.0
    squared = Z * Z / count
    middle = share + squared / 2
    reach = Z * sqrt(share * (1 - share) / count + squared / (4 * count))
    return max((middle - reach) / (1 + squared), 0.0), min((middle + reach) / (1 + squared), 1.0)
