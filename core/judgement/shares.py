"""What a share of so few says of the share of all: bounds that keep their width where nothing, or all, was counted.

Drawing anew what holds no case gives no case: there a bootstrap has no width at all. `n` is how many independent ones
were looked at; `k`, how many of them were cases, need not be whole where each stands for several files.
"""

from itertools import count
from math import ceil, log, sqrt
from statistics import NormalDist


def wilson(k: float, n: int, level: float) -> tuple[float, float]:
    """Wilson's two-sided interval: it holds the share of all with the chance `level`, about."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle, half = (k + z * z / 2) / (n + z * z), z / (n + z * z) * sqrt(max(0.0, k * (n - k) / n) + z * z / 4)
    return middle - half, middle + half


def at_most(k: float, n: int, level: float) -> float:
    """Clopper and Pearson's one-sided bound: the share of all is no higher with the chance `level`, at least."""
    from scipy.special import betaincinv  # takes a while, which no start of a worker should

    return 1.0 if k >= n else float(betaincinv(k + 1, n - k, level))


def needed(bound: float, level: float, k: int = 0) -> int:
    """How many must be looked at, with `k` cases among them, until `at_most` is as low as `bound`."""
    with_none = ceil(log(1 - level) / log(1 - bound))
    return next(n for n in count(with_none) if k == 0 or at_most(k, n, level) <= bound)
