"""Where networks are trained: one device and a precision, behind Lightning Fabric.

Lightning imports torchvision, which `core.generators` readies first; so take `Fabric` from here.
"""

from lightning.fabric import Fabric

__all__ = ["Fabric", "one_device"]


def one_device(accelerator: str = "cpu", precision: str = "32-true") -> Fabric:
    """`accelerator` cpu, cuda or auto; `precision` 32-true or bf16-mixed."""
    return Fabric(accelerator=accelerator, devices=1, precision=precision)  # type: ignore[arg-type]
