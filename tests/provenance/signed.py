"""Media that carry Content Credentials, signed by a certificate that is made here and trusted nowhere else."""

import io
import json
from pathlib import Path

import c2pa
from PIL import Image

from pipelines.fuzzing.certificates import certificate

__all__ = ["certificate", "picture", "sign"]

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def sign(source: Path, target: Path, mime: str, source_type: str = CAMERA, tool: str = "Test Camera") -> Path:
    """A copy of `source` with credentials that say who made it and how."""
    chain, key, _ = certificate()
    action = {"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": {"name": tool}}
    manifest = {
        "claim_generator_info": [{"name": "Test Newsroom Signer", "version": "1"}],
        "title": target.name,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    settings = {"builder": {"thumbnail": {"enabled": False}}}
    info = c2pa.C2paSignerInfo(b"es256", chain, key, None)
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder.from_json(json.dumps(manifest), context=context) as builder,
        c2pa.Signer.from_info(info) as signer,
        source.open("rb") as given,
    ):
        made = io.BytesIO()
        builder.sign(signer, mime, given, made)
    target.write_bytes(made.getvalue())
    return target


def picture(path: Path) -> Path:
    """A small JPEG."""
    Image.linear_gradient("L").convert("RGB").resize((160, 120)).save(path, "JPEG", quality=90)
    return path
