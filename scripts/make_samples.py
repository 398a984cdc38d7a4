"""Draw the two sample clips again: `python -m scripts.make_samples --out samples`.

A camera moves over a NASA portrait (public domain, carried by scikit-image) while the light changes; in the twin,
the inner face was exchanged for a mirrored, recoloured and smoothed one, as a face swap does. Nobody else's picture
is used, so both may be published.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 25, 6
FACE = (225.0, 122.0)  # centre of the face in the portrait, px
FACE_AXES = (40.0, 52.0)  # half axes of the part that is exchanged
FEATHER = 7.0  # px, softness of its edge
COOLER = np.array([0.90, 1.0, 1.12])  # what a swapped face's colours are off by
TREMBLE = 1.2  # px; a swap sits a little differently in every frame

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Shot:
    """Where the camera is and how bright the light."""

    centre: tuple[float, float]  # px of the portrait
    zoom: float
    light: float


def camera(frame: int) -> Shot:
    """A slow move towards the face and back, with a hand's unrest."""
    turn = 2 * np.pi * frame / (FPS * SECONDS)
    unrest = np.sin(turn * 7), np.cos(turn * 5)
    centre = FACE[0] + 14 * np.sin(turn) + unrest[0], FACE[1] + 24 + 5 * np.cos(turn) + unrest[1]
    return Shot(centre, zoom=1.6 - 0.15 * np.cos(turn), light=1 + 0.1 * np.sin(2 * turn))


def filmed(portrait: Picture, shot: Shot, noise: np.random.Generator) -> Picture:
    """The portrait as this shot sees it."""
    x, y = shot.centre
    move = np.array([[shot.zoom, 0, WIDTH / 2 - shot.zoom * x], [0, shot.zoom, HEIGHT / 2 - shot.zoom * y]])
    view = cv2.warpAffine(
        portrait, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    grain = noise.normal(0, 1.2, (HEIGHT, WIDTH, 1))
    return np.clip(view * shot.light + grain, 0, 255).astype(np.uint8)


def swapped(portrait: Picture, frame: int, noise: np.random.Generator) -> Picture:
    """The portrait with another inner face: its own mirrored, in other colours, smoothed and a little larger."""
    x, y = FACE
    dx, dy = noise.normal(0, TREMBLE, 2)
    speaks = 1 + 0.04 * np.sin(frame * 0.9)
    mirror = np.array([[-1.06, 0, 2.06 * x + dx], [0, 1.06 * speaks, y - 1.06 * speaks * y + dy]])
    other = cv2.warpAffine(portrait, mirror, portrait.shape[1::-1], flags=cv2.INTER_LINEAR)
    other = np.clip(cv2.GaussianBlur(other, (0, 0), 1.1) * COOLER, 0, 255)
    mask = _face_mask(portrait.shape[:2])[..., None]
    return (portrait * (1 - mask) + other * mask).astype(np.uint8)


def _face_mask(shape: tuple[int, ...]) -> NDArray[np.float64]:
    mask = np.zeros(shape, np.float64)
    cv2.ellipse(mask, (FACE, (2 * FACE_AXES[0], 2 * FACE_AXES[1]), 0), 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), FEATHER), np.float64)


def frames(manipulated: bool) -> Iterator[Picture]:
    """The frames of one of the clips."""
    portrait, noise = astronaut(), np.random.default_rng(0)
    for number in range(FPS * SECONDS):
        picture = swapped(portrait, number, noise) if manipulated else portrait
        yield filmed(picture, camera(number), noise)


def write(path: Path, pictures: Iterator[Picture], title: str) -> None:
    """Encode a clip that says what it is."""
    with av.open(str(path), "w") as container:
        container.metadata.update(title=title, comment="Synthetic sample, made by scripts/make_samples.py")
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("samples"))
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "portrait_genuine.mp4", frames(manipulated=False), "Portrait, camera moved over a photo")
    write(folder / "portrait_manipulated.mp4", frames(manipulated=True), "The same portrait, face exchanged")


if __name__ == "__main__":
    main()
