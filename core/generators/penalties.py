"""What keeps a discriminator smooth: penalties on its gradient with respect to the pictures.

`score` maps pictures to outputs [n]. Pictures come as a tuple of tensors, one for each size that the discriminator
looks at (one in most models); the gradient is taken with respect to all of them.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Views = tuple[Tensor, ...]
Score = Callable[[Views], Tensor]

TINY = 1e-12  # a flat critic has no direction to become steeper in, and the root of 0 no slope


def gradient_penalty(score: Score, real: Views, fake: Views) -> Tensor:
    """E (‖∇D‖ − 1)² on random lines between real and fake (Gulrajani et al. 2017)."""
    share = torch.rand(len(real[0]), 1, 1, 1, device=real[0].device)
    between = tuple(torch.lerp(r, f, share) for r, f in zip(real, fake, strict=True))
    return ((_squared_norms(score, between) + TINY).sqrt() - 1).square().mean()


def zero_centred(score: Score, pictures: Views) -> Tensor:
    """½ E ‖∇D‖²: R1 on real pictures (Mescheder et al. 2018), R2 on fake ones."""
    return _squared_norms(score, pictures).mean() / 2


def _squared_norms(score: Score, pictures: Views) -> Tensor:
    """‖∇D‖² of each picture, [n]; stays differentiable."""
    inputs = [view.detach().requires_grad_() for view in pictures]
    gradients = torch.autograd.grad(score(tuple(inputs)).sum(), inputs, create_graph=True)
    return torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0)
