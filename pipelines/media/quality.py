"""How well one face can be seen, and whether the detector was made for such faces."""

from dataclasses import replace

import cv2

from core.detectors.card import QualityGate
from core.evidence import Quality
from pipelines.media.crops import Image
from pipelines.media.faces import Face

SHARPNESS_SIDE = 128  # px; sharpness is measured at one size, or large crops would seem blurred
WHITE = 255.0


def measure(crop: Image, face: Face, gate: QualityGate) -> Quality:
    """The quality of `face`, seen in `crop`, with the reasons why `gate` turns it down."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SHARPNESS_SIDE, SHARPNESS_SIDE), interpolation=cv2.INTER_AREA)
    (level, spread), (_, edges) = (_moments(plane) for plane in (grey, cv2.Laplacian(small, cv2.CV_64F)))
    seen = Quality(
        face_px=float(face.box[2]),
        sharpness=edges**2,
        brightness=level / WHITE,
        contrast=spread / WHITE,
        yaw=face.yaw,
        pitch=face.pitch,
    )
    return Quality(**{**vars(seen), "poor": reasons(seen, gate)})


def _moments(plane: Image) -> tuple[float, float]:
    """Mean and standard deviation; NumPy's take seven times as long, and every face of a clip is measured."""
    mean, deviation = cv2.meanStdDev(plane)
    return float(mean[0, 0]), float(deviation[0, 0])


def unclear(seen: Quality) -> Quality:
    """The same of a face whose features the landmark network can't make out: nothing is known of where it looks."""
    return replace(seen, yaw=0.0, pitch=0.0, poor=("unclear", *(why for why in seen.poor if why != "turned")))


def reasons(seen: Quality, gate: QualityGate) -> tuple[str, ...]:
    """Why the detector may not be asked: `small`, `blurred`, `dark`, `flat`, `turned`; empty where it may."""
    failed = {
        "small": seen.face_px < gate.min_face_px,
        "blurred": seen.sharpness < gate.min_sharpness,
        "dark": seen.brightness < gate.min_brightness,
        "flat": seen.contrast < gate.min_contrast,
        "turned": abs(seen.yaw) > gate.max_yaw,
    }
    return tuple(reason for reason, failing in failed.items() if failing)
