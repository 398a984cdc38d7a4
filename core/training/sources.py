"""Where pairs come from, by the names that recipes use, and which kind of manipulation each shows."""

from collections.abc import Callable, Collection
from pathlib import Path

from core.splits import assign
from core.training import autoencoders
from core.training.data import Draw, aligned, lip_synced, reconstructed, self_blended, swapped, unaligned
from core.training.face_sets import FaceSet

CLIPS, PAIRS, WHOLE, GENERATED = "videos", "dfdc_pairs", "stylegan_ffhq256", "generated"  # names of face sets
STILLS = (PAIRS, WHOLE)  # that tell what an expert is worth: those of our own generators are of 64 px
RUNS = Path("runs")

# Self-blended and reconstructed faces are of no kind: they teach what many tools have in common. Those of our own
# generators are of 64 px, and would teach that a small picture is one.
KIND_OF = {
    "aligned": "swap",
    "clips": "swap",
    "swapped": "swap",
    "lip_synced": "lip_sync",
    "whole_face": "gan",
}


def _genuine(sets: dict[str, FaceSet]) -> FaceSet:
    """All sets but that of the generators, whose genuine faces are of 64 px."""
    return FaceSet.joined([faces for name, faces in sets.items() if name != GENERATED])


SOURCES: dict[str, Callable[[dict[str, FaceSet], Path], Draw]] = {  # from the sets, and the folder of the runs
    "self_blended": lambda sets, _: self_blended(_genuine(sets)),
    "reconstructed": lambda sets, runs: reconstructed(_genuine(sets), autoencoders.bank(runs / autoencoders.FOLDER)),
    "swapped": lambda sets, _: swapped(FaceSet.joined([sets[CLIPS], sets[PAIRS]])),
    "lip_synced": lambda sets, _: lip_synced(sets[CLIPS]),
    "aligned": lambda sets, _: aligned(sets[PAIRS]),
    "clips": lambda sets, _: unaligned(sets[CLIPS]),
    "whole_face": lambda sets, _: unaligned(sets[WHOLE]),
    "generated": lambda sets, _: unaligned(sets[GENERATED]),
}


def sources(sets: dict[str, FaceSet], names: Collection[str], runs: Path = RUNS) -> dict[str, Draw]:
    """Those of the `SOURCES` that are named, drawing from the train split of `sets`; `runs` has the autoencoders.

    ValueError where a name is none of them, or a set that it draws from is missing.
    """
    if unknown := sorted(set(names) - set(SOURCES)):
        raise ValueError(f"No source is called {', '.join(unknown)}. There are {', '.join(SOURCES)}.")
    try:
        return {name: SOURCES[name](sets, runs) for name in names}
    except KeyError as missing:
        told = f"The face set {missing} is not there, which this recipe learns from."
        raise ValueError(f"{told} Cut it: python -m scripts.prepare_faces DATA --sets {missing.args[0]}.") from missing


def held_out(sets: dict[str, FaceSet]) -> dict[str, FaceSet]:
    """The same sets with `dev` in place of `train`, so that `sources` draws from what nothing was learned from."""
    return {name: faces.split_by(assign(faces.rows).map(_in_place_of_train)) for name, faces in sets.items()}


def _in_place_of_train(split: str) -> str:
    return "train" if split == "dev" else "apart"
