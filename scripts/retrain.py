"""Learn now from what people confirmed, here in the shell, and let the gate decide whether the result serves.

    python -m scripts.retrain --dry-run        # learns and decides, but changes nothing
    python -m scripts.retrain --now            # without waiting for enough new verdicts

The run goes on where it was when it is cut off and started again. Status 0: it came to a decision, whichever; 3: there
was nothing worth it; 1: it could not be done.
"""

import argparse
import logging
import sys

from core.errors import TelltaleError
from core.settings import Settings, settings
from db import people, training_runs
from db.migrate import migrate
from db.session import session
from db.training_runs import Asked, TrainingRunRow
from pipelines.retraining.process import be_polite, refuse_without_gpu, work

NOTHING = 3
NO_DRY_RUN = (
    "Run {} was begun already and is no dry run: it may change which detector serves. Wait for its end or stop it on "
    "the page Models, then ask again; or go on with it, without --dry-run."
)
# How many steps fit into its time was measured when it began, and what it has learned hangs on that.
GOES_ON = (
    "Run {} was begun already, and is gone on with. It keeps what it was asked for with: {:g} minutes, on {}. To give "
    "it others, stop it on the page Models and ask again; what it has learned is then lost."
)


def noted(asked: argparse.Namespace, config: Settings) -> int | None:
    """The run to go through: the one that was cut off, else a new one; None where it isn't worth it.

    Raises:
        TelltaleError: `no_dry_run` where a dry run is asked for, and the one that was begun is none; `no_gpu`.
    """
    with session(config) as opened:
        if left := training_runs.active(opened):
            if asked.dry_run and not left.dry_run:
                raise TelltaleError("no_dry_run", NO_DRY_RUN.format(left.id))
            refuse_without_gpu(config, left.device)
            print(GOES_ON.format(left.id, left.minutes, left.device.upper()))
            return left.id
        new = training_runs.new_verdicts(opened)
        if not asked.now and new < config.retrain_verdicts:
            print(f"{new} new confirmed verdicts; {config.retrain_verdicts} are worth a run. --now does not wait.")
            return None
        refuse_without_gpu(config, asked.device)
        wish = Asked("person", asked.minutes, asked.device, asked.dry_run)
        return training_runs.ask(opened, people.desk_user(opened), wish)


def said(row: TrainingRunRow) -> str:
    """What became of a run, for the shell."""
    if row.decision is None:
        return f"Run {row.id} {row.state}: {row.error_message or 'somebody asked to stop it'}"
    figures = [
        f"  {one['where']:<36} {one['figure']:<16} {one['champion']:.3f} → {one['candidate']:.3f}   "
        f"gain {one['gain']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})   {one['finding']}"
        for one in row.decision["compared"]
    ]
    word = "passes" if row.decision["promote"] else "does not pass"
    changed = " It was a dry run: nothing was changed." if row.dry_run else ""
    moved = " Another version was put in service meanwhile, so it waits." if row.decision["champion_moved"] else ""
    return "\n".join([f"The candidate {word} the gate.{changed}{moved}", *row.decision["why"], *figures])


def arguments(config: Settings) -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="decide, and leave the one in service where it is")
    parser.add_argument("--now", action="store_true", help="however few verdicts are new")
    parser.add_argument("--minutes", type=float, default=config.retrain_minutes, help="that a new run may take")
    parser.add_argument("--device", choices=("cpu", "cuda"), default=config.retrain_device,
                        help="that a new run learns on")  # fmt: skip
    return parser.parse_args()


def main() -> None:
    """The command."""
    config = settings()
    asked = arguments(config)
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", level=logging.WARNING)
    logging.getLogger("telltale").setLevel(logging.INFO)
    migrate(config)
    try:
        run_id = noted(asked, config)
        if run_id is None:
            sys.exit(NOTHING)
        be_polite(config)
        row = work(config, run_id)
    except TelltaleError as error:
        sys.exit(error.message)
    print(said(row))
    sys.exit(0 if row.decision else 1)


if __name__ == "__main__":
    main()
