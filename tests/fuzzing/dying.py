"""A reader that dies of its fourth file, in the confined process of the fuzzer's tests."""

import os
from typing import Any

from pipelines.confined import Report, Task


def reader(_setup: dict[str, Any]) -> Task:
    """Reads everything but number 3."""

    def read_all(request: dict[str, Any], report: Report) -> dict[str, Any]:
        numbers = range(request["first"], request["last"] + 1)
        for number in numbers:
            report({"number": number})
            if number == 3:
                os.abort()
        return {"told": [[number, "read", 0.0] for number in numbers]}

    return read_all
