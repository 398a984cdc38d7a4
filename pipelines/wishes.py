"""What somebody wishes for what she gives the desk: how soon, how closely looked at, and in which case it belongs."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.errors import TelltaleError
from core.settings import FEWEST_SAMPLES, Settings
from db import cases
from db.models import Priority
from db.rights import User


@dataclass(frozen=True)
class Wish:
    """Said once, for one file or for many."""

    priority: Priority = "normal"
    case_id: int | None = None  # an open case that the files are put into as they come
    samples_per_second: float | None = None  # frames of a clip to look at; None: as many as the settings say


PLAIN = Wish()


def granted(opened: Session, config: Settings, actor: User, wish: Wish) -> Wish:
    """The wish, where it can be met: asked before anything is copied.

    Raises:
        NotAllowed: the actor may not work on cases.
        TelltaleError: `bad_sampling`, `no_case`, `case_closed`.
    """
    rate, most = wish.samples_per_second, config.most_samples_per_second
    if rate is not None and not FEWEST_SAMPLES <= rate <= most:
        raise TelltaleError(
            "bad_sampling", f"This desk looks at {FEWEST_SAMPLES:g} to {most:g} frames of each second."
        )
    if wish.case_id is not None:
        cases.require_open(opened, actor, wish.case_id)
    return replace(wish, samples_per_second=None) if rate == config.samples_per_second else wish
