"""The benchmark compares what it says it compares; how fast a machine is, no test can know."""

import pytest

from core.generators.throughput import Throughput, compare
from tests.generators.conftest import tiny


def test_both_loops_run_and_a_ratio_is_told() -> None:
    found = compare(steps=2, recipe=tiny(batch=8))
    assert found.plain > 0 and found.ours > 0
    assert str(Throughput(plain=40, ours=80)).endswith("80.0 images/s; plain fp32 loop 40.0; × 2.00")


@pytest.mark.parametrize(("steps", "calls"), [(1, 2), (4, 4), (5, 6)])
def test_only_counted_steps_are_timed(steps: int, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    clock = iter(range(10_000))
    for loop in ("_plain_loop", "_our_loop"):
        monkeypatch.setattr(f"core.generators.throughput.{loop}", lambda *_, name=loop: lambda: taken.append(name))
    monkeypatch.setattr("core.generators.throughput.time.perf_counter", lambda: float(next(clock)))
    found = compare(steps, tiny(batch=10))
    assert taken.count("_plain_loop") == taken.count("_our_loop") == calls + 1
    assert found.plain == found.ours == pytest.approx(calls * 10 / (calls / 2))
