"""From a folder of weights to a detector: the card is read first, and nothing is loaded that does not match it."""

import hashlib
import shutil
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from core.detectors.card import Card
from core.errors import WeightsRefused
from core.evidence import MediaKind, ModelRef
from core.gpu import Device

FILES = WEIGHTS, GRAPH, CARD = "weights.safetensors", "network.onnx", "card.json"


class Detector(Protocol):
    """What the desk asks of any detector."""

    card: Card
    ref: ModelRef
    device: str  # what it computes on, as people call it

    def score(self, crops: NDArray[np.uint8], kind: MediaKind) -> NDArray[np.float32]:
        """Logits [n] of crops [n, size, size, 3] RGB out of clips or stills, the same for a crop whatever its batch."""

    def heat(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Where it looked, [n, size, size] in 0–1."""

    def kinds(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits [n, k] of the kinds of manipulation that the card names; only asked where it names some."""


def read_card(folder: Path) -> Card:
    """The card of a model folder; WeightsRefused where there is none or it does not say what a card must."""
    try:
        return Card.model_validate_json((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"The model folder {folder.name} has no {CARD}. Restore it from the release."
        raise WeightsRefused("no_card", message) from None
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise WeightsRefused(
            "bad_card", f"The card of {folder.name} is not valid: see its field {field!r}."
        ) from error


def verified(folder: Path) -> Card:
    """The card of `folder`; WeightsRefused unless its files are the very ones that the card describes."""
    card = read_card(folder)
    _checked(folder, WEIGHTS, card.sha256)
    _checked(folder, GRAPH, card.graph_sha256)
    return card


def copy(folder: Path, target: Path) -> Path:
    """Copies a model folder to `target`; the card comes last, for without its own card no weights load."""
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        beside = target / f"{name}.part"
        shutil.copyfile(folder / name, beside)
        beside.replace(target / name)
    return target


def load(folder: Path, device: Device = "cpu") -> Detector:
    """The detector in `folder`; WeightsRefused unless its files are the very ones that the card describes.

    On the GPU where that is asked for, and it says there what it says on the CPU; its `device` tells.
    """
    card = read_card(folder)
    weights = _checked(folder, WEIGHTS, card.sha256)
    graph = _checked(folder, GRAPH, card.graph_sha256)
    # Loads ONNX Runtime: a while that a refusal need not take.
    from core.detectors.face_net import FaceNetDetector, on_cpu, on_gpu

    try:
        detector = FaceNetDetector(card, on_cpu(graph))
    except Exception as error:
        message = f"The weights of {folder.name} can't be loaded as {card.architecture}."
        raise WeightsRefused("wrong_architecture", f"{message} Restore them from the release.") from error
    return detector if device == "cpu" else on_gpu(detector, weights)


def _checked(folder: Path, name: str, expected: str) -> bytes:
    """A file's content, read once: what is hashed is what is loaded."""
    path = folder / name
    if not path.is_file():
        message = f"The model folder {folder.name} has no {name}. Restore it from the release."
        raise WeightsRefused("no_weights", message)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        message = f"{name} of {folder.name} is not the one of its card. Restore both from the same release."
        raise WeightsRefused("wrong_hash", f"{message} (SHA-256 {found[:12]}…, card {expected[:12]}…)")
    return data
