"""The frames that weigh most, each with its box, the face as it was scored, and where the model looked."""

from collections.abc import Iterator
from functools import lru_cache

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from core.explain.heat import FAINT
from core.units import clock
from pipelines.reports.dossier import Analysed, KeyFrame
from pipelines.reports.pages.house import BODY, QUIET, WIDTH, House, bold
from pipelines.reports.pages.plates import Plate
from pipelines.reports.pictures import overlaid, peak, size_of
from pipelines.reports.wording import LOOKED
from pipelines.statements import NOWHERE, held

HIGHEST = 41 * mm  # five rows to a page
GAP, WIDEST_GAP = 4 * mm, 12 * mm
EXPLAINED = (
    "From left to right: the frame with the face marked, the face as it was scored, and under colour: "
    f"{LOOKED[0].lower()}{LOOKED[1:]} Bright is most, dark is least."
)
AGAIN = (
    "Each face was scored again after changes that prove nothing: compressed as JPEG, made half as large, mirrored. "
    "Where the score depends on them, the person is called inconclusive."
)


def frames(house: House, analysed: Analysed) -> Iterator[Flowable]:
    """All key frames of the dossier, those that weigh most first."""
    if lost := sum(not picture.intact for picture in analysed.kept):
        pictures = "1 picture" if lost == 1 else f"{lost} pictures"
        yield house.text(BODY, bold(f"{pictures} of this analysis MISSING OR CHANGED, and not shown."))
    if not analysed.key_frames:
        return
    yield from house.heading(3, "Frames that weigh most", HIGHEST + 30 * mm)
    again = AGAIN if any(frame.variants for frame in analysed.key_frames) else ""
    yield house.text(QUIET, f"{EXPLAINED} {again} {_shown(analysed)}")
    for frame in analysed.key_frames:
        yield KeepTogether([_caption(house, frame, analysed), _row(house, frame), Spacer(0, 7)])


def _shown(analysed: Analysed) -> str:
    shown, kept = len(analysed.key_frames), analysed.frames_kept
    return f"The desk keeps pictures of {kept} frames; {shown} of them are shown." if kept > shown else ""


def _caption(house: House, frame: KeyFrame, analysed: Analysed) -> Flowable:
    still = analysed.evidence.media.kind == "image"
    when = "" if still else f" · {clock(frame.time)} · frame {frame.index}"
    score = "" if frame.score is None else f" · this frame alone: {frame.score:.2f}"
    size = f" · face {frame.box[2]:.0f} pixels wide"
    again = f" · the same face {held(frame.variants)}" if frame.variants else ""
    nowhere = f". {NOWHERE}" if peak(frame.heat) < FAINT else ""
    return house.text(QUIET, bold(f"Person {frame.track}", QUIET), f"{when}{score}{size}{again}{nowhere}")


@lru_cache(maxsize=64)
def _looked(crop: bytes, heat: bytes) -> bytes:
    """Made once, though pages are set twice."""
    return overlaid(crop, heat)


def _row(house: House, frame: KeyFrame) -> Flowable:
    pixels_wide, pixels_high = size_of(frame.frame)
    shape = pixels_wide / pixels_high
    high = min(HIGHEST, (WIDTH - 2 * GAP) / (shape + 2))  # the frame and both squares
    gap = min(WIDEST_GAP, (WIDTH - (shape + 2) * high) / 2)
    x, y, wide, tall = (side * frame.frame_scale for side in frame.box)
    plate = Plate(frame.frame, shape * high, high, [(x, y, wide, tall)])
    face, looked = Plate(frame.crop, high, high), Plate(_looked(frame.crop, frame.heat), high, high)
    return house.columns([(shape * high + gap, plate), (high + gap, face), (high, looked)])
