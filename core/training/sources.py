"""Where pairs come from, by the names that recipes use, and which kind of manipulation each shows."""

from collections.abc import Iterable
from pathlib import Path

from core.splits import assign
from core.training import autoencoders
from core.training.data import Draw, aligned, lip_synced, reconstructed, self_blended, swapped, unaligned
from core.training.face_sets import FaceSet

CLIPS, PAIRS, WHOLE, GENERATED = "videos", "dfdc_pairs", "stylegan_ffhq256", "generated"  # names of face sets
RUNS = Path("runs")

KIND_OF = {  # self-blended and reconstructed faces are of no kind: they teach what many tools have in common
    "aligned": "swap",
    "clips": "swap",
    "swapped": "swap",
    "lip_synced": "lip_sync",
    "whole_face": "gan",
    "generated": "gan",
}


def sources(sets: dict[str, FaceSet], names: Iterable[str], runs: Path = RUNS) -> dict[str, Draw]:
    """The sources of these names, drawing from the train split of `sets`; `runs` holds the autoencoders' weights."""
    made = {
        "self_blended": lambda: self_blended(_genuine(sets)),
        "reconstructed": lambda: reconstructed(_genuine(sets), autoencoders.bank(runs / autoencoders.FOLDER)),
        "swapped": lambda: swapped(FaceSet.joined([sets[CLIPS], sets[PAIRS]])),
        "lip_synced": lambda: lip_synced(sets[CLIPS]),
        "aligned": lambda: aligned(sets[PAIRS]),
        "clips": lambda: unaligned(sets[CLIPS]),
        "whole_face": lambda: unaligned(sets[WHOLE]),
        "generated": lambda: unaligned(sets[GENERATED]),
    }
    return {name: made[name]() for name in names}


def _genuine(sets: dict[str, FaceSet]) -> FaceSet:
    """All sets but that of the generators, whose genuine faces are of 64 px."""
    return FaceSet.joined([faces for name, faces in sets.items() if name != GENERATED])


def held_out(sets: dict[str, FaceSet]) -> dict[str, FaceSet]:
    """The same sets with `dev` in place of `train`, so that `sources` draws from what nothing was learned from."""
    return {name: faces.split_by(assign(faces.rows).map(_in_place_of_train)) for name, faces in sets.items()}


def _in_place_of_train(split: str) -> str:
    return "train" if split == "dev" else "apart"
