"""Roles as the pages name them."""

from typing import cast

from db.models_people import Role

NONE = "none"  # a choice can't be None: Streamlit takes that for "nothing chosen"
ROLES: dict[str, str] = {NONE: "No role yet", "analyst": "Analyst", "editor": "Editor", "admin": "Admin"}
TOLD = """
**Analyst** takes files in, judges, works on cases, exports. **Editor** signs off as well.
**Admin** manages people and settings as well. Without a role, nothing is shown.
"""


def role_of(chosen: str) -> Role | None:
    """The role that a choice stands for."""
    return None if chosen == NONE else cast(Role, chosen)
