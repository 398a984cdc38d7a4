"""Give somebody an account, a role or another password, from the machine that runs the desk.

    python -m scripts.add_user ada@example.org --role admin --name "Ada Lovelace"
    python -m scripts.add_user ada@example.org --reset

The password is asked for on the terminal, never taken from the command line, where others could see it. For a login
that exists, --role changes the role and --reset the password. Whoever signs in with a provider has no password here:
she signs in once, then --role lets her in. Exit status: 0, or 2 with a reason.
"""

import argparse
import getpass
import sys
from typing import get_args

from core.errors import TelltaleError
from core.settings import settings
from db import people
from db.migrate import migrate
from db.models_people import Role
from db.rights import User
from db.session import session
from pipelines.signing_in import SHORTEST, hashed

DONE, REFUSED = 0, 2


def main() -> int:
    """The command; gives its exit status."""
    asked = _arguments()
    config = settings()
    migrate(config)
    with session(config) as opened:
        known = people.by_login(opened, asked.login)
    try:
        told = _add(asked) if known is None else _change(known, asked)
    except TelltaleError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    print(told)
    return DONE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("login", help="one word, such as an address")
    parser.add_argument("--role", choices=get_args(Role), help="what she may do")
    parser.add_argument("--name", default="", help="as others see it; the login where none is given")
    parser.add_argument("--reset", action="store_true", help="ask for another password")
    return parser.parse_args()


def _add(asked: argparse.Namespace) -> str:
    config = settings()
    if config.sign_in == "oidc":
        raise TelltaleError("not_yet", "People come from your provider here: she signs in once, then give the role.")
    kept = hashed(_password())
    with session(config) as opened:
        made = people.add(opened, people.desk_user(opened), asked.login, asked.name, asked.role, kept)
    hint = "" if config.sign_in == "local" else " Nobody signs in yet: start the desk with TELLTALE_SIGN_IN=local."
    return f"{made.login} is at the desk, role: {made.role or 'none'}.{hint}"


def _change(known: User, asked: argparse.Namespace) -> str:
    kept = hashed(_password()) if asked.reset else None
    if not kept and not asked.role:
        raise TelltaleError("nothing", f"{known.login} exists. Say --role, --reset or both.")
    with session() as opened:
        actor = people.desk_user(opened)
        if asked.role:
            people.set_role(opened, actor, known.id, asked.role)
        if kept:
            people.set_password(opened, actor, known.id, kept)
    return f"{known.login}: changed."


def _password() -> str:
    first = getpass.getpass(f"Password (at least {SHORTEST} characters): ")
    if getpass.getpass("Again: ") != first:
        raise TelltaleError("differ", "The two differ. Nothing was changed.")
    return first


if __name__ == "__main__":
    sys.exit(main())
