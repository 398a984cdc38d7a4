"""The story: a desk, its faults, what is left; and the report of it."""

import os
import platform
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from core.version import VERSION
from db import people
from db.session import session
from pipelines.faults import aftermath, clock, storage
from pipelines.faults.desk import Desk
from pipelines.faults.plan import Fault, Kind, Plan, faults
from pipelines.faults.suffering import check_possible, suffer
from pipelines.faults.visitor import Answers, Visitor
from pipelines.jobs import retry

PATIENCE = 240.0  # s without the end of a job, after which the rest counts as hung

Say = Callable[[str], None]


@dataclass(frozen=True)
class Machine:
    """Where it was measured, and how busy that was."""

    system: str
    cores: int
    load: float  # mean number of processes that wanted a core in the last five minutes

    @classmethod
    def this(cls) -> "Machine":
        """The one that this runs on, now."""
        return cls(platform.platform(), os.cpu_count() or 1, round(os.getloadavg()[1], 1))


@dataclass(frozen=True)
class Report:
    """What was done to a desk and what came of it. Times are s."""

    plan: Plan
    version: str
    database: str
    machine: Machine
    happened: dict[Kind, int]
    wall: float  # from the first start of a worker to the last end of a job
    ended: dict[str, int]  # jobs by how they first ended: done, or the reason of a failure
    after_retry: dict[str, int]  # the same, once those that failed were tried again
    starts: list[
        float
    ]  # from each end of a worker to the first job that it took thereafter, the first start included
    lived: float  # in which workers took jobs, all together
    died: int  # ends of a worker or of the page server that nobody asked for
    pages_returned: list[float]
    answers: dict[str, Answers]
    served_wrong: int
    found: list[str] = field(default_factory=list)

    @property
    def an_hour(self) -> float:
        """Analyses that a worker ends in an hour in which it lives."""
        return 3600 * self.ended.get("done", 0) / self.lived if self.lived else 0.0

    def words(self) -> Iterator[str]:
        """All of it for people."""
        hurt = ", ".join(f"{count} × {kind}" for kind, count in sorted(self.happened.items())) or "nothing"
        yield (
            f"Version {self.version}, seed {self.plan.seed}, {self.database}, {self.plan.workers} workers, "
            f"{self.machine.cores} cores (load {self.machine.load}), {self.machine.system}."
        )
        yield f"Happened in {self.wall:.0f} s: {hurt}."
        yield f"{sum(self.ended.values())} jobs: {_counted(self.ended)}."
        if self.after_retry != self.ended:
            yield f"After those that failed were tried again: {_counted(self.after_retry)}."
        yield f"Workers lived {self.lived:.0f} s: {self.an_hour:.0f} analyses in an hour of a worker that lives."
        if self.starts:
            yield f"Until a worker took work again (n = {len(self.starts)}): {_spread(self.starts)}."
        if self.pages_returned:
            yield f"Until the pages answered again (n = {len(self.pages_returned)}): {_spread(self.pages_returned)}."
        for address, told in sorted(self.answers.items()):
            yield (
                f"{address} (n = {told.count}): median {told.median:.2f} s, slowest {told.slowest:.2f} s, "
                f"{told.over_a_second} over a second, {told.unanswered} unanswered."
            )
        if self.served_wrong:
            yield f"The storage gave {self.served_wrong} files with a turned byte."
        if self.died:
            yield f"{self.died} processes ended that nobody had ended."
        yield f"{len(self.found)} found:" if self.found else "Everything is there, once and whole."
        yield from (f"  FOUND {one}" for one in self.found)


def run(
    plan: Plan, folder: Path, database_url: str = "", faked: Path | None = None, say: Say = print
) -> Report:
    """Hurt a desk of its own in an empty folder (and an empty database), and look what is left.

    Raises:
        TelltaleError: a fault of the plan can't be done here; nothing was begun.
    """
    faked = (faked or clock.library()) if "clock" in plan.kinds else None
    check_possible(plan.kinds, folder, bool(database_url), faked)
    say(f"Making {plan.clips} clips.")
    desk = Desk(plan, folder, database_url, faked)
    began, happened = time.time(), Counter[Kind]()
    with ExitStack() as stack:
        stack.enter_context(desk)
        visitor = stack.enter_context(Visitor(plan.port)) if plan.port else None
        desk.begin()
        with desk.fed() if plan.faults else nullcontext():
            for fault in faults(plan):
                _happen(desk, fault, visitor, say)
                happened[fault.kind] += 1
        desk.finish(PATIENCE)
        wrong = storage.served_wrong(folder / "storage")
        found = list(aftermath.believed(desk.config, desk.sent, wrong))
        ended, wall = _endings(desk), _last_end(desk) - began
        _try_again(desk)
        desk.finish(PATIENCE)
    homes = [desk.config.home, *(worker.config.home for worker in desk.workers if plan.apart)]
    return Report(
        plan=plan,
        version=VERSION,
        database="PostgreSQL" if database_url else "SQLite",
        machine=Machine.this(),
        happened=dict(happened),
        wall=wall,
        ended=ended,
        after_retry=_endings(desk),
        starts=[seconds for worker in desk.workers for seconds in worker.took],
        lived=sum(worker.lived for worker in desk.workers),
        died=sum(process.died for process in desk.processes),
        pages_returned=visitor.returns[1:] if visitor else [],
        answers=visitor.answers() if visitor else {},
        served_wrong=len(wrong),
        found=found + aftermath.found(desk.config, desk.sent, homes),
    )


def _happen(desk: Desk, fault: Fault, visitor: Visitor | None, say: Say) -> None:
    desk.wait(fault.wait)
    if visitor and fault.kind == "page":
        visitor.expect_death()
    suffer(desk, fault)
    say(f"{fault.number}: {fault.kind}")


def _try_again(desk: Desk) -> None:
    """As an analyst would, once the fault is over."""
    with session(desk.config) as opened:
        actor = people.desk_user(opened)
    for row in aftermath.rows(desk.config, desk.sent):
        if row.state == "failed" and row.media_id is not None:
            retry(desk.config, actor, row.id)


def _endings(desk: Desk) -> dict[str, int]:
    rows = aftermath.rows(desk.config, desk.sent)
    return dict(Counter(row.error_code or row.state for row in rows))


def _last_end(desk: Desk) -> float:
    ends = [row.finished_at.timestamp() for row in aftermath.rows(desk.config, desk.sent) if row.finished_at]
    return max(ends, default=time.time())


def _counted(ended: dict[str, int]) -> str:
    return ", ".join(f"{count} {end}" for end, count in sorted(ended.items()))


def _spread(seconds: list[float]) -> str:
    return f"median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"
