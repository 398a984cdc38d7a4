"""Where networks are trained: devices and a precision, behind Lightning Fabric.

Lightning imports torchvision, which has to be readied first; so take `Fabric` from here.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()
from lightning.fabric import Fabric  # noqa: E402  (needs torchvision, see above)

__all__ = ["Fabric", "computes_bf16", "devices_side_by_side", "one_device", "spare_depthwise"]

PRECISIONS = ("auto", "bf16-mixed", "32-true")


def one_device(accelerator: str = "cpu", precision: str = "32-true") -> Fabric:
    """`accelerator` cpu, cuda or auto; `precision` one of `PRECISIONS`: auto is what the device is quickest in."""
    return devices_side_by_side(1, accelerator, precision)


def devices_side_by_side(count: int, accelerator: str, precision: str) -> Fabric:
    """The same for several devices of one machine, each of which learns from batches of its own.

    `launch()` runs the script that calls it once more for each other device.
    """
    if precision == "auto":
        device = Fabric(accelerator=accelerator, devices=1).device
        precision = "bf16-mixed" if computes_bf16(device) else "32-true"
    return Fabric(accelerator=accelerator, devices=count, precision=precision)  # type: ignore[arg-type]


def computes_bf16(device: torch.device) -> bool:
    """Whether a device computes in bf16 itself. A CPU without AVX-512 imitates it, and takes some seventeen times as
    long as in fp32."""
    if device.type != "cpu":
        return True
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def spare_depthwise(model: nn.Module) -> None:
    """Lets grouped convolutions of `model` compute in fp32 where the rest is in bf16: on a CPU the gradient of a
    depthwise one takes three to eight times as long in bf16.

    A copy made of `model` afterwards would compute with the weights of `model`, so make copies first.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.forward = _in_fp32(module.forward)  # type: ignore[assignment, method-assign]


def _in_fp32(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def full(x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return forward(x.float()).to(x.dtype)

    return full
