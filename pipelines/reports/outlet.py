"""In whose name reports are given, from the settings."""

from io import BytesIO

from PIL import Image

from core.errors import TelltaleError
from core.settings import Settings
from pipelines.reports.dossier import Outlet

KINDS = ("PNG", "JPEG")
LARGEST = 4 << 20  # bytes: it stands in every report


def outlet(config: Settings) -> Outlet:
    """Name and logo.

    Raises:
        TelltaleError: `bad_logo`.
    """
    return Outlet(config.outlet_name, _logo(config) if config.outlet_logo else None)


def _logo(config: Settings) -> bytes:
    assert config.outlet_logo is not None
    wrong = TelltaleError(
        "bad_logo",
        f"TELLTALE_OUTLET_LOGO must name a PNG or JPEG of at most {LARGEST >> 20} MB that can be read.",
    )
    try:
        content = config.outlet_logo.read_bytes()
        with Image.open(BytesIO(content)) as picture:
            picture.verify()
            good = picture.format in KINDS and len(content) <= LARGEST
    except (OSError, SyntaxError) as error:  # Pillow's word for a broken PNG is SyntaxError
        raise wrong from error
    if not good:
        raise wrong
    return content
