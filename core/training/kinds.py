"""Teaches a finished panel to name kinds: one linear layer on the features that it already has."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from core.detectors.card import Kinds
from core.detectors.networks import Panel
from core.judgement.kinds import fit, least, temperature
from core.training.data import Draw, PairStream
from core.training.sources import KIND_OF

BATCH = 16  # pairs
BATCHES, HELD_OUT = 20, 10  # of each source

Floats = NDArray[np.float64]


def taught(panel: Panel, train: Mapping[str, Draw], held_out: Mapping[str, Draw], size: int, seed: int) -> Kinds:
    """Fits the panel's kind layer on the sources of `train`, its temperature on those of `held_out`.

    What comes back belongs on the card; its figures are those of held-out faces, one by one.
    """
    names = tuple(dict.fromkeys(KIND_OF[source] for source in train))
    reals, fakes, kinds = _seen(panel, train, names, size, seed, BATCHES)
    genuine = np.full(len(reals), len(names))
    weights, offsets = fit(np.concatenate([fakes, reals]), np.concatenate([kinds, genuine]))
    reals, fakes, kinds = _seen(panel, held_out, names, size, seed + 1, HELD_OUT)
    heat = temperature(fakes @ weights.T + offsets, kinds)
    weights, offsets = weights / heat, offsets / heat
    panel.name_kinds(weights, offsets)
    said, mistaken = fakes @ weights.T + offsets, reals @ weights.T + offsets
    enough = least(said, kinds)
    return Kinds(names=names, least=enough, held_out=_figures(names, said, mistaken, kinds, enough))


@torch.no_grad()
def _seen(
    panel: Panel, sources: Mapping[str, Draw], names: tuple[str, ...], size: int, seed: int, batches: int
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Features [n, f] of real faces and of the fakes of the same sources, and the kinds [n] of those."""
    reals, fakes, kinds = [], [], []
    for source, draw in sources.items():
        stream = PairStream({source: draw}, {source: BATCH}, lambda _: size, seed, 0)
        for step in range(batches):
            features = panel.features(stream.batch(step).crops.float()).double().numpy()
            reals.append(features[:BATCH])
            fakes.append(features[BATCH:])
        kinds += [names.index(KIND_OF[source])] * BATCH * batches
    return np.concatenate(reals), np.concatenate(fakes), np.array(kinds)


def _figures(
    names: tuple[str, ...], said: Floats, mistaken: Floats, kinds: NDArray[np.intp], enough: float
) -> dict[str, dict[str, int]]:
    """For each kind: held-out fakes `n`, of those `named`, of those `right`; and of as many genuine faces of the same
    sources those that would be `named_if_genuine` so, by the look of the source alone."""
    named = [np.where(softmax(part, axis=1).max(1) >= enough, part.argmax(1), -1) for part in (said, mistaken)]
    return {
        name: {
            "n": int((kinds == k).sum()),
            "named": int((named[0][kinds == k] >= 0).sum()),
            "right": int((named[0][kinds == k] == k).sum()),
            "named_if_genuine": int((named[1][kinds == k] == k).sum()),
        }
        for k, name in enumerate(names)
    }
