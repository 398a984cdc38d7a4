"""Where networks are trained: one device and a precision, behind Lightning Fabric.

Lightning imports torchvision, which has to be readied first; so take `Fabric` from here.
"""

import torch

from core.torchvision_cpu import ensure_torchvision

ensure_torchvision()
from lightning.fabric import Fabric  # noqa: E402  (needs torchvision, see above)

__all__ = ["Fabric", "computes_bf16", "one_device"]

PRECISIONS = ("auto", "bf16-mixed", "32-true")


def one_device(accelerator: str = "cpu", precision: str = "32-true") -> Fabric:
    """`accelerator` cpu, cuda or auto; `precision` one of `PRECISIONS`: auto is what the device is quickest in."""
    if precision != "auto":
        return Fabric(accelerator=accelerator, devices=1, precision=precision)  # type: ignore[arg-type]
    device = Fabric(accelerator=accelerator, devices=1).device
    return one_device(accelerator, "bf16-mixed" if computes_bf16(device) else "32-true")


def computes_bf16(device: torch.device) -> bool:
    """Whether a device computes in bf16 itself. A CPU without AVX-512 imitates it, and takes some seventeen times as
    long as in fp32."""
    if device.type != "cpu":
        return True
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
