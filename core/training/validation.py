"""How good a network is on faces that it does not learn from: real forgeries only, for self-blended ones saturate."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import nn

from core.detectors.networks import FaceNet
from core.devices import computes_bf16
from core.splits import assign
from core.training.data import MARGINS
from core.training.face_sets import FaceSet
from core.training.recipe import Recipe

FILES_A_LABEL = 150  # of a set, at most: enough to see a trend
FACES_A_FILE = 6
BATCH = 32


def dev_logits(sets: dict[str, FaceSet], networks: Sequence[nn.Module], recipe: Recipe) -> pd.DataFrame:
    """What several networks of one crop say about the chosen `dev` files: a row a file, with `set`, `label` and the
    mean logit of each network in a column of its number."""
    tables = []
    for name, faces in sets.items():
        rows = _chosen(faces.rows, "dev")
        crops = _crops(faces, rows.index.to_numpy(), recipe)
        scored = rows.assign(set=name, **{str(k): logits(net, crops) for k, net in enumerate(networks)})
        means = {str(k): (str(k), "mean") for k in range(len(networks))}
        tables.append(scored.groupby("file").agg(set=("set", "first"), label=("label", "first"), **means))
    return pd.concat(tables)


def validation(sets: dict[str, FaceSet], recipe: Recipe) -> Callable[[FaceNet], dict[str, float]]:
    """A function that scores chosen faces and returns AUC by split and set, and by method against the set's reals.

    The splits are `dev` and `choose`, where a set has them (see `core.splits`).
    """
    parts = {f"{split}_auc/{name}": (faces, _chosen(faces.rows, split))
             for name, faces in sets.items() for split in ("dev", "choose")}  # fmt: skip
    chosen = {name: rows for name, (_, rows) in parts.items() if len(rows)}
    crops = {name: _crops(parts[name][0], rows.index.to_numpy(), recipe) for name, rows in chosen.items()}

    def evaluate(network: FaceNet) -> dict[str, float]:
        figures: dict[str, float] = {}
        for name, pictures in crops.items():
            files = chosen[name].assign(score=logits(network, pictures)).groupby("file")
            table = files.agg(score=("score", "mean"), label=("label", "first"), method=("method", "first"))
            figures |= {f"{name}/{method}": value for method, value in _aucs(table).items()}
        return figures

    return evaluate


@torch.no_grad()
def logits(network: nn.Module, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores of crops [n, size, size, 3], in evaluation mode."""
    network.eval()
    device = next(network.parameters()).device
    quick = computes_bf16(device)
    parts = []
    for start in range(0, len(crops), BATCH):
        part = torch.from_numpy(crops[start : start + BATCH]).permute(0, 3, 1, 2).to(device).float()
        with torch.autocast(device.type, torch.bfloat16, enabled=quick):
            parts.append(network(part.contiguous(memory_format=torch.channels_last)).float())
    return torch.cat(parts).cpu().numpy()


def _chosen(rows: pd.DataFrame, split: str) -> pd.DataFrame:
    """The first files of each label in a split, a few faces of each, spread over it."""
    part = rows[assign(rows) == split]
    files = part.drop_duplicates("file").groupby("label").head(FILES_A_LABEL)["file"]
    part = part[part["file"].isin(files)]
    place = part.groupby("file").cumcount()
    length = part.groupby("file")["file"].transform("size")
    return part[(place % np.maximum(1, length // FACES_A_FILE)) == 0]


def _crops(faces: FaceSet, positions: NDArray[np.intp], recipe: Recipe) -> NDArray[np.uint8]:
    """The detector's crop out of the wider training crop."""
    side = faces.images.shape[1]
    half = round(side * (1 + 2 * recipe.margin) / (1 + 2 * MARGINS[1]) / 2)
    middle = slice(side // 2 - half, side // 2 + half)
    return np.stack([cv2.resize(faces.images[i][middle, middle], (recipe.size,) * 2) for i in positions])


def _aucs(table: pd.DataFrame) -> dict[str, float]:
    reals = table[table["label"] == "real"]
    fakes = table[table["label"] == "fake"]
    parts = {"all": fakes} | dict(iter(fakes.groupby("method")))
    return {
        name: float(roc_auc_score([0] * len(reals) + [1] * len(part), [*reals["score"], *part["score"]]))
        for name, part in parts.items()
        if len(part) and len(reals)
    }
