"""From a file to evidence, in one pass: frames go by, faces are found, cut, scored and followed, then judged.

A frame is decoded while faces are looked for in the one before, and those of the one before that are scored.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.detectors.card import Card, Scale
from core.detectors.registry import Detector
from core.evidence import Evidence, Finding, FrameScore, MediaInfo, Quality, Track
from core.judgement.calibration import probability
from core.settings import Settings
from pipelines.media.ahead import read_ahead
from pipelines.media.crops import Image, Matrix, crop_matrix, cut
from pipelines.media.decode import Frame, SampledFrames, sampled_frames
from pipelines.media.faces import Face, FaceFinder
from pipelines.media.findings import findings, kind_finding
from pipelines.media.highlights import Highlights, Retried, explained, retried
from pipelines.media.judge import clip_of, steadied, track_of
from pipelines.media.progress import Clock, Progress, Report, Reporter
from pipelines.media.quality import measure, unclear
from pipelines.media.search import FaceSearch
from pipelines.media.shots import with_cuts
from pipelines.media.tracks import Tracker, Trail

__all__ = ["Progress", "analyse"]

LOOKS = 3  # that a face takes in which the detector alone believes: what it mistakes for one hardly lasts


def analyse(
    path: Path,
    info: MediaInfo,
    detector: Detector,
    finder: FaceFinder,
    settings: Settings,
    report: Report,
    witness: Callable[[Frame], None] | None = None,
) -> Evidence:
    """All that `detector` can say about the file at `path`, which `probe` found to be `info`.

    `report` hears a few times a second how far it is, and may raise Cancelled. The same file gives the same scores.
    `witness` is shown every frame that is looked at, so that nobody has to decode the file a second time.
    Raises MediaRefused `undecodable` where no frame comes.
    """
    clock = Clock()
    grid = (settings.samples_per_second, settings.min_samples, settings.max_samples)
    frames, reporter = sampled_frames(path, info, *grid, settings.max_pixels), Reporter(report, info, *grid)
    watch = _Watch(info, detector, settings, clock)
    with closing(read_ahead(_searched(frames, finder, clock))) as coming:
        for seen in coming:
            watch.see(seen)
            if witness:
                witness(seen.frame)
            reporter.frame(seen.frame.time)
    trails = watch.trails()
    tracks = tuple(
        track_of(n, trail, detector.card, info.kind, watch.frames) for n, trail in enumerate(trails)
    )
    scale = detector.card.scales[info.kind]
    with clock.stage("explain"):
        again = [
            [] if track.raw_score is None else retried(watch.highlights.of(trail), detector, info.kind)
            for track, trail in zip(tracks, trails, strict=True)
        ]
        tracks = tuple(_steady(track, tried, scale) for track, tried in zip(tracks, again, strict=True))
        kinds = [found for track, tried in zip(tracks, again, strict=True) for found in _kind(track, tried, detector)]
        chosen = _strongest_first(tracks, again)[: settings.heatmaps]
        report(Progress("explain", 0, len(chosen), None))
        heatmaps = explained(chosen, detector, scale.calibration)
    clip = clip_of(tracks, scale)
    return Evidence(
        media=info,
        band=clip.band,
        score=clip.score,
        raw_score=clip.raw_score,
        tracks=tracks,
        findings=findings(
            tracks, detector.card, info, frames.damaged, watch.interval, 1 / grid[0], watch.frames, kinds
        ),
        heatmaps=heatmaps,
        shots=tuple(watch.shots),
        frames_sampled=watch.frames,
        model=detector.ref,
        timing=clock.timing(),
        samples_per_second=settings.samples_per_second if info.kind == "video" else None,
        device=detector.device,
    )


@dataclass(frozen=True)
class _Cut:
    """One face, upright in a square."""

    face: Face
    crop: Image
    matrix: Matrix  # from the frame to the crop
    quality: Quality


@dataclass(frozen=True)
class _Seen:
    """One frame with its faces, largest first; where it has none, with what may be some."""

    frame: Frame
    begins_shot: bool
    faces: list[Face]
    doubtful: list[Face]


def _searched(frames: SampledFrames, finder: FaceFinder, clock: Clock) -> Iterator[_Seen]:
    """Finds the faces of each frame, while the next one is decoded. It takes longest, so nothing else is done here."""
    search = FaceSearch(finder)
    shrunk = ((frame, begins_shot, frame.afar) for frame, begins_shot in with_cuts(frames))  # in the decoder's thread
    with closing(read_ahead(shrunk)) as coming:
        for frame, begins_shot, seen in clock.each("decode", coming):
            with clock.stage("faces"):
                faces = search.faces(frame, begins_shot)
                doubtful = [] if faces else finder.doubtful(frame.image, seen)
            yield _Seen(frame, begins_shot, faces, doubtful)


def _cut(image: Image, face: Face, card: Card) -> _Cut:
    matrix = crop_matrix(face.landmarks, image.shape, card.crop)
    crop = cut(image, matrix, card.crop.size)
    return _Cut(face, crop, matrix, measure(crop, face, card.quality))


class _Watch:
    """What is kept while the frames go by: numbers of every face, pictures of a few."""

    def __init__(self, info: MediaInfo, detector: Detector, settings: Settings, clock: Clock) -> None:
        duration = info.duration or 0.0
        self.interval = max(1 / settings.samples_per_second, duration / settings.max_samples)
        self.frames = 0
        self.shots: list[float] = []
        self._tracker, self._doubts = Tracker(self.interval), Tracker(self.interval)
        self.highlights = Highlights(settings.heatmaps, duration)
        self._detector, self._kind, self._clock = detector, info.kind, clock
        self._calibration = detector.card.scales[info.kind].calibration
        self._batch = settings.batch_size

    def see(self, seen: _Seen) -> None:
        """Cut, score and follow the faces of one frame."""
        self.frames += 1
        frame, card = seen.frame, self._detector.card
        if seen.begins_shot:
            self.shots.append(frame.time)
        with self._clock.stage("score"):
            cuts = [_cut(frame.image, face, card) for face in seen.faces]
            raws = self._scores([one.crop for one in cuts if not one.quality.poor])
        trails = self._tracker.follow(seen.faces, frame.time, seen.begins_shot)
        for one, trail in zip(cuts, trails, strict=True):
            scored = self._frame_score(frame, one.face, None if one.quality.poor else next(raws), one.quality)
            trail.seen.append(scored)
            self.highlights.offer(trail, scored, one.crop, one.matrix, frame)
        trails = self._doubts.follow(seen.doubtful, frame.time, seen.begins_shot)
        for face, trail in zip(seen.doubtful, trails, strict=True):
            quality = unclear(_cut(frame.image, face, card).quality)
            trail.seen.append(self._frame_score(frame, face, None, quality))

    def trails(self) -> list[Trail]:
        """Everybody in order of appearance; where no face was confirmed, those that were proposed again and again."""
        return self._tracker.finished() or [one for one in self._doubts.finished() if len(one.seen) >= LOOKS]

    def _scores(self, crops: list[Image]) -> Iterator[float]:
        batches = [crops[start : start + self._batch] for start in range(0, len(crops), self._batch)]
        return iter([float(raw) for batch in batches for raw in self._detector.score(np.stack(batch), self._kind)])

    def _frame_score(self, frame: Frame, face: Face, raw: float | None, quality: Quality) -> FrameScore:
        score = None if raw is None else probability(raw, self._calibration)
        return FrameScore(frame.index, frame.time, face.box, score, raw, quality)


def _steady(track: Track, again: list[Retried], scale: Scale) -> Track:
    return steadied(track, [(one.highlight.raw, one.variants) for one in again], scale)


def _kind(track: Track, tried: list[Retried], detector: Detector) -> Iterator[Finding]:
    """Which kind of manipulation a flagged track looks like; of others the network is not asked."""
    kinds = detector.card.kinds
    if track.band == "signs" and kinds and tried:
        yield kind_finding(track, kinds, detector.kinds(np.stack([one.highlight.crop for one in tried])))


def _strongest_first(tracks: tuple[Track, ...], again: list[list[Retried]]) -> list[tuple[str, Retried]]:
    """What is kept with its frame, that of the strongest track first, each with its track's id."""
    pairs = sorted(zip(tracks, again, strict=True), key=lambda pair: pair[0].raw_score or 0.0, reverse=True)
    return [(track.id, one) for track, tried in pairs for one in tried if one.highlight.frame is not None]
