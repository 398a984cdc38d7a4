"""Face sets small enough for tests, made from the one portrait that is free to publish."""

import cv2
import numpy as np
import pandas as pd
from skimage.data import astronaut

from core.settings import settings
from core.training.face_sets import COLUMNS, FaceSet
from pipelines.face_cutting import TRAINING_CROP
from pipelines.media.crops import crop_matrix, cut
from pipelines.media.faces import FaceFinder


def portrait_set(n: int) -> FaceSet:
    """`n` reals and as many crude fakes, aligned in pairs: the portrait in other lights, its mouth blurred."""
    portrait = astronaut()
    with FaceFinder(settings().face_models) as finder:
        face = finder.find(portrait)[0]
    matrix = crop_matrix(face.landmarks, portrait.shape, TRAINING_CROP)
    landmarks = cv2.transform(face.landmarks[None].astype(float), matrix)[0].astype(np.float32)
    crop = cut(portrait, matrix, TRAINING_CROP.size)
    lights = np.linspace(0.6, 1.2, n)
    reals = [np.clip(crop * light, 0, 255).astype(np.uint8) for light in lights]
    images = np.stack([*reals, *(_with_blurred_mouth(real) for real in reals)])
    rows = [_row(i, label) for label in ("real", "fake") for i in range(n)]
    return FaceSet(images, np.stack([landmarks] * 2 * n), pd.DataFrame(rows, columns=list(COLUMNS)))


def pixelated(image: np.ndarray) -> np.ndarray:
    """The picture in blocks of 2 × 2, as a crude decoder would paint it."""
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def _with_blurred_mouth(image: np.ndarray) -> np.ndarray:
    side = image.shape[0]
    part = slice(side // 2, side * 4 // 5), slice(side // 3, side * 2 // 3)
    fake = image.copy()
    fake[part] = cv2.GaussianBlur(image, (0, 0), 4)[part]
    return fake


def _row(i: int, label: str) -> dict[str, str | float]:
    method = "none" if label == "real" else "blur"
    split = "train" if i % 2 else "dev"
    return {"file": f"{i}-{label}.jpg", "time": 0.0, "label": label, "method": method, "dataset": "portrait",
            "split": split, "group": f"light-{i}", "group2": "", "pair": f"pair-{i}"}  # fmt: skip
