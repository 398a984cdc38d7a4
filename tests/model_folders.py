"""Model folders whose weights are a few bytes: whole for a desk, though nothing can load them."""

import hashlib
from pathlib import Path

from core.detectors import registry
from core.detectors.card import Calibration, Card, CropSpec, QualityGate, Scale, Thresholds
from core.evidence import ModelRef

_SCALE = Scale(
    calibration=Calibration(scale=1.0, offset=0.0),
    thresholds=Thresholds(signs=1.0, no_signs=-1.0, false_alarm_rate=0.05, genuine=(0.0,)),
)


def card(version: str = "1", name: str = "fake") -> Card:
    """The card of made-up weights, others for each name and version."""
    return Card(
        name=name,
        version=version,
        sha256=hashlib.sha256(_weights(name, version)).hexdigest(),
        graph_sha256=hashlib.sha256(_graph(name, version)).hexdigest(),
        architecture="none",
        experts=("none",),
        crop=CropSpec(version="mesh-1", size=8, margin=0.0),
        scales={"video": _SCALE, "image": _SCALE},
        quality=QualityGate(
            min_face_px=1, min_sharpness=0, min_brightness=0, min_contrast=0, max_yaw=90, min_frames=1
        ),
        training={},
        figures={},
        limits=(),
        licence="none",
    )


def put(folder: Path, version: str = "1", name: str = "fake") -> Card:
    """A whole model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / registry.WEIGHTS).write_bytes(_weights(name, version))
    (folder / registry.GRAPH).write_bytes(_graph(name, version))
    made = card(version, name)
    (folder / registry.CARD).write_text(made.model_dump_json(), encoding="utf-8")
    return made


def ref(of: Card) -> ModelRef:
    """How a result names these weights."""
    return ModelRef(of.name, of.version, of.sha256)


def _weights(name: str, version: str) -> bytes:
    return f"weights of {name} {version}".encode()


def _graph(name: str, version: str) -> bytes:
    return f"graph of {name} {version}".encode()
