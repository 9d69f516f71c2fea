"""Every formula of `ml.evaluation.metrics` against tables worked out by hand."""

import numpy as np
import pytest

from ml.evaluation import metrics

# Ten impostor scores and five genuine ones; what each threshold does:
#   t      FMR (>= t)   FNMR (< t)
#   0.95   0            4/5   (0.7 0.6 0.8 0.35 below; 0.95 itself matches)
#   0.75   1/10         3/5
#   0.65   1/10         3/5
#   0.50   2/10         1/5
#   0.30   4/10         0
GENUINE = [0.95, 0.80, 0.70, 0.60, 0.35]
IMPOSTOR = [0.75, 0.55, 0.40, 0.30, 0.25, 0.20, 0.15, 0.10, 0.05, 0.00]


@pytest.mark.parametrize(
    ("threshold", "fmr", "fnmr"),
    [(0.95, 0.0, 0.8), (0.75, 0.1, 0.6), (0.65, 0.1, 0.4), (0.50, 0.2, 0.2), (0.30, 0.4, 0.0)],
)
def test_rates_at_a_threshold(threshold, fmr, fnmr):
    assert metrics.fmr(IMPOSTOR, threshold) == pytest.approx(fmr)
    assert metrics.fnmr(GENUINE, threshold) == pytest.approx(fnmr)


@pytest.mark.parametrize(
    ("rate", "matches", "just_above"),
    [(0.0, 0, 0.75), (0.05, 0, 0.75), (0.1, 1, 0.55), (0.2, 2, 0.40), (0.39, 3, 0.30)],
)
def test_threshold_is_the_smallest_that_holds_the_rate(rate, matches, just_above):
    threshold = metrics.threshold_at_fmr(IMPOSTOR, rate)
    assert sum(score >= threshold for score in IMPOSTOR) == matches
    assert threshold > just_above
    assert threshold == pytest.approx(just_above)


def test_threshold_turns_ties_away_together():
    assert metrics.threshold_at_fmr([0.5, 0.5, 0.5, 0.1], 0.5) > 0.5
    assert metrics.threshold_at_fmr([0.5, 0.5, 0.5, 0.1], 0.75) == pytest.approx(0.1)


def test_threshold_is_not_robbed_of_a_match_by_rounding():
    impostor = np.arange(3000) / 3000
    threshold = metrics.threshold_at_fmr(impostor, 0.001)
    assert np.sum(impostor >= threshold) == 3


def test_threshold_at_rate_one_accepts_all():
    assert metrics.threshold_at_fmr(IMPOSTOR, 1.0) == 0.0


def test_true_matches_at_a_false_match_rate():
    # Threshold just above 0.55: 0.95, 0.80, 0.70, 0.60 match.
    assert metrics.tmr_at_fmr(GENUINE, IMPOSTOR, 0.1) == pytest.approx(4 / 5)
    assert metrics.fnmr_at_fmr(GENUINE, IMPOSTOR, 0.1) == pytest.approx(1 / 5)
    # Threshold just above 0.75: only 0.95 and 0.80 match.
    assert metrics.tmr_at_fmr(GENUINE, IMPOSTOR, 0.0) == pytest.approx(2 / 5)


def test_error_rates_run_from_no_match_to_all_match():
    rates = metrics.error_rates([0.9, 0.4], [0.6, 0.4])
    #  above 0.9 | 0.9 | 0.6 | 0.4
    assert rates.fmr.tolist() == [0.0, 0.0, 0.5, 1.0]
    assert rates.fnmr.tolist() == [1.0, 0.5, 0.5, 0.0]
    assert rates.thresholds[1:].tolist() == [0.9, 0.6, 0.4]
    assert rates.thresholds[0] > 0.9


def test_equal_error_rate_where_the_curves_meet():
    # At 0.55 both are 1/5 of five and 2/10 of ten.
    assert metrics.equal_error_rate(GENUINE, IMPOSTOR) == pytest.approx(0.2)


def test_equal_error_rate_between_two_thresholds():
    # genuine 0.3 0.8, impostor 0.5 0.1 0.0 0.2: at 0.8 (0, 1/2); at 0.5 (1/4, 1/2);
    # at 0.3 (1/4, 0). The gap goes from -1/4 to +1/4: halfway, with FMR 1/4 at both ends.
    assert metrics.equal_error_rate([0.3, 0.8], [0.5, 0.1, 0.0, 0.2]) == pytest.approx(0.25)


def test_equal_error_rate_of_separated_and_of_swapped_scores():
    assert metrics.equal_error_rate([0.8, 0.9], [0.1, 0.2]) == pytest.approx(0.0)
    assert metrics.equal_error_rate([0.1, 0.2], [0.8, 0.9]) == pytest.approx(1.0)


def test_area_under_the_curve_counts_won_comparisons():
    # 0.9 beats both; 0.4 ties with 0.4 (one half) and loses to 0.6: 2.5 of 4.
    assert metrics.roc_auc([0.9, 0.4], [0.6, 0.4]) == pytest.approx(2.5 / 4)


def test_best_threshold_lies_between_the_scores_it_parts():
    assert metrics.best_accuracy_threshold([0.1, 0.2, 0.6, 0.8], [0, 0, 1, 1]) == pytest.approx(0.4)


