"""Analyse clips and pictures without a browser or a worker, by the detector that came with the project.

    python -m scripts.analyse clip.mp4 portrait.jpg --json evidence.json

Prints what was found and where the time went. With --json, writes a list with one object for each file, in the
order given. Exit status: 0 when every file was analysed, 2 when any could not be, 1 for a fault of ours.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.detectors.registry import read_card
from core.errors import AnalysisFailed, MediaRefused, WeightsRefused
from core.evidence import MEDIA_FIELDS, Evidence, MediaInfo, failed_record
from core.hashing import hashed
from core.judgement.bands import WORDS, meaning
from core.settings import FEWEST_SAMPLES, Settings, settings
from pipelines.media.probe import probe

Json = dict[str, Any]
Analyse = Callable[[Path, MediaInfo, Progress], Evidence]

log = logging.getLogger("telltale.analyse")

ANALYSED, FAULT, REFUSED = 0, 1, 2
OURS = "fault"  # the code of a failure that is no file's
STDERR = 2  # file descriptor
STAGES = {"faces": "Looking for faces", "explain": "Drawing heatmaps"}


def main() -> int:
    """Runs the command; gives its exit status."""
    options = _options()
    try:
        with _analyser(settings().sampling(options.samples_per_second)) as analyse:
            records = [_record(Path(file), analyse, Console()) for file in options.files]
    except (WeightsRefused, AnalysisFailed) as error:
        Console(stderr=True).print(f"[bold]Nothing was analysed.[/bold] {escape(error.message)}")
        return FAULT
    if options.json:
        options.json.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return _status(records)


def _status(records: list[Json]) -> int:
    codes = {record["error"]["code"] for record in records if record["status"] == "failed"}
    return FAULT if OURS in codes else REFUSED if codes else ANALYSED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="clip or picture")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the evidence here")
    parser.add_argument(
        "--samples-per-second",
        type=_rate,
        metavar="N",
        help=f"frames of a clip to look at, as many as {settings().samples_per_second:g} where nothing is said",
    )
    return parser.parse_args()


def _rate(said: str) -> float:
    rate, most = float(said), settings().most_samples_per_second
    if not FEWEST_SAMPLES <= rate <= most:
        raise argparse.ArgumentTypeError(f"between {FEWEST_SAMPLES:g} and {most:g}")
    return rate


@contextmanager
def _analyser(config: Settings) -> Iterator[Analyse]:
    """The detector that came with the project and the face finder, loaded once for all files."""
    from core.detectors.registry import load
    from core.gpu import device
    from pipelines.media.analyse import analyse
    from pipelines.media.faces import FaceFinder

    detector = load(config.shipped_detector, device(config))
    with ExitStack() as stack:
        try:
            with _hushed():
                finder = stack.enter_context(FaceFinder(config.face_models))
        except FileNotFoundError as error:
            raise AnalysisFailed("no_face_models", str(error)) from error
        yield lambda path, info, bar: analyse(path, info, detector, finder, config, _shown_on(bar))
        stack.enter_context(_hushed())


@contextmanager
def _hushed() -> Iterator[None]:
    """MediaPipe and LiteRT write pages about themselves to the terminal, past Python's own stderr."""
    sys.stderr.flush()
    kept = os.dup(STDERR)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)


def _record(file: Path, analyse: Analyse, console: Console) -> Json:
    """What is written for one file; a refusal is a record too, never a score."""
    name = file.name.encode("utf-8", "replace").decode()  # a name may be no text at all
    media: Json = dict.fromkeys(MEDIA_FIELDS) | {"name": name}
    try:
        media["sha256"] = _sha256(file)
        info = probe(file, name, media["sha256"], settings())
        media = {field: getattr(info, field) for field in MEDIA_FIELDS}
        evidence = _with_bar(file, info, analyse, console)
    except (MediaRefused, AnalysisFailed) as error:
        console.print(f"[bold]{escape(_printable(file.name))}[/bold]: {escape(error.message)}")
        return failed_record(media, error.code, error.message)
    except Exception:  # one file must not cost the others their results
        log.exception("%s met a fault of ours", _printable(file.name))
        message = "A fault of ours, see above. Please report it."
        console.print(f"[bold]{escape(_printable(file.name))}[/bold]: {message}")
        return failed_record(media, OURS, message)
    _show(evidence, console)
    return evidence.record()


def _sha256(file: Path) -> str:
    try:
        if file.is_dir():
            raise MediaRefused("is_folder", f"{_printable(str(file))} is a folder. Name the files in it.")
        return hashed(file)
    except FileNotFoundError:
        raise MediaRefused(
            "not_found", f"There is no file {_printable(str(file))}. Check its path."
        ) from None
    except OSError as error:
        message = f"{_printable(str(file))} can't be read ({error.strerror}). Check who may read it."
        raise MediaRefused("unreadable", message) from error


def _with_bar(file: Path, info: MediaInfo, analyse: Analyse, console: Console) -> Evidence:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        return analyse(file, info, bar)


def _shown_on(bar: Progress) -> Callable[[Any], None]:
    task = bar.add_task("Reading the file", total=None)
    return lambda p: bar.update(
        task, description=STAGES.get(p.stage, p.stage), completed=p.done, total=p.total
    )


def _show(evidence: Evidence, console: Console) -> None:
    media, timing = evidence.media, evidence.timing
    console.print(f"[bold]{escape(_printable(media.name))}[/bold]: [bold]{WORDS[evidence.band]}[/bold]")
    if evidence.raw_score is not None:
        card = read_card(settings().shipped_detector)
        said = meaning(evidence.raw_score, media.kind, card.scales[media.kind].thresholds)
        console.print(f"  {said} Score {evidence.score:.2f}.", highlight=False)
    if evidence.tracks:
        console.print(_table(evidence))
    for finding in evidence.findings:
        console.print(f"  {escape(finding.text)}", highlight=False)
    stages = f"decode {timing.decode_s:.1f} s · faces {timing.faces_s:.1f} s · score {timing.score_s:.1f} s"
    rest = f"explain {timing.explain_s:.1f} s · total {timing.total_s:.1f} s"
    rate = f", {evidence.samples_per_second:g} a second" if evidence.samples_per_second else ""
    looked = f"{evidence.frames_sampled} frames{rate} on the {evidence.device}"
    console.print(f"  {looked} · {stages} · {rest}", style="dim", highlight=False)


def _table(evidence: Evidence) -> Table:
    table = Table("Person", "From", "To", "Frames", "Result", "Score", box=None, padding=(0, 2))
    for track in evidence.tracks:
        score = "" if track.score is None else f"{track.score:.2f}"
        times = (f"{track.start:.2f} s", f"{track.end:.2f} s")
        table.add_row(track.id, *times, str(len(track.frames)), WORDS[track.band], score)
    return table


def _printable(name: str) -> str:
    """A file name may hold anything, also what a terminal takes for a command."""
    return "".join(c if c.isprintable() else "�" for c in name)


if __name__ == "__main__":
    sys.exit(main())
