"""Every table of the desk. Whoever goes over all of them asks here, so that none is unknown to it.

A file of tables is known once it was imported, and a program imports only those that it speaks of itself.
"""

from db import (  # noqa: F401 - their tables count too
    models_cards,
    models_drift,
    models_intake,
    models_keeping,
    models_learning,
    models_people,
    models_reports,
    models_trials,
)
from db.models import Base

ALL = Base.metadata
