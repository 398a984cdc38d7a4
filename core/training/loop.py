"""One training run, readable from top to bottom: pairs in, averaged weights out, resumable at every evaluation."""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from core.detectors.networks import FaceNet, MaskedFaceNet, pretrained
from core.devices import Fabric, spare_depthwise
from core.generators.journal import Journal
from core.training import checkpoints
from core.training.data import Batch, Draw, PairStream
from core.training.recipe import Recipe, runs_of

SHOWN, SHOWN_SIDE = 16, 128  # crops of a batch on the board, and their side, px
LEARNED = "learned.safetensors"  # what a run leaves: the averaged weights

Evaluate = Callable[[FaceNet], dict[str, float]]
Watch = Callable[[int], None]


class Run:
    """Model, averaged model and optimizer of one run in one folder."""

    def __init__(self, recipe: Recipe, folder: Path, fabric: Fabric) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.fabric = recipe, folder, fabric
        model = MaskedFaceNet(pretrained(recipe.architecture))
        if recipe.starts_from:
            model.load_state_dict(mean([folder.parent / run for run in runs_of(recipe.starts_from)]))
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema), use_buffers=True)
        self.average.to(self.fabric.device)
        if self.fabric.device.type == "cpu":
            spare_depthwise(model)
        optimizer = torch.optim.AdamW(
            model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.model, self.optimizer = self.fabric.setup(model, optimizer)
        self.step = 0

    def resume(self) -> None:
        """Goes on where the folder's checkpoint left off, if there is one; ValueError if its recipe was another."""
        found = checkpoints.load(self.folder)
        if found is None:
            return
        tensors, state = found
        if not Recipe.model_validate(state["recipe"]).continues(self.recipe, state["step"]):
            raise ValueError(
                f"{self.folder} holds a run of another recipe. Move it away, or give this one a new name."
            )
        self.model.load_state_dict(tensors["model"])
        self.average.load_state_dict(tensors["average"])
        checkpoints.restore_optimizer(self.optimizer, tensors["optimizer"])
        self.step = state["step"]

    def checkpoint(self) -> None:
        """Writes all that `resume` needs."""
        tensors = {
            "model": dict(self.model.state_dict()),
            "average": dict(self.average.state_dict()),
            "optimizer": checkpoints.optimizer_tensors(self.optimizer),
        }
        checkpoints.save(self.folder, tensors, {"step": self.step, "recipe": self.recipe.model_dump()})

    def averaged(self) -> MaskedFaceNet:
        """The network of the moving average: the one that is evaluated, and that ships."""
        masked = self.average.module
        assert isinstance(masked, MaskedFaceNet)
        return masked

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns what is worth plotting."""
        rate = learning_rate(self.step, self.recipe)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        # What dropout leaves out depends on seed and step alone, as the batch does: a resumed run leaves out the same.
        torch.manual_seed(step_seed(self.recipe.seed, self.step, self.fabric.global_rank))
        self.model.train()
        logits, mask_logits, _ = self.model(batch.crops.float().contiguous(memory_format=torch.channels_last))
        label_loss = smoothed_bce(logits, batch.labels, self.recipe.label_smoothing)
        mask_loss = known_mask_bce(mask_logits, batch.masks, batch.mask_known)
        self.fabric.backward(label_loss + self.recipe.mask_weight * mask_loss)
        norm = self.fabric.clip_gradients(self.model, self.optimizer, max_norm=self.recipe.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update_parameters(self.model.module)
        self.step += 1
        right = ((logits > 0) == (batch.labels > 0.5)).float().mean()
        return {"loss": label_loss.item(), "mask_loss": mask_loss.item(), "accuracy": right.item(),
                "learning_rate": rate, "gradient_norm": float(norm or 0)}  # fmt: skip

    @torch.no_grad()
    def looks(self, batch: Batch) -> Tensor:
        """Some crops of a batch, each beside where manipulation is seen in it: [2n, 3, side, side] in −1…1."""
        crops = batch.crops[:: max(1, len(batch.crops) // SHOWN)].float()
        _, masks, _ = self.averaged().eval()(crops)
        pictures = F.interpolate(crops / 127.5 - 1, SHOWN_SIDE, mode="area")
        seen = F.interpolate(masks.float().sigmoid()[:, None] * 2 - 1, SHOWN_SIDE, mode="bilinear")
        return torch.stack([pictures, seen.expand_as(pictures)], dim=1).flatten(0, 1)


def train(
    run: Run, sources: dict[str, Draw], evaluate: Evaluate, workers: int, watch: Watch = lambda _step: None
) -> MaskedFaceNet:
    """Trains to the recipe's last step and returns the network that ships. Killed, it may be called again.

    `watch` is told the number of steps after each, and may raise to break off. Of several processes that learn side by
    side the first alone looks at figures and writes.
    """
    run.resume()
    if not run.fabric.is_global_zero:
        return _follow(run, sources, workers)
    journal, started = Journal(run.folder, run.step), time.monotonic()
    with _progress() as progress:
        task = progress.add_task(run.recipe.name, total=run.recipe.steps, completed=run.step)
        for batch in _batches(run, sources, workers):
            figures = run.learn(batch)
            progress.update(task, completed=run.step, description=f"loss {figures['loss']:.3f}")
            watch(run.step)
            if run.step % 20 == 0:
                journal.figures(run.step, _timed(figures, started))
            if run.step % run.recipe.evaluate_every == 0 or run.step == run.recipe.steps:
                journal.figures(run.step, _timed(evaluate(run.averaged().face_net), started))
                journal.grid(run.step, run.looks(batch))
                run.checkpoint()
    journal.close()
    save_file({name: tensor.contiguous() for name, tensor in run.averaged().state_dict().items()}, run.folder / LEARNED)
    return run.averaged()


def _follow(run: Run, sources: dict[str, Draw], workers: int) -> MaskedFaceNet:
    """Learns beside the process that keeps the run: each step waits until all have their gradients."""
    for batch in _batches(run, sources, workers):
        run.learn(batch)
    return run.averaged()


def finished(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of the run in `folder`; FileNotFoundError where it has not come to its end."""
    return load_file(folder / LEARNED)


def mean(folders: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of what finished runs left.

    Runs of which one starts from the other lie in one valley, and its middle is often better on what neither saw
    than either end (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    """
    left = [finished(folder) for folder in folders]
    return {name: torch.stack([one[name].double() for one in left]).mean(0).to(first.dtype)
            for name, first in left[0].items()}  # fmt: skip


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, a long level, half a cosine down to zero (Hägele et al. 2024).

    Before it falls, a run can be given another length, and is still the run that it would have been.
    """
    if step < recipe.warmup:
        return recipe.learning_rate * (step + 1) / recipe.warmup
    cooled = max(0.0, (step - recipe.cools_at()) / recipe.cooldown)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * cooled))


def step_seed(*numbers: int) -> int:
    """One number from several, so that no two steps, seeds or processes draw alike."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0])


def smoothed_bce(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Binary cross-entropy against labels drawn towards one half (Szegedy et al. 2016)."""
    return F.binary_cross_entropy_with_logits(logits, labels * (1 - 2 * smoothing) + smoothing)


def known_mask_bce(logits: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy over the masks [n, h, w] of the pictures whose manipulated region is known."""
    return F.binary_cross_entropy_with_logits(logits[known], masks[known])


def _batches(run: Run, sources: dict[str, Draw], workers: int) -> Iterator[Batch]:
    """What is left of the run."""
    recipe, place = run.recipe, (run.fabric.global_rank, run.fabric.world_size)
    stream = PairStream(sources, recipe.shares, recipe.size_at, recipe.seed, run.step, recipe.wear, place)
    loader = DataLoader(stream, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None)
    for batch in itertools.islice(loader, recipe.steps - run.step):
        yield Batch(
            *(run.fabric.to_device(t) for t in (batch.crops, batch.labels, batch.masks, batch.mask_known))
        )


def _timed(figures: dict[str, float], started: float) -> dict[str, float]:
    return {"seconds": round(time.monotonic() - started, 1), **figures}


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
