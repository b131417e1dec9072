"""Light heads: figures against hand-worked ones, refusal of what is unlike, files that cannot run."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from assistant.vision.encoder_errors import HeadUnusable, TooFewPictures
from assistant.vision.heads import About, judge
from assistant.vision.heads_file import load, load_all, save
from assistant.vision.heads_fit import fit_logistic, fit_platt, probabilities, space_of
from assistant.vision.heads_scores import (
    brier,
    by_group,
    calibration_error,
    ranking,
    rates,
    threshold_for,
)
from assistant.vision.heads_train import Labelled, folds_of, train

ABOUT = About("finding", "tiny", "made", "2026-01-01", {})


def made(count: int = 400, gap: float = 1.2, seed: int = 0) -> Labelled:
    rng = np.random.default_rng(seed)
    truths = rng.random(count) < 0.4
    vectors = rng.normal(size=(count, 40)).astype(np.float32)
    vectors[:, :3] += gap * truths[:, None]
    return Labelled(vectors, truths)


def test_the_area_is_the_share_of_pairs_in_order():
    scores = np.array([0.1, 0.4, 0.4, 0.8, 0.35])
    truths = np.array([False, True, False, True, False])
    # Pairs (with, without): 0.4 against 0.1, 0.4, 0.35 and 0.8 against the same.
    assert ranking(scores, truths).auc == pytest.approx((1 + 0.5 + 1 + 3) / 6)


def test_the_interval_holds_the_true_area_nearly_always():
    from math import erf

    rng = np.random.default_rng(1)
    held, true = 0, 0.5 * (1 + erf(1.0 / 2))
    for _ in range(200):
        truths = np.arange(120) < 50
        found = ranking(rng.normal(size=120) + truths * 1.0, truths)
        held += found.low <= true <= found.high
    assert 182 <= held <= 200


def test_a_perfect_order_has_an_interval_within_one():
    found = ranking(np.array([0.0, 0.1, 0.9, 1.0]), np.array([False, False, True, True]))
    assert found.auc == 1.0
    assert found.low <= found.high <= 1.0


def test_the_threshold_still_calls_as_many_as_wanted():
    scores, truths = np.arange(20) / 20, np.arange(20) >= 10
    threshold = threshold_for(scores, truths, 0.8)
    assert rates(scores, truths, threshold).sensitivity == 0.8
    assert rates(scores, truths, threshold_for(scores, truths, 1.0)).sensitivity == 1.0


def test_calibration_and_brier_by_hand():
    said, truths = np.array([0.05, 0.05, 0.95, 0.95]), np.array([False, True, True, True])
    assert calibration_error(said, truths) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert brier(said, truths) == pytest.approx((0.05**2 + 0.95**2 + 2 * 0.05**2) / 4)


def test_groups_with_too_few_pictures_get_no_figures():
    truths = np.tile([True, False], 30)
    groups = ["a"] * 50 + ["b"] * 10
    found = by_group(np.linspace(0, 1, 60), truths, groups, 0.5)
    assert found["a"] is not None
    assert found["b"] is None


def test_the_regression_finds_the_slope_of_the_data():
    rng = np.random.default_rng(3)
    places = rng.normal(size=(20_000, 2))
    odds = 1 / (1 + np.exp(-(1.5 * places[:, 0] - 0.5)))
    weights, constant = fit_logistic(places, rng.random(20_000) < odds, 1e-6)
    assert weights == pytest.approx([1.5, 0.0], abs=0.1)
    assert constant == pytest.approx(-0.5, abs=0.1)


def test_the_slope_of_the_loss_is_nought_at_the_solution():
    data = made(150)
    places, penalty = data.vectors.astype(float), 0.05
    weights, constant = fit_logistic(places, data.truths, penalty)
    said = 1 / (1 + np.exp(-(places @ weights + constant)))
    assert np.abs(places.T @ (said - data.truths) / 150 + penalty * weights).max() < 1e-4
    assert abs((said - data.truths).mean()) < 1e-4


def test_separable_pictures_do_not_make_for_certainty():
    scores = np.r_[np.full(30, -5.0), np.full(30, 5.0)]
    truths = np.arange(60) >= 30
    chances = probabilities(scores, fit_platt(scores, truths))
    assert 0.01 < chances.min() < 0.1
    assert 0.9 < chances.max() < 0.99


def test_platt_brings_scores_to_what_is_true():
    rng = np.random.default_rng(4)
    scores = rng.normal(size=8000) * 3
    truths = rng.random(8000) < 1 / (1 + np.exp(-(0.5 * scores - 1)))
    slope, shift = fit_platt(scores, truths)
    assert (slope, shift) == pytest.approx((0.5, -1.0), abs=0.12)


def test_what_is_told_holds_for_new_pictures():
    head, report = train(made(gap=1.2, seed=0), ABOUT)
    fresh = made(1500, gap=1.2, seed=99)
    chances = np.array([judge(head, vector).probability or 0.0 for vector in fresh.vectors])
    area = ranking(chances, fresh.truths).auc
    assert report.ranking.low - 0.02 <= area <= report.ranking.high + 0.02
    assert calibration_error(chances, fresh.truths) < 0.08
    assert rates(chances, fresh.truths, head.threshold).sensitivity > 0.88


def test_labels_by_chance_are_not_learnt():
    rng = np.random.default_rng(6)
    data = replace(made(), truths=rng.random(400) < 0.4)
    _, report = train(data, ABOUT)
    assert report.ranking.low < 0.5 < report.ranking.high


def test_what_is_unlike_the_training_pictures_gets_no_probability():
    head, report = train(made(), ABOUT)
    rng = np.random.default_rng(7)
    strange = rng.normal(size=(50, 40)).astype(np.float32) * 4 + 6
    assert not any(judge(head, vector).known for vector in strange)
    assert np.mean([judge(head, vector).known for vector in made(300, seed=5).vectors]) > 0.95
    assert report.refused < 0.03


def test_numbers_that_are_none_get_no_probability():
    head, _ = train(made(), ABOUT)
    assert not judge(head, np.full(40, np.nan, np.float32)).known


def test_pictures_of_a_patient_stay_together():
    truths = np.arange(100) % 2 == 0
    patients = [f"p{index // 5}" for index in range(100)]
    folds = folds_of(truths, 5, patients)
    assert all(len(set(folds[start : start + 5])) == 1 for start in range(0, 100, 5))


def test_pictures_of_a_patient_on_both_sides_would_flatter():
    """Each patient has a look of its own that says nothing of others: it must not be rewarded."""
    rng = np.random.default_rng(8)
    looks, truths = rng.normal(size=(60, 40)) * 3, rng.random(60) < 0.5
    vectors = (np.repeat(looks, 8, axis=0) + rng.normal(size=(480, 40)) * 0.2).astype(np.float32)
    patients = tuple(f"p{index // 8}" for index in range(480))
    many = np.repeat(truths, 8)
    apart = train(Labelled(vectors, many, (), patients), ABOUT)[1].ranking.auc
    mixed = train(Labelled(vectors, many), ABOUT)[1].ranking.auc
    assert mixed > 0.9
    assert apart < 0.75


@pytest.mark.parametrize("positives", [0, 10, 390])
def test_too_few_pictures_are_a_plain_message(positives: int):
    data = replace(made(), truths=np.arange(400) < positives)
    with pytest.raises(TooFewPictures, match=f"{positives} and {400 - positives}"):
        train(data, ABOUT)


def test_more_numbers_than_pictures_are_no_trouble():
    rng = np.random.default_rng(9)
    truths = np.arange(60) < 30
    vectors = rng.normal(size=(60, 500)).astype(np.float32)
    vectors[:, 0] += 4 * truths
    space = space_of(vectors.astype(float))
    assert len(space.directions) < 60
    assert np.isfinite(train(Labelled(vectors, truths), ABOUT)[1].ranking.auc)


def test_a_head_comes_back_as_it_was(tmp_path):
    head, _ = train(made(), ABOUT)
    save(head, tmp_path / "x.head")
    again = load(tmp_path / "x.head")
    assert again.about == head.about
    for vector in made(20, seed=11).vectors:
        first, second = judge(head, vector), judge(again, vector)
        assert first.known == second.known
        assert (first.probability or 0) == pytest.approx(second.probability or 0, abs=1e-4)


def test_damaged_heads_are_left_out_and_told(tmp_path):
    head, _ = train(made(), ABOUT)
    save(head, tmp_path / "good.head")
    whole = (tmp_path / "good.head").read_bytes()
    (tmp_path / "half.head").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.head").write_bytes(b"no head")
    with zipfile.ZipFile(tmp_path / "empty.head", "w") as archive:
        archive.writestr("about.json", "{}")
    heads, wrong = load_all(tmp_path)
    assert len(heads) == 1
    assert len(wrong) == 3
    assert all("Train it again" in text for text in wrong)


def test_a_head_with_objects_inside_is_refused(tmp_path):
    head, _ = train(made(), ABOUT)
    save(head, tmp_path / "x.head")
    with zipfile.ZipFile(tmp_path / "x.head") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    held = io.BytesIO()
    np.save(held, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    parts["weights.npy"] = held.getvalue()
    with zipfile.ZipFile(tmp_path / "y.head", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(HeadUnusable, match="damaged"):
        load(tmp_path / "y.head")


def test_a_head_with_numbers_that_are_none_is_refused(tmp_path):
    head, _ = train(made(), ABOUT)
    save(replace(head, weights=np.full_like(head.weights, np.nan)), tmp_path / "x.head")
    with pytest.raises(HeadUnusable, match="fit together"):
        load(tmp_path / "x.head")