def test_kfold_takes_the_threshold_from_the_other_folds():
    # Fold 1 parts at 0.5, fold 2 at 0.75. At 0.75 fold 1 gets 0.6 wrong: 3 of 4.
    # At 0.5 fold 2 gets 0.7 wrong: 3 of 4.
    scores = [0.1, 0.4, 0.6, 0.9, 0.2, 0.7, 0.8, 0.9]
    labels = [0, 0, 1, 1, 0, 0, 1, 1]
    folds = [1, 1, 1, 1, 2, 2, 2, 2]
    mean, deviation, per_fold = metrics.kfold_accuracy(scores, labels, folds)
    assert per_fold == [0.75, 0.75]
    assert mean == pytest.approx(0.75)
    assert deviation == pytest.approx(0.0)


def test_kfold_mean_and_deviation_over_folds():
    # Fold 3 is labelled the wrong way round; folds 1 and 2 are parted at 0.5 by any of the rest.
    scores = [0.2, 0.8] * 6
    labels = [0, 1] * 5 + [1, 0]
    folds = [1] * 4 + [2] * 6 + [3] * 2
    mean, deviation, per_fold = metrics.kfold_accuracy(scores, labels, folds)
    assert per_fold == [1.0, 1.0, 0.0]
    assert mean == pytest.approx(2 / 3)
    assert deviation == pytest.approx(np.sqrt(2) / 3)


def test_precision_and_recall():
    # At 0.5: called 0.9 (right), 0.6 (wrong), 0.5 (right); missed 0.3.
    assert metrics.precision_recall_at([0.9, 0.6, 0.5, 0.3], [1, 0, 1, 1], 0.5) == pytest.approx(
        (2 / 3, 2 / 3)
    )
    assert metrics.precision_recall_at([0.1, 0.2], [1, 0], 0.5) == (1.0, 0.0)


def test_calibration_table_and_error():
    # Two bins. Low: 0.1, 0.3 -> mean 0.2, one of two genuine. High: 0.5, 0.9, 1.0 -> 0.8, two of
    # three. Error: 2/5 * |0.2 - 0.5| + 3/5 * |0.8 - 2/3| = 0.12 + 0.08 = 0.20
    probabilities, labels = [0.1, 0.3, 0.5, 0.9, 1.0], [0, 1, 0, 1, 1]
    low, high = metrics.calibration_table(probabilities, labels, bins=2)
    assert low == (0.0, 0.5, 2, pytest.approx(0.2), 0.5)
    assert high == (0.5, 1.0, 3, pytest.approx(0.8), pytest.approx(2 / 3))
    assert metrics.expected_calibration_error(probabilities, labels, bins=2) == pytest.approx(0.20)


def test_calibration_leaves_empty_bins_out():
    table = metrics.calibration_table([0.05, 0.95], [0, 1], bins=10)
    assert [row.count for row in table] == [1, 1]


def test_bootstrap_of_a_constant_is_a_point():
    assert metrics.bootstrap_interval(np.mean, [0.3] * 20, resamples=50) == pytest.approx(
        (0.3, 0.3)
    )


def test_bootstrap_of_a_share_has_the_binomial_width():
    # 100 of 400: standard error sqrt(.25 * .75 / 400) = 0.02165, so 0.25 +- 0.0424.
    sample = np.repeat([1.0, 0.0], [100, 300])
    low, high = metrics.bootstrap_interval(np.mean, sample, resamples=4000, seed=1)
    assert low == pytest.approx(0.25 - 0.0424, abs=0.005)
    assert high == pytest.approx(0.25 + 0.0424, abs=0.005)


def test_bootstrap_draws_each_sample_by_itself():
    # With samples of one value each no resample can differ.
    interval = metrics.bootstrap_interval(
        lambda a, b: float(a.mean() - b.mean()), np.ones(5), np.zeros(9), resamples=20
    )
    assert interval == (1.0, 1.0)


def test_bootstrap_is_repeated_by_its_seed():
    sample = np.arange(30.0)
    first = metrics.bootstrap_interval(np.mean, sample, resamples=100, seed=3)
    assert metrics.bootstrap_interval(np.mean, sample, resamples=100, seed=3) == first
    assert metrics.bootstrap_interval(np.mean, sample, resamples=100, seed=4) != first


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.threshold_at_fmr([], 0.1), "no impostor scores"),
        (lambda: metrics.threshold_at_fmr([0.1], 1.5), "between 0 and 1"),
        (lambda: metrics.fnmr([np.nan], 0.1), "finite"),
        (lambda: metrics.kfold_accuracy([0.1], [1], [1]), "two folds"),
        (lambda: metrics.kfold_accuracy([0.1, 0.2], [1], [1, 2]), "2 scores but 1 labels"),
        (lambda: metrics.kfold_accuracy([0.1, 0.2], [1, 0], [1]), "fold numbers"),
        (lambda: metrics.calibration_table([1.2], [1]), "between 0 and 1"),
        (lambda: metrics.calibration_table([0.2], [1], bins=0), "one bin"),
        (lambda: metrics.bootstrap_interval(np.mean, []), "at least one row"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
