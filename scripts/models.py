"""Which detectors this desk knows, and which of them judges new clips.

    python -m scripts.models list
    python -m scripts.models promote 3 --reason "Finds the new generator; no more false alarms."
    python -m scripts.models roll-back --reason "Flags interviews in the dark."

A change counts for every job that begins after it; no worker needs another start. It is written to the log in the name
of the desk itself, or of the person whose login is given with --by. Exit status: 0, or 2 with a reason.
"""

import argparse
import sys

from core.errors import TelltaleError
from core.settings import Settings, settings
from db import model_versions, people
from db.migrate import migrate
from db.model_versions import Version
from db.rights import User
from db.session import session
from pipelines import serving

DONE, REFUSED = 0, 2


def main() -> int:
    """The command; gives its exit status."""
    asked = _arguments()
    config = settings()
    migrate(config)
    serving.know_shipped(config)
    try:
        print(_done(config, asked))
    except TelltaleError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return DONE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every version, newest first")
    promote = commands.add_parser("promote", help="let a version judge from now on")
    promote.add_argument("id", type=int, help="as `list` shows it")
    back = commands.add_parser("roll-back", help="let the version judge again that did before")
    for command in (promote, back):
        command.add_argument("--reason", required=True, help="why, for those who read the log later")
        command.add_argument("--by", metavar="LOGIN", default=people.DESK, help="in whose name")
    return parser.parse_args()


def _done(config: Settings, asked: argparse.Namespace) -> str:
    """Does what was asked; gives what there is to say."""
    if asked.command == "promote":
        serving.promote(config, _actor(config, asked.by), asked.id, asked.reason)
    elif asked.command == "roll-back":
        serving.roll_back(config, _actor(config, asked.by), asked.reason)
    with session(config) as opened:
        return "\n".join(_line(version) for version in model_versions.versions(opened))


def _line(version: Version) -> str:
    since = f" since {version.promoted_at:%Y-%m-%d %H:%M} UTC" if version.state == "champion" else ""
    return f"{version.id:>4}  {version.title:<20} {version.sha256[:12]}  {version.state}{since}"


def _actor(config: Settings, login: str) -> User:
    with session(config) as opened:
        return people.known(opened, login)


if __name__ == "__main__":
    sys.exit(main())
