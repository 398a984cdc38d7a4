"""Figures of heatmaps, on maps whose figures are known by hand."""

import numpy as np
import pytest

from core.explain.localisation import GRID, hottest, middle_blob, overlap, patch_auc, pointing

SIDE = 48


def square(row: int, column: int, side: int = 16) -> np.ndarray:
    picture = np.zeros((SIDE, SIDE), np.float32)
    picture[row : row + side, column : column + side] = 1
    return picture


def test_a_map_that_is_the_mask_is_right_in_every_way() -> None:
    heat = square(8, 8)[None]
    mask = heat > 0
    assert pointing(heat, mask).tolist() == [True]
    assert overlap(heat, mask).tolist() == [1.0]
    assert patch_auc(heat, mask).tolist() == [1.0]


def test_a_map_that_looks_elsewhere_is_wrong_in_every_way() -> None:
    heat, mask = square(28, 28)[None], square(4, 4)[None] > 0
    assert not pointing(heat, mask).any()
    assert overlap(heat, mask)[0] == 0
    assert patch_auc(heat, mask)[0] < 0.5


def test_overlap_of_half_a_square_is_a_third() -> None:
    heat, mask = square(8, 8)[None], square(8, 16)[None] > 0
    assert overlap(heat, mask)[0] == pytest.approx(1 / 3)


def test_patch_auc_of_a_flat_map_is_chance_and_of_an_untouched_picture_unknown() -> None:
    flat = np.full((1, SIDE, SIDE), 0.5, np.float32)
    assert patch_auc(flat, square(0, 0)[None] > 0)[0] == pytest.approx(0.5)
    assert np.isnan(patch_auc(flat, np.zeros((1, SIDE, SIDE), bool))[0])


def test_the_blob_is_hottest_in_the_middle_and_even() -> None:
    blob = middle_blob(SIDE)
    assert np.allclose(blob, blob[::-1, ::-1])
    assert np.allclose(blob, blob.T)
    assert hottest(blob, 4)[SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1].all()


def test_patches_share_the_picture_without_rest() -> None:
    heat = np.arange(50 * 50, dtype=np.float32).reshape(1, 50, 50)  # 50 is no multiple of the grid
    mask = np.zeros((1, 50, 50), bool)
    mask[:, 25:] = True
    assert 50 % GRID
    assert patch_auc(heat, mask)[0] == 1.0
