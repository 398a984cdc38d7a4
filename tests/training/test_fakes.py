"""Self-blended pairs must differ inside the mask and nowhere else, or the detector learns the difference outside."""

import cv2
import numpy as np
import pytest

from core.training.data import PairStream, difference_mask, self_blended
from core.training.degrade import degraded
from core.training.face_sets import FaceSet, assert_no_leak
from core.training.fakes import REGIONS, Pair, blended, hull_mask, self_blend
from tests.training.conftest import portrait_set

PAIRS = 60


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return portrait_set(8)


@pytest.fixture(scope="module")
def pairs(faces: FaceSet) -> list[Pair]:
    rng = np.random.default_rng(5)
    draw = self_blended(faces)
    return [draw(rng) for _ in range(PAIRS)]


def test_outside_the_mask_real_and_fake_are_identical(pairs: list[Pair]) -> None:
    for pair in pairs:
        outside = pair.mask == 0
        assert outside.any()
        assert np.array_equal(pair.real[outside], pair.fake[outside])


def test_inside_the_mask_something_was_changed(pairs: list[Pair]) -> None:
    changed = [
        np.abs(p.real.astype(int) - p.fake)[p.mask > 0.2].mean() for p in pairs if (p.mask > 0.2).any()
    ]
    assert np.median(changed) > 1
    assert len(changed) > PAIRS / 2


@pytest.mark.parametrize("wear", [1, 20])  # some steps by chance, and every one
def test_degradation_is_the_same_for_both_of_a_pair(faces: FaceSet, wear: float) -> None:
    image = np.asarray(faces.images[0])
    for seed in range(20):
        first, second = degraded([image, image], np.random.default_rng(seed), wear)
        assert np.array_equal(first, second) and first.shape == image.shape


def test_less_wear_leaves_more_pictures_as_they_are(faces: FaceSet) -> None:
    image = np.asarray(faces.images[0])
    untouched = {wear: sum(np.array_equal(degraded([image], np.random.default_rng(seed), wear)[0], image)
                           for seed in range(40)) for wear in (0.0, 0.4, 1.0)}  # fmt: skip
    assert untouched[0.0] == 40 > untouched[0.4] > untouched[1.0]


def test_every_region_of_the_mask_bank_lies_on_the_face(faces: FaceSet) -> None:
    rng = np.random.default_rng(0)
    box = cv2.boundingRect(np.rint(faces.landmarks[0]).astype(np.int32))
    inside = np.zeros(faces.images.shape[1:3], bool)
    inside[max(0, box[1]) : box[1] + box[3] + 1, max(0, box[0]) : box[0] + box[2] + 1] = True
    for region in [*REGIONS] * 5:
        mask = hull_mask(faces.landmarks[0], region, inside.shape, rng)
        assert mask.any()
        assert not mask[~inside].any()


def test_blending_is_linear_in_the_mask() -> None:
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 200, np.uint8)
    mixed = blended(white, black, np.array([[0, 0.25], [0.5, 1]], np.float32))
    assert mixed[..., 0].tolist() == [[0, 50], [100, 200]]


def test_the_difference_of_aligned_pictures_is_where_they_differ() -> None:
    real = np.full((100, 100, 3), 90, np.uint8)
    fake = real.copy()
    fake[30:70, 30:70] += 60
    mask = difference_mask(real, fake)
    assert mask[50, 50] > 0.95
    assert mask[5, 5] == 0
    assert not difference_mask(real, real).any()


def test_a_batch_is_a_function_of_seed_and_step(faces: FaceSet) -> None:
    def stream(seed: int, start: int) -> PairStream:
        sources = {"self_blended": self_blended(faces)}
        return PairStream(sources, {"self_blended": 2}, lambda _: 64, seed, start)

    third = next(iter(stream(1, 3)))
    walked = [batch for batch, _ in zip(stream(1, 0), range(4), strict=False)][3]
    assert third.crops.equal(walked.crops)
    assert not third.crops.equal(next(iter(stream(2, 3))).crops)


def test_a_leaking_split_is_noticed(faces: FaceSet) -> None:
    assert_no_leak(faces.rows)
    leaking = faces.rows.copy()
    leaking.loc[0, ["split", "group"]] = ["dev", leaking.loc[1, "group"]]
    with pytest.raises(ValueError, match="more than one split"):
        assert_no_leak(leaking)
    tied = faces.rows.assign(group2="one driver")
    with pytest.raises(ValueError, match="one driver"):
        assert_no_leak(tied)


def test_self_blending_is_repeatable(faces: FaceSet) -> None:
    image, landmarks = np.asarray(faces.images[0]), np.asarray(faces.landmarks[0])
    first, second = (self_blend(image, landmarks, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first.fake, second.fake)
