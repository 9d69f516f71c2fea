"""Quantiles of the gamma distribution beside those of SciPy, which serving does not have."""

import numpy as np
import pytest
from scipy import stats

from ml.decision import gamma

SHARES = (0.99, 0.5, 1e-2, 1e-4, 1e-9, 1e-30)


@pytest.mark.parametrize("shape", [1.2, 6.0, 14.0, 28.0, 80.0])
def test_quantiles_are_those_of_scipy(shape):
    found = gamma.quantiles(SHARES, shape)

    assert found == pytest.approx(stats.gamma.ppf(SHARES, shape), rel=1e-9)


@pytest.mark.parametrize("shape", [0.8, 6.0, 28.0, 95.0])
def test_a_shape_is_found_by_the_ratio_of_two_quantiles(shape):
    common, rare = stats.gamma.ppf((1e-2, 1e-4), shape)

    assert gamma.shape_of(float(common / rare), 1e-2, 1e-4) == pytest.approx(shape, rel=1e-6)


@pytest.mark.parametrize("ratio", [1.0, 1e9])
def test_two_quantiles_that_no_shape_has_give_none(ratio):
    assert gamma.shape_of(ratio, 1e-2, 1e-4) is None


def test_whoever_was_given_quantiles_cannot_change_those_of_others():
    with pytest.raises(ValueError, match="read-only"):
        gamma.quantiles((0.5,), 6.0)[0] = np.nan
