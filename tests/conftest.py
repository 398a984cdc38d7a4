"""What tests of several rooms share: the sample clips, the detector that ships, a face finder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.detectors import registry
from core.detectors.registry import Detector
from core.settings import ROOT, settings
from pipelines.media.faces import FaceFinder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the clips that are free to publish."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def shipped_detector() -> Detector:
    """The detector in service."""
    return registry.load(settings().models / settings().detector)


@pytest.fixture(scope="session")
def face_finder() -> Iterator[FaceFinder]:
    """One finder for all tests; it holds native resources."""
    with FaceFinder(settings().face_models) as finder:
        yield finder
