"""Precision follows what a device can do itself."""

import pytest
import torch
from torch import nn

from core import devices


@pytest.mark.parametrize(("computes", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_is_bf16_only_where_the_processor_computes_in_it(
    computes: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "computes_bf16", lambda _device: computes)
    fabric = devices.one_device("cpu", "auto")
    with fabric.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected


def test_a_precision_that_is_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "computes_bf16", lambda _device: False)
    with devices.one_device("cpu", "bf16-mixed").autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


def test_depthwise_convolutions_are_spared_bf16_and_nothing_else_is() -> None:
    depthwise, dense = nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 4, 1)
    model = nn.Sequential(depthwise, dense)
    x = torch.rand(1, 4, 8, 8)
    exact = depthwise(x)
    devices.spare_depthwise(model)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(depthwise(x), exact)
        assert dense(x).dtype == torch.bfloat16
        assert depthwise(x.bfloat16()).dtype == torch.bfloat16
