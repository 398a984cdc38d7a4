"""Every picture and clip that is made here says that a machine made it.

PNG    text, EXIF, and XMP with the IPTC's digital source type
JPEG   EXIF and the same XMP
GIF    a comment
MP4    a comment and a description

With a key they also carry Content Credentials (C2PA) that say the same, signed.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import c2pa
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
TOOL = "Telltale generators"
DESCRIPTION, SOFTWARE = 0x010E, 0x0131  # EXIF
JPEG_QUALITY = 95
MIME = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".mp4": "video/mp4"}
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}" xmp:CreatorTool="{TOOL}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

Image8 = NDArray[np.uint8]  # [height, width, 3], RGB


@dataclass(frozen=True)
class Signer:
    """A private key (ES256) and the chain of certificates it belongs to, both PEM."""

    key: bytes
    chain: bytes


def sentence(model: str, seed: int) -> str:
    """What the file says of itself."""
    return f"Synthetic picture, made by the generator {model} with seed {seed}. It shows nobody."


def write_picture(path: Path, image: Image8, says: str, signer: Signer | None = None) -> None:
    """A marked .png or .jpg."""
    picture, exif = Image.fromarray(image), Image.Exif()
    exif[DESCRIPTION], exif[SOFTWARE] = says.encode("ascii", "replace").decode(), TOOL
    if path.suffix == ".png":
        text = PngInfo()
        for key, value in (("Description", says), ("Software", TOOL), ("Source", SOURCE_TYPE)):
            text.add_text(key, value)
        text.add_itxt("XML:com.adobe.xmp", XMP)
        picture.save(path, pnginfo=text, exif=exif)
    else:
        picture.save(path, quality=JPEG_QUALITY, exif=exif, xmp=XMP.encode())
    _signed(path, signer)


def write_gif(path: Path, frames: Sequence[Image8], fps: int, says: str, signer: Signer | None = None) -> None:
    """A marked, endless GIF."""
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(path, save_all=True, append_images=others, duration=round(1000 / fps), loop=0, comment=says.encode())
    _signed(path, signer)


def write_mp4(path: Path, frames: Sequence[Image8], fps: int, says: str, signer: Signer | None = None) -> None:
    """A marked H.264 clip; frames with an odd side lose its last line, which the codec can't hold."""
    with av.open(path, "w") as container:
        container.metadata.update({"comment": f"{says} {SOURCE_TYPE}", "description": says, "title": TOOL})
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16"})
        height, width = (side - side % 2 for side in frames[0].shape[:2])
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    _signed(path, signer)


def _signed(path: Path, signer: Signer | None) -> None:
    """Puts Content Credentials into the file, where there is a key to sign them with."""
    if signer is None:
        return
    action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": {"name": TOOL}}
    manifest = {
        "claim_generator_info": [{"name": TOOL}],
        "title": path.name,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    settings = {"builder": {"thumbnail": {"enabled": False}}}
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder.from_json(json.dumps(manifest), context=context) as builder,
        c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", signer.chain, signer.key, None)) as signing,
        path.open("rb") as plain,
    ):
        made = io.BytesIO()
        builder.sign(signing, MIME[path.suffix], plain, made)
    path.write_bytes(made.getvalue())
