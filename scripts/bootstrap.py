"""Make the environment that everything else runs in; what `make setup` calls, with the system's Python.

    python3 -m scripts.bootstrap [--dev]

Does only what is not done yet. Uses nothing but the standard library: there is no environment yet.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.doctor import missing_libraries

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
HEADLESS_OPENCV = "opencv-python-headless"
SPACE = 8 * 2**30  # bytes: on Linux torch comes with CUDA's libraries


class SetupFailed(Exception):
    """Setup can't go on; the message says why, and what to do."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Make the environment that everything else runs in.")
    parser.add_argument("--dev", action="store_true", help="also what testing needs")
    asked = parser.parse_args()
    try:
        set_up(dev=asked.dev)
    except SetupFailed as failure:
        sys.exit(f"\nSetup stopped. {failure}")
    except KeyboardInterrupt:
        sys.exit("\nSetup was interrupted. Run the same command again; it goes on where it stopped.")


def set_up(dev: bool) -> None:
    """System libraries, environment, packages, face models: in this order, so that what is missing is said early.

    Raises SetupFailed.
    """
    if problem := missing_libraries():
        raise SetupFailed(problem)
    files = [ROOT / "requirements.txt", *([ROOT / "requirements-dev.txt"] if dev else [])]
    if not _is_installed(files):
        _make_environment()
        _install(files)
    _run([str(PYTHON), "-m", "scripts.fetch_face_models"], "The face models are not there yet (see above).")


def _make_environment() -> None:
    if (
        PYTHON.exists()
        and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    ):
        return
    if shutil.disk_usage(ROOT).free < SPACE:
        raise SetupFailed(
            f"The packages need up to {SPACE >> 30} GB of disk, and {ROOT} has less. Make room first."
        )
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Making an environment in .venv, with Python {version}.", flush=True)
    hint = "On Debian and Ubuntu this needs: sudo apt install python3-venv"
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)], f"The environment could not be made. {hint}")


def _install(files: list[Path]) -> None:
    print(
        "Installing the packages. The first time this takes some minutes and up to 3 GB of download.",
        flush=True,
    )
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    wanted = [argument for file in files for argument in ("-r", str(file))]
    failed = (
        "The packages could not be installed. If the lines above speak of a connection, check the network"
    )
    failed = f"{failed} (or pip's own settings) and run the same command again."
    _run([*pip, *wanted], failed)
    # Two wheels write the folder cv2, and pip's order is not ours to choose: the one without libGL must be last.
    _run([*pip, "--quiet", "--no-deps", "--force-reinstall", _pin(HEADLESS_OPENCV)], failed)
    editable = ["--quiet", "--no-deps", "--editable", str(ROOT), "--config-settings", "editable_mode=compat"]
    _run([*pip, *editable], failed)
    _compile()
    for file in files:
        _stamp(file).write_text(_digest(file), encoding="ascii")


def _compile() -> None:
    """What was installed, on all cores; pip would take one. Some files are for other Pythons, which harms nobody."""
    subprocess.run([PYTHON, "-m", "compileall", "-qq", "-j", "0", VENV / "lib"], cwd=ROOT)


def _is_installed(files: list[Path]) -> bool:
    """Whether the environment holds what `files` say now."""
    stamps = [(_stamp(file), _digest(file)) for file in files]
    return PYTHON.exists() and all(
        path.is_file() and path.read_text("ascii") == digest for path, digest in stamps
    )


def _stamp(file: Path) -> Path:
    return VENV / f"{file.name}.installed"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _pin(name: str) -> str:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return next(line.split("#")[0].strip() for line in lines if line.startswith(f"{name}=="))


def _run(command: list[str], failed: str) -> None:
    """Runs in the project's folder, whatever virtual environment the caller was in; SetupFailed(`failed`)."""
    surroundings = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")
    }
    if subprocess.run(command, cwd=ROOT, env=surroundings).returncode != 0:
        raise SetupFailed(failed)


if __name__ == "__main__":
    main()
