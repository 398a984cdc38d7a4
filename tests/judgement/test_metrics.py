"""The figures, against values worked out by hand and against scikit-learn."""

from functools import partial

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from core.judgement import metrics

ONCE = np.ones((6, 1))
FAKE = np.array([False, False, False, True, True, True])
SCORE = np.array([0.1, 0.4, 0.8, 0.4, 0.6, 0.95])


def noisy(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that lean towards them, with ties."""
    rng = np.random.default_rng(seed)
    fake = rng.random(n) < 0.5
    return fake, np.round(np.clip(rng.normal(0.4 + 0.2 * fake, 0.2), 0, 1), 2)


def test_auc_by_hand() -> None:
    # 9 pairs: 0.4 beats 0.1 and ties once (1½), 0.6 beats 0.1 and 0.4 (2), 0.95 beats all (3).
    assert metrics.auc(FAKE, SCORE, ONCE) == pytest.approx([6.5 / 9])


def test_auc_agrees_with_scikit_learn_under_every_weighting() -> None:
    fake, score = noisy(200, seed=1)
    weights = metrics.resampled([f"g{i % 37}" for i in range(200)], n=20, seed=3)
    expected = [roc_auc_score(fake, score, sample_weight=w) for w in weights.T]
    assert metrics.auc(fake, score, weights) == pytest.approx(expected)


def test_eer_by_hand() -> None:
    # ROC points from the top: (0, 0), (0, 1/3), (1/3, 1/3), (1/3, 2/3): there misses = false alarms = 1/3.
    assert metrics.eer(FAKE, SCORE, ONCE) == pytest.approx([1 / 3])


def test_eer_between_two_points_of_the_curve() -> None:
    # One tie of both classes joins (0, 0) and (1, 1) by a line, which crosses FPR = 1 − TPR at ½.
    assert metrics.eer(np.array([False, True]), np.array([0.5, 0.5]), np.ones((2, 1))) == pytest.approx([0.5])


def test_eer_of_a_perfect_and_of_an_inverted_ranking() -> None:
    fake = np.array([False, False, True, True])
    assert metrics.eer(fake, np.array([0.1, 0.2, 0.8, 0.9]), np.ones((4, 1))) == pytest.approx([0])
    assert metrics.eer(fake, np.array([0.8, 0.9, 0.1, 0.2]), np.ones((4, 1))) == pytest.approx([1])


def test_tpr_at_fpr_does_not_interpolate() -> None:
    assert metrics.tpr_at_fpr(FAKE, SCORE, ONCE, fpr=0.05) == pytest.approx([1 / 3])
    assert metrics.tpr_at_fpr(FAKE, SCORE, ONCE, fpr=0.34) == pytest.approx([2 / 3])


def test_tpr_at_fpr_agrees_with_scikit_learns_curve() -> None:
    fake, score = noisy(400, seed=2)
    false_alarms, hits, _ = roc_curve(fake, score, drop_intermediate=False)
    expected = hits[false_alarms <= 0.05].max()
    assert metrics.tpr_at_fpr(fake, score, np.ones((400, 1)), fpr=0.05) == pytest.approx([expected])


def test_ece_by_hand() -> None:
    # Two bins of 15: {0.02, 0.04} with one fake, |0.06 − 1| = 0.94; {0.7} that is fake, |0.7 − 1| = 0.3.
    fake, score = np.array([False, True, True]), np.array([0.02, 0.04, 0.7])
    assert metrics.ece(fake, score, np.ones((3, 1))) == pytest.approx([(0.94 + 0.3) / 3])


def test_a_score_of_one_falls_into_the_last_bin() -> None:
    assert metrics.ece(np.array([True]), np.array([1.0]), np.ones((1, 1))) == pytest.approx([0])


def test_aurc_by_hand() -> None:
    # Surest first: right, wrong, right → risks 0, 1/2, 1/3.
    fake, score = np.array([True, True, False]), np.array([0.99, 0.1, 0.3])
    assert metrics.aurc(fake, score, np.ones((3, 1))) == pytest.approx([(0 + 1 / 2 + 1 / 3) / 3])


def test_aurc_does_not_depend_on_the_order_of_equally_sure_items() -> None:
    fake, score = np.array([True, False]), np.array([0.9, 0.9])
    both = [metrics.aurc(fake[o], score[o], np.ones((2, 1)))[0] for o in ([0, 1], [1, 0])]
    assert both == pytest.approx([0.5, 0.5])


def test_a_weight_of_two_is_the_item_twice() -> None:
    fake, score = noisy(60, seed=5)
    counts = np.random.default_rng(0).integers(0, 3, 60)
    twice = np.repeat(np.arange(60), counts)
    for figure in (metrics.auc, metrics.eer, metrics.ece, metrics.aurc, metrics.confidently_wrong):
        by_weight = figure(fake, score, counts[:, None].astype(float))
        assert by_weight == pytest.approx(figure(fake[twice], score[twice], np.ones((len(twice), 1))))


def test_confidently_wrong_counts_both_sides_and_nothing_at_the_border() -> None:
    fake, score = np.array([False, False, True, True]), np.array([0.91, 0.9, 0.05, 0.5])
    assert metrics.confidently_wrong(fake, score, np.ones((4, 1))) == pytest.approx([0.5])


def test_flagged_genuine_looks_at_genuine_items_only() -> None:
    flagged = np.array([True, False, False, True, True, True])
    assert metrics.flagged_genuine(FAKE, flagged, ONCE) == pytest.approx([1 / 3])


@pytest.mark.parametrize("fake", [True, False])
def test_where_a_class_is_missing_nothing_is_invented(fake: bool) -> None:
    labels, score = np.full(6, fake), SCORE
    resamples = metrics.resampled(list("abcdef"))
    figures = (metrics.auc, metrics.eer, partial(metrics.tpr_at_fpr, fpr=0.05))
    for figure in figures:
        assert metrics.with_interval(partial(figure, labels, score), resamples) is None


def test_no_items_give_no_figure() -> None:
    assert (
        metrics.with_interval(partial(metrics.auc, np.zeros(0, bool), np.zeros(0)), metrics.resampled([]))
        is None
    )


def test_groups_come_and_go_together() -> None:
    first, second, third, fourth, fifth = metrics.resampled(["a", "a", "b", "c", "c"], n=50)
    assert (first == second).all() and (fourth == fifth).all()
    assert (first + third + fourth == 3).all()
    assert first.std() > 0


def test_clips_of_one_person_give_a_wider_interval_than_as_many_people() -> None:
    rng = np.random.default_rng(4)
    people = rng.normal(0.5, 0.2, 30).clip(0, 1)
    score, wrong = np.repeat(people, 10), np.zeros(300, bool)
    flagged = score > 0.6
    figure = partial(metrics.flagged_genuine, wrong, flagged)
    alone = metrics.with_interval(figure, metrics.resampled([str(i) for i in range(300)]))
    tied = metrics.with_interval(figure, metrics.resampled([str(i // 10) for i in range(300)]))
    assert alone and tied
    assert width(tied) > 2 * width(alone)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    groups = [str(i) for i in range(100)]
    holds = 0
    for seed in range(200):
        chosen = rng.random(100) < 0.3
        resamples = metrics.resampled(groups, n=300, seed=seed)
        low, high = metrics.with_interval(partial(metrics.share, chosen), resamples)["ci"]
        holds += low <= 0.3 <= high
    assert 0.88 <= holds / 200 <= 0.99


def test_no_case_among_few_is_no_proof_that_there_is_none() -> None:
    groups = [str(i // 2) for i in range(68)]
    found = metrics.share_with_interval(
        partial(metrics.share, np.zeros(68, bool)), metrics.resampled(groups), len(set(groups))
    )
    assert found and found["value"] == 0 and found["ci"] == pytest.approx([0, 0.1015], abs=1e-4)  # Wilson's, 0 of 34


def test_the_interval_of_the_calibration_error_holds_it() -> None:
    rng = np.random.default_rng(1)
    score = rng.random(60)
    figure = partial(metrics.ece, rng.random(60) < score, score)
    resamples = metrics.resampled([str(i) for i in range(60)])
    found, drawn = metrics.distance_with_interval(figure, resamples), figure(resamples)
    assert found and found["value"] < np.median(drawn) - 0.02  # where percentiles would lie
    assert found["ci"][0] < found["value"] < found["ci"][1]
    assert width(found) == pytest.approx(np.subtract(*np.percentile(drawn, [97.5, 2.5])), abs=0.02)


def test_chance_alone_makes_a_calibration_error_of_few_items() -> None:
    few, many = (np.random.default_rng(2).random(n) for n in (50, 20_000))
    found = metrics.ece_of_perfect(few)
    labels = np.random.default_rng(3).random((50, 400)) < few[:, None]
    seen = [float(metrics.ece(fake, few, np.ones((50, 1)))[0]) for fake in labels.T]
    assert found and found["value"] == pytest.approx(np.mean(seen), abs=0.01)
    assert found["ci"] == pytest.approx(np.percentile(seen, [2.5, 97.5]), abs=0.02)
    at_length = metrics.ece_of_perfect(many, draws=20)
    assert at_length and at_length["value"] < 0.02 < found["value"]
    assert metrics.ece_of_perfect(np.empty(0)) is None


def test_a_seed_gives_its_own_resamples() -> None:
    once, again, other = (metrics.resampled(list("abcdef"), seed=seed) for seed in (1, 1, 2))
    assert (once == again).all() and (once != other).any()


def width(figure: dict) -> float:
    low, high = figure["ci"]
    return high - low
