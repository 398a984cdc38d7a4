"""How long an analysis takes, as a multiple of decoding alone; or how fast a GAN learns, against a plain loop.

    python -m scripts.benchmark [--seconds 60] [--people 1] [--turns 3] [--clip FILE]
    python -m scripts.benchmark gan [--steps 12]

Times differ from machine to machine and with what else runs there; the ratio of two times of one run differs little.
Decoding and analysis take turns, and the quickest of each counts: what else runs only ever slows. A short clip costs
more a second than a long one, for the first search and the heatmaps cost the same.
Without --clip a 1080p clip at 30 frames a second is made from the portrait that scikit-image carries.
On a machine with a GPU the analysis is measured twice: scored on the CPU, and on the GPU.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from skimage.data import astronaut

from core import gpu
from core.detectors import registry
from core.detectors.registry import Detector
from core.evidence import Evidence
from core.generators import throughput
from core.settings import settings
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.probe import probe

WIDTH, HEIGHT, FPS = 1920, 1080, 30
NOISE = 4  # levels of 255: without any, a still picture would decode faster than a filmed one
THREADS = 2  # as many as the analysis gives the decoder


def make_clip(path: Path, seconds: float, people: int = 1) -> None:
    """The portrait, `people` times side by side, panned and zoomed, with a film's noise; H.264 as phones write it."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, picture in enumerate(_pictures(round(seconds * FPS), people)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _pictures(count: int, people: int) -> Iterator[NDArray[np.uint8]]:
    portraits, rng = np.hstack([astronaut()] * people), np.random.default_rng(0)
    noise = rng.integers(-NOISE, NOISE + 1, (8, HEIGHT, WIDTH, 1), dtype=np.int16)
    for number in range(count):
        phase = 2 * np.pi * number / (4 * FPS)
        zoom = 1.9 + 0.1 * np.sin(phase)
        shift = (WIDTH / 2 - portraits.shape[1] / 2 * zoom + 300 * np.sin(phase / 2), 40 * np.cos(phase))
        matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
        # Its edge goes on to the sides; reflected there, the person would be seen twice.
        picture = cv2.warpAffine(portraits, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        yield np.clip(picture + noise[number % len(noise)], 0, 255).astype(np.uint8)


def decode_seconds(path: Path) -> float:
    """Time to decode every frame of `path` with PyAV, and nothing else."""
    begun = time.perf_counter()
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", THREADS
        for _ in container.decode(stream):
            pass
    return time.perf_counter() - begun


def analyse_clip(path: Path, detector: Detector) -> Evidence:
    """The desk's own analysis."""
    config = settings()
    with FaceFinder(config.face_models) as finder:
        info = probe(path, path.name, sha256="", limits=config)
        return analyse(path, info, detector, finder, config, report=lambda _: None)


def table(evidence: Evidence, decoding: float) -> Table:
    """Each stage in seconds and as a multiple of decoding alone."""
    media = evidence.media
    what = f"{media.width} × {media.height}, {media.fps:.0f}/s, {media.duration:.1f} s"
    looked = f"{evidence.frames_sampled} frames looked at, scored on the {evidence.device}"
    drawn = Table("", "s", "× decoding alone", title=f"{what}, {looked}")
    stages = {"decoding alone": decoding} | asdict(evidence.timing)
    for name, seconds in stages.items():
        drawn.add_row(name.removesuffix("_s"), f"{seconds:.2f}", f"{seconds / decoding:.2f}")
    return drawn


def peak_memory() -> float:
    """The most memory this process has held, MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("analysis", "gan"), default="analysis")
    parser.add_argument("--steps", type=int, default=12, help="of each loop, for the GAN")
    parser.add_argument("--seconds", type=float, default=60, help="length of the clip that is made")
    parser.add_argument("--people", type=int, choices=(1, 2), default=1, help="in that clip")
    parser.add_argument("--turns", type=int, default=3, help="of decoding alone and analysis")
    parser.add_argument("--clip", type=Path, help="measure this file instead")
    asked = parser.parse_args()
    if asked.what == "gan":
        print(throughput.compare(asked.steps))
    else:
        measure_analysis(asked)


def measure_analysis(asked: argparse.Namespace) -> None:
    """Prints how long each stage takes for the clip asked for."""
    with tempfile.TemporaryDirectory() as scratch:
        clip = asked.clip or Path(scratch) / "clip.mp4"
        if not asked.clip:
            print(f"Making {asked.seconds:g} s of {WIDTH} × {HEIGHT} at {FPS} frames a second.")
            make_clip(clip, asked.seconds, asked.people)
        for detector in detectors():
            turns = [(decode_seconds(clip), analyse_clip(clip, detector)) for _ in range(asked.turns)]
            decoding = min(alone for alone, _ in turns)
            evidence = min((found for _, found in turns), key=lambda found: found.timing.total_s)
            Console().print(table(evidence, decoding))
    print(f"Peak memory: {peak_memory():.0f} MB")


def detectors() -> list[Detector]:
    """The detector that came with the project, on the CPU, and on the GPU where this machine has one."""
    config = settings()
    devices = dict.fromkeys(("cpu", gpu.device(config)))
    return [registry.load(config.shipped_detector, device) for device in devices]


if __name__ == "__main__":
    main()
