"""Everything that Telltale refuses, by kind.

    TelltaleError
    ├── MediaRefused      the file is not ours to judge: broken, empty, too large, no picture
    ├── AnalysisFailed    a good file, but its analysis could not be finished
    ├── Cancelled         somebody asked for the work to stop
    └── WeightsRefused    a model folder that does not match its card

Each carries a ``code`` for programs and a ``message`` for people: one sentence that says what is wrong and
what to do about it.
"""


class TelltaleError(Exception):
    """A refusal with a stable ``code`` and a sentence for the person who meets it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class MediaRefused(TelltaleError):
    """The file can't be analysed, and trying again won't help."""


class AnalysisFailed(TelltaleError):
    """The file looked right, but the analysis broke off; it may be tried again."""


class Cancelled(TelltaleError):
    """The work was stopped on request."""


class WeightsRefused(TelltaleError):
    """A model folder is incomplete, altered, or made for other crops."""
