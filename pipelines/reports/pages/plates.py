"""Pictures on a page: the frame with its boxes, the face, and where the model looked."""

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.colors import white
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from core.evidence import Box
from pipelines.reports.pages.house import DARK, RULE
from pipelines.reports.pictures import size_of


class Plate(Flowable):
    """A picture in a field of `room` × `height` points at most, with boxes drawn over it as vectors.

    `boxes` are in pixels of the picture. The picture keeps its shape and is not coded anew.
    """

    def __init__(self, picture: bytes, room: float, height: float, boxes: Sequence[Box] = ()) -> None:
        super().__init__()
        pixels_wide, pixels_high = size_of(picture)
        self._picture, self._boxes = picture, boxes
        self._scale = min(room / pixels_wide, height / pixels_high)
        self.width, self.height = pixels_wide * self._scale, pixels_high * self._scale

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        """Its size does not depend on the room."""
        return self.width, self.height

    def draw(self) -> None:
        """The picture, a thin frame, the boxes: dark on light, so that they are seen on anything."""
        canvas = self.canv
        canvas.drawImage(ImageReader(BytesIO(self._picture)), 0, 0, self.width, self.height)
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        for colour, line in ((white, 2.0), (DARK, 0.9)):
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(line)
            for x, y, width, height in self._boxes:
                foot = self.height - (y + height) * self._scale
                canvas.rect(
                    x * self._scale, foot, width * self._scale, height * self._scale, stroke=1, fill=0
                )


class Logo(Plate):
    """A picture without boxes and without a frame."""

    def draw(self) -> None:
        """The picture alone; what is transparent in it stays so."""
        self.canv.drawImage(ImageReader(BytesIO(self._picture)), 0, 0, self.width, self.height, mask="auto")


class Swatch(Flowable):
    """A small field of one colour, for a legend."""

    def __init__(self, colour: object) -> None:
        super().__init__()
        self._colour = colour
        self.width, self.height = 14.0, 8.0

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        """Always the same."""
        return self.width, self.height

    def draw(self) -> None:
        """The field."""
        self.canv.setFillColor(self._colour)
        self.canv.setStrokeColor(RULE)
        self.canv.setLineWidth(0.4)
        self.canv.rect(0, -1, self.width, self.height, stroke=1, fill=1)
