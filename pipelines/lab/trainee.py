"""The process that trains: started by the worker, giving way to everything else, and gone when the worker is.

    python -m pipelines.lab.trainee < request

The first line of its input is the request. The end of its input is the end of the worker: what was learned up to the
last checkpoint stays, and the next start goes on from there.
"""

import json
import math
import os
import sys
import threading
from pathlib import Path
from typing import Any

from core.devices import one_device
from core.generators.evaluation import quick_look
from core.generators.pictures import read
from core.generators.recipe import Recipe
from core.generators.training import Budget, Run, train
from core.generators.watch import Diverged
from pipelines.niceness import give_way


def learn(request: dict[str, Any]) -> None:
    """Trains as asked, from the last checkpoint where there is one; ValueError, Diverged as training has them."""
    recipe = Recipe.model_validate(request["recipe"])
    pictures = read(Path(request["data"]), recipe)
    # Earlier versions asked for no device.
    device = one_device(request.get("device", "cpu"), request["precision"])
    run = Run(recipe, pictures, Path(request["folder"]), device)
    kimg = request["kimg"] or math.inf
    train(run, Budget(kimg=kimg), quick_look(pictures, min(recipe.evaluated, len(pictures))))


def _leave_with_the_worker() -> None:
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """The process."""
    request = json.loads(sys.stdin.readline())
    give_way(request["nice"])
    threading.Thread(target=_leave_with_the_worker, daemon=True).start()
    try:
        learn(request)
    except (Diverged, ValueError) as told:
        sys.exit(str(told))


if __name__ == "__main__":
    main()
