"""The notebook runs from top to bottom, in a short setting, and ships without pictures in it."""

from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT

NOTEBOOK = ROOT / "docs" / "dcgan.ipynb"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient

    monkeypatch.setenv("TELLTALE_NOTEBOOK_MINUTES", "0.02")
    monkeypatch.setenv("TELLTALE_NOTEBOOK_RUNS", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    book = as_kept()
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    told = "".join(output.get("text", "") for output in outputs)
    assert "KID × 1000" in told and "EfficientNet-Lite0" in told and "precision" in told
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 5
    assert (tmp_path / "dcgan-lfw32" / "checkpoint.json").is_file()
    assert (tmp_path / "dcgan-lfw32" / "samples.png").is_file()


def test_it_is_kept_without_outputs() -> None:
    cells = as_kept().cells
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


def as_kept() -> Any:
    """The notebook; its library is loaded only where it is read, for that takes long."""
    import nbformat

    return nbformat.read(NOTEBOOK, as_version=4)
