"""Look whether this machine has all that the desk needs, and say what to do where it has not.

    python -m scripts.doctor

Exit status 1 where something is missing. Imports nothing but the standard library until a check needs more, so that
setup can ask it before there is an environment.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable

# MediaPipe opens these when it is imported, also where it then runs without a GPU.
LIBRARIES = ("libEGL.so.1", "libGLESv2.so.2")
INSTALL_LIBRARIES = (
    ("Debian, Ubuntu", "sudo apt install libegl1 libgles2"),
    ("Fedora", "sudo dnf install libglvnd-egl libglvnd-gles"),
    ("Arch", "sudo pacman -S libglvnd"),
)


def missing_libraries() -> str | None:
    """Libraries of the system that finding faces needs."""
    if not sys.platform.startswith("linux"):
        return None
    missing = [name for name in LIBRARIES if not _loads(name)]
    commands = "\n".join(f"  {system}: {command}" for system, command in INSTALL_LIBRARIES)
    return (
        f"Finding faces needs {' and '.join(missing)} of the system. Install:\n{commands}"
        if missing
        else None
    )


def broken_packages() -> str | None:
    """Packages with parts that only show at import whether they fit this system."""
    try:
        import av  # noqa: F401
        import cv2  # noqa: F401
        import mediapipe  # noqa: F401
        import torch  # noqa: F401
    except (ImportError, OSError) as error:
        return f"A package does not load: {error}. Delete the folder .venv and run: make setup"
    return None


def missing_face_models() -> str | None:
    """The networks that find faces."""
    from core.settings import settings
    from scripts.fetch_face_models import missing

    lacking = missing(settings().face_models)
    return f"{len(lacking)} of the face models are missing or altered. Run: make setup" if lacking else None


def refused_weights() -> str | None:
    """The detector that came with the project."""
    from core.detectors import registry
    from core.errors import WeightsRefused
    from core.settings import settings

    try:
        registry.load(settings().shipped_detector)
    except WeightsRefused as refusal:
        return refusal.message
    return None


CHECKS: tuple[tuple[str, Callable[[], str | None]], ...] = (
    ("system libraries", missing_libraries),
    ("packages", broken_packages),
    ("face models", missing_face_models),
    ("detector", refused_weights),
)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def main() -> None:
    """The command."""
    problems = {name: problem for name, check in CHECKS if (problem := check())}
    for name, _ in CHECKS:
        print(f"{name}: {problems.get(name, 'all right')}")
    if not shutil.which(os.environ.get("TELLTALE_CHROMIUM", "chromium")):
        print(
            "browser: no Chromium here. The desk runs in any browser; only the browser tests will be skipped."
        )
    if problems:
        sys.exit("Something is missing: see above.")


if __name__ == "__main__":
    main()
