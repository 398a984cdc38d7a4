"""What a batch draws, and that nothing held apart is drawn from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import AnalysisFailed
from core.settings import settings
from core.training.face_sets import COLUMNS, FaceSet
from pipelines.retraining.build import build
from pipelines.retraining.faces import desk_sets, sources
from pipelines.retraining.items import read
from pipelines.retraining.plan import Plan
from tests.actors import DESK
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import mp4, png, portrait

LESSON = Plan.read(settings().retrain_plan).lesson


def faces(*labels: str, pair: str = "", split: str = "train") -> FaceSet:
    """A face of each label; genuine ones are black, fakes white."""
    rows = [(f"{n}", 0.0, label, "m" if label == "fake" else "", "d", split, f"g{n}", "", pair)
            for n, label in enumerate(labels)]  # fmt: skip
    images = np.stack([np.full((216, 216, 3), 255 if label == "fake" else 0, np.uint8) for label in labels])
    return FaceSet(images, np.zeros((len(labels), 468, 2), np.float32), pd.DataFrame(rows, columns=list(COLUMNS)))


def test_each_kind_and_each_base_set_has_its_share() -> None:
    desk = {"desk video": faces("real", "fake"), "desk image": faces("real", "fake")}
    base = {"pairs": faces("real", "fake", pair="p"), "loose": faces("real", "fake"), "genuine": faces("real")}
    drawn, shares = sources(desk, base, LESSON)
    assert shares == {"desk video": 4, "desk image": 4, "base pairs": 3, "base loose": 3, "base genuine": 2}
    for name, draw in drawn.items():
        if name != "base genuine":  # blended from landmarks, which these have none of
            pair = draw(np.random.default_rng(0))
            assert pair.real.max() == 0 and pair.fake.min() == 255, name


@pytest.mark.parametrize("label", ["real", "fake"])
def test_a_label_that_the_desk_lacks_is_borrowed(label: str) -> None:
    drawn, shares = sources({"desk image": faces(label)}, {"loose": faces("real", "fake")}, LESSON)
    pair = drawn["desk image"](np.random.default_rng(0))
    assert pair.real.max() == 0 and pair.fake.min() == 255
    assert shares == {"desk image": 8, "base loose": 8}


def test_one_label_alone_teaches_nothing() -> None:
    with pytest.raises(AnalysisFailed, match="nothing to tell apart"):
        sources({"desk image": faces("fake")}, {}, LESSON)
    with pytest.raises(AnalysisFailed, match="nothing to tell apart"):
        sources({"desk image": faces("real", "fake", split="dev")}, {}, LESSON)


def test_what_is_held_apart_is_in_no_face_set(newsroom: Newsroom, tmp_path: Path) -> None:
    for seed in range(16):
        newsroom.judged(f"{seed}.png", png(portrait(seed)), "authentic")
    newsroom.judged("clip.mp4", mp4([portrait(50)] * 8), "manipulated")
    items = read(newsroom.config, build(newsroom.config, DESK).sha256)
    sets = desk_sets(newsroom.config, items, tmp_path / "faces")
    learned = set(pd.concat([one.rows for one in sets.values()])["file"])
    assert learned == {item.sha256 for item in items if item.split != "gate"} != {item.sha256 for item in items}
    assert all(len(one.rows) == len(one.images) for one in sets.values())
    rows = tmp_path / "faces" / "image" / "rows.csv"
    written = rows.stat().st_mtime_ns
    desk_sets(newsroom.config, items, tmp_path / "faces")
    assert rows.stat().st_mtime_ns == written  # a run that goes on finds them
