"""Teaches a finished panel to name kinds: one linear layer on the features that it already has."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from core.detectors.card import Kinds
from core.detectors.networks import Panel
from core.judgement.kinds import fit, least, temperature
from core.training.data import Draw, PairStream
from core.training.sources import KIND_OF

BATCH = 16  # pairs
BATCHES, HELD_OUT = 20, 10  # of each source

Seen = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]  # source → features of reals, of fakes [n, f]


def taught(panel: Panel, train: Mapping[str, Draw], held_out: Mapping[str, Draw], size: int, seed: int) -> Kinds:
    """Fits the panel's kind layer on the sources of `train`, its temperature on those of `held_out`.

    What comes back belongs on the card; its figures are those of held-out fakes, one face at a time.
    """
    names = tuple(dict.fromkeys(KIND_OF[source] for source in train))
    seen = _seen(panel, train, size, seed, BATCHES)
    layers = [_layer(seen, name) for name in names]
    weights, offsets = np.stack([w for w, _ in layers]), np.array([b for _, b in layers])
    fakes = {source: fake for source, (_, fake) in _seen(panel, held_out, size, seed + 1, HELD_OUT).items()}
    kinds = np.concatenate([[names.index(KIND_OF[source])] * len(part) for source, part in fakes.items()])
    logits = np.concatenate(list(fakes.values())) @ weights.T + offsets
    heat = temperature(logits, kinds)
    enough = least(logits / heat, kinds)
    panel.name_kinds(weights / heat, offsets / heat)
    return Kinds(names=names, least=enough, held_out=_figures(names, logits / heat, kinds, enough))


def _layer(seen: Seen, name: str) -> tuple[NDArray[np.float64], float]:
    parts = [pair for source, pair in seen.items() if KIND_OF[source] == name]
    reals, fakes = (np.concatenate(part) for part in zip(*parts, strict=True))
    return fit(np.concatenate([reals, fakes]), np.arange(len(reals) + len(fakes)) >= len(reals))


@torch.no_grad()
def _seen(panel: Panel, sources: Mapping[str, Draw], size: int, seed: int, batches: int) -> Seen:
    found = {}
    for name, draw in sources.items():
        stream = PairStream({name: draw}, {name: BATCH}, lambda _: size, seed, 0)
        features = [panel.features(stream.batch(step).crops.float()).double().numpy() for step in range(batches)]
        found[name] = (np.concatenate([f[:BATCH] for f in features]), np.concatenate([f[BATCH:] for f in features]))
    return found


def _figures(
    names: tuple[str, ...], logits: NDArray[np.float64], kinds: NDArray[np.intp], enough: float
) -> dict[str, dict[str, int]]:
    """For each kind: how many held-out fakes there were, how many were named, and how many of those rightly."""
    shares = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    clear, best = shares.max(1) >= enough, shares.argmax(1)
    return {
        name: {
            "n": int((kinds == k).sum()),
            "named": int((clear & (kinds == k)).sum()),
            "right": int((clear & (kinds == k) & (best == k)).sum()),
        }
        for k, name in enumerate(names)
    }
