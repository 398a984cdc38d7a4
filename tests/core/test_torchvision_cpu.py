"""torchvision and timm import, whichever build of torch is beside them."""

import subprocess
import sys

IMPORT = """
from core.torchvision_cpu import ensure_torchvision
ensure_torchvision()
ensure_torchvision()
import torch, torchvision, timm
assert torch.ops.torchvision.nms
print(timm.create_model("tf_efficientnet_lite0", num_classes=1)(torch.zeros(1, 3, 64, 64)).shape)
"""


def test_torchvision_and_timm_import() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "torch.Size([1, 1])" in done.stdout
