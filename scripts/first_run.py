"""Put the examples on an empty desk, so that the first page shows something that was really analysed.

    python -m scripts.first_run

It only asks for their analysis: the worker does the rest. A desk that holds anything is left as it is.
"""

import sys

from core.errors import TelltaleError
from core.settings import ROOT, Settings, settings
from db import media, people
from db.migrate import migrate_as_desk
from db.session import session
from pipelines.intake import take_in

EXAMPLES = ROOT / "samples"


def put_examples(config: Settings) -> list[str]:
    """Take in the sample clips where the desk is empty; gives their names.

    Raises:
        TelltaleError: a sample was refused.
    """
    migrate_as_desk(config)
    with session(config) as opened:
        if not media.is_empty(opened):
            return []
    return [_put(name, config) for name in sorted(path.name for path in EXAMPLES.glob("*.mp4"))]


def _put(name: str, config: Settings) -> str:
    with session(config) as opened:
        actor = people.desk_user(opened)
    taken = take_in(EXAMPLES / name, name, config, actor, origin="example")
    if taken.refusal:
        raise taken.refusal
    return name


def main() -> None:
    """The command."""
    try:
        names = put_examples(settings())
    except TelltaleError as error:
        sys.exit(f"The example could not be put on the desk: {error.message}")
    print(
        f"Examples on the desk: {', '.join(names)}."
        if names
        else "The desk holds files already; no examples."
    )


if __name__ == "__main__":
    main()
