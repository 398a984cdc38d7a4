"""What a night's recipe takes from how long it is."""

import pytest

from core.detectors.registry import read_card
from core.settings import settings
from pipelines.retraining.plan import Plan


@pytest.mark.parametrize("steps", [60, 65, 300, 1500])
def test_what_ships_is_hardly_what_the_night_began_with(steps: int) -> None:
    config = settings()
    lesson = Plan.read(config.retrain_plan).lesson
    recipe = lesson.recipe(read_card(config.shipped_detector), "night", "champion", {"desk image": 8}, steps)
    assert recipe.ema**steps < 0.001
    assert recipe.ema <= lesson.ema
