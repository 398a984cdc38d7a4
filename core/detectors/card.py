"""The model card: what a folder of weights says about itself, and what the desk may conclude from it."""

import hashlib
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from core.evidence import MediaKind

Network = Literal["panel", "discriminator", "f-anogan"]
READS = {"crop", "scales", "quality", "kinds"}  # what of a card changes what the same weights say


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings", serialize_by_alias=True)


class CropSpec(_Frozen):
    """Which picture of a face the weights were trained on. Another version is another task."""

    version: str = Field(description="of the crop definition in `pipelines.media.crops`")
    size: int = Field(gt=0, description="side of the square crop, px")
    margin: float = Field(ge=0, description="added on each side, as a share of the face mesh's longer side")


class Calibration(_Frozen):
    """p = sigmoid(scale · raw + offset), Platt (1999)."""

    scale: float = Field(gt=0)
    offset: float


class Thresholds(_Frozen):
    """Where the bands begin, in raw scores, and the genuine files that the upper one was set on."""

    signs: float
    no_signs: float
    false_alarm_rate: float = Field(gt=0, lt=1, description="of `signs` on genuine clips, at most")
    genuine: tuple[float, ...] = Field(description="raw scores of the genuine files, ascending: one a source")


class Scale(_Frozen):
    """How raw scores are read. Clips and stills have one each: the mean of many frames is steadier than one."""

    calibration: Calibration
    thresholds: Thresholds


class QualityGate(_Frozen):
    """Faces below these are not asked about: the detector was not made for them."""

    min_face_px: float
    min_sharpness: float
    min_brightness: float
    min_contrast: float
    max_yaw: float = Field(description="degrees, either side")
    min_frames: int = Field(gt=0, description="judgeable frames that a track needs (a still has one)")


class Kinds(_Frozen):
    """The kinds of manipulation that the weights can name, `core.judgement.kinds`."""

    names: tuple[str, ...]
    least: float = Field(description="confidence below which a kind is not clear; above 1 where none ever is")
    held_out: dict[str, dict[str, int]] = Field(description="by kind, see core/training/kinds.py")


class Card(_Frozen):
    """`card.json` beside `weights.safetensors` and `network.onnx`."""

    network: Network = Field(
        "panel", description="what the weights fill; the last two are an adversary's parts",
        validation_alias=AliasChoices("network", "kind"), serialization_alias="kind",  # as stored cards have it
    )  # fmt: skip
    name: str
    version: str
    sha256: str = Field(description="of weights.safetensors")
    graph_sha256: str = Field(description="of network.onnx, the same network for the CPU")
    architecture: str = Field(description="of each expert, a timm name; the model's name of an adversary")
    experts: tuple[str, ...] = Field(description="what each network of the panel was taught to see")
    crop: CropSpec
    scales: dict[MediaKind, Scale] = Field(description="one for clips, one for stills")
    quality: QualityGate
    kinds: Kinds | None = Field(None, description="None where it was not taught to name any")
    training: dict[str, Any] = Field(description="data by source and count, recipe, seed, revision, command")
    figures: dict[str, Any] = Field(description="as `scripts.evaluate` writes them, by split")
    limits: tuple[str, ...] = Field(description="where the detector is known to fail, in plain sentences")
    licence: str

    def own_sha256(self) -> str:
        """Of the card itself: the same weights may come with another one."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
