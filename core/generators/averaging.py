"""The moving average of a network's weights, which samples better than the weights of any one step."""

import copy

import torch
from torch import nn

WARM_UP = 10  # steps; early on the average follows fast, for the first weights are worth nothing


class Average:
    """An exponential moving average; `decay` 0 follows the network itself."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves towards `network` as it stands after update number `step`, counted from one."""
        decay = min(self.decay, (step - 1) / (step - 1 + WARM_UP))
        ours, theirs = (list(net.state_dict().values()) for net in (self.network, network))
        for average, now in zip(ours, theirs, strict=True):
            if average.is_floating_point():
                average.lerp_(now, 1 - decay)
            else:  # counters, such as that of batch normalisation
                average.copy_(now)
