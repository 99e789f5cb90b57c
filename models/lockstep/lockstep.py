"""Lockstep: K LightningModules trained as one; it knows nothing of LSTMs or folds' data.

K copies (one per fold).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn import ModuleList
from torch.nn.utils import clip_grad_value_
from torch.optim import Optimizer

from dropsearch.models.errors import DivergedError, ModelsError
from dropsearch.models.lockstep.fold_log import FoldLog

Together = Callable[[Sequence[Any]], Sequence[Any]]


class Lockstep(LightningModule):
    """Trains K modules that share nothing: each step takes one batch from every fold.

    A batch is a list of K, None where a copy has none; such a copy stands still. What the
    copies log is kept per copy: after each validation epoch `scores` maps each name to (K,)
    values, and their mean is logged, so that EarlyStopping watches all folds. A second
    validation loader's `val_...` becomes `train_...`. Callbacks read `scores` in
    `on_validation_end`. `together(copies)`, called as a fit starts, may give what takes the list of
    batches before each step, from the CPU, and gives it back on the modules' device with what it
    did for all copies at once (`graphs.fold_graphs`). Raises DivergedError where a loss or score is
    NaN or infinite, and ModelsError for modules that cannot be trained together.
    """

    def __init__(
        self,
        copies: Sequence[LightningModule],
        together: Callable[[Sequence[Any]], Together | None] | None = None,
    ) -> None:
        super().__init__()
        if not copies or len({id(copy) for copy in copies}) < len(copies):
            raise ModelsError("Lockstep needs one module of its own for each fold.")
        if not all(copy.automatic_optimization for copy in copies):
            raise ModelsError(
                "Lockstep needs automatic optimisation: the modules set "
                "automatic_optimization = False."
            )
        self.copies = ModuleList(copies)
        self.scores: dict[str, Tensor] = {}
        self._log = FoldLog(len(copies))
        self._owned: list[list[Tensor]] = []
        self._losses: dict[int, Tensor] = {}  # of the last step
        self._offered = together
        self._together: Together | None = None
        for number, copy in enumerate(copies):
            vars(copy)["log"] = partial(self._log.add, number)

    def setup(self, stage: str) -> None:
        for copy in self._modules_of_folds():
            copy.trainer = self.trainer
            copy.setup(stage)

    def configure_optimizers(self) -> Optimizer:
        """The first copy's optimiser, with the parameter groups of all."""
        optimizers: list[Optimizer] = []
        for copy in self._modules_of_folds():
            returned = copy.configure_optimizers()
            optimizer = _alone(returned)
            if optimizer is None or (optimizers and type(optimizer) is not type(optimizers[0])):
                raise ModelsError(
                    "Lockstep needs configure_optimizers to return a single Optimizer, the same "
                    f"kind for every copy; got {type(returned).__name__}. Schedulers and lists "
                    "of optimisers cannot be merged."
                )
            optimizers.append(optimizer)
        self._owned = [
            [weight for group in optimizer.param_groups for weight in group["params"]]
            for optimizer in optimizers
        ]
        first, *others = optimizers
        for optimizer in others:
            for group in optimizer.param_groups:
                first.add_param_group(group)
            first.state.update(optimizer.state)
        return first

    def training_step(self, batches: Sequence[Any], batch_idx: int) -> Tensor | None:
        losses = {
            number: _loss(_call(copy, "training_step", batch, batch_idx))
            for number, copy, batch in self._turns(batches)
        }
        given = {number: loss for number, loss in losses.items() if loss is not None}
        if not given:
            return None
        total = torch.stack(list(given.values())).sum()
        self._losses = {number: loss.detach() for number, loss in given.items()}
        if total.device.type == "cpu" and not math.isfinite(total.item()):
            self._check_losses()
        return total

    def validation_step(
        self, batches: Sequence[Any], batch_idx: int, dataloader_idx: int = 0
    ) -> dict[str, list[Any]]:
        """`copies`: what each copy's step returned, None where it had no batch."""
        self._log.from_sample(dataloader_idx == 1)
        returned = [None] * len(self.copies)
        for number, copy, batch in self._turns(batches):
            returned[number] = _call(copy, "validation_step", batch, batch_idx)
        return {"copies": returned}

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip each copy by itself: one norm over all would tie the folds together."""
        if gradient_clip_val is None:
            return
        moving = [[weight for weight in own if weight.grad is not None] for own in self._owned]
        moving = [weights for weights in moving if weights]
        if gradient_clip_algorithm == "value":
            for weights in moving:
                clip_grad_value_(weights, gradient_clip_val)
        elif moving:
            _clip_norms([[w.grad for w in weights] for weights in moving], gradient_clip_val)

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        if device.type == "cpu" or self._together is not None:
            return batch
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def on_fit_start(self) -> None:
        self._together = self._offered(list(self.copies)) if self._offered else None
        self._each("on_fit_start")

    def on_train_start(self) -> None:
        self._each("on_train_start")

    def on_train_epoch_start(self) -> None:
        self._each("on_train_epoch_start")

    def on_train_epoch_end(self) -> None:
        self._check_losses()  # after each step this would hold a GPU up
        self._each("on_train_epoch_end")
        self._keep_scores()

    def on_validation_epoch_start(self) -> None:
        self._each("on_validation_epoch_start")

    def on_validation_epoch_end(self) -> None:
        self._log.from_sample(False)
        self._each("on_validation_epoch_end")
        self._keep_scores()

    def on_train_end(self) -> None:
        self._each("on_train_end")

    def on_fit_end(self) -> None:
        self.release()
        self._each("on_fit_end")

    def release(self) -> None:
        """Let go of what `together` gave, also after a fit that an exception ended, where Lightning
        calls no hook."""
        self._together = None

    def _keep_scores(self) -> None:
        scores = self._log.close()
        if self.trainer.sanity_checking:
            return
        for name, values in scores.items():
            for number, value in values.items():
                self._check(number, name, value)
            folds = [values.get(number, math.nan) for number in range(len(self.copies))]
            self.scores[name] = torch.tensor(folds, dtype=torch.float64)
            if len(values) == len(folds):
                self._tell(name, self.scores[name].mean())

    def _tell(self, name: str, mean: Tensor) -> None:
        """To callbacks; by Lightning's log, which takes far longer, only if there are loggers."""
        if self.trainer.loggers:
            self.log(name, mean)
        else:
            self.trainer.callback_metrics[name] = mean

    def _check_losses(self) -> None:
        for number, loss in self._losses.items():
            self._check(number, "training loss", loss.item())

    def _check(self, number: int, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise DivergedError(
                f"The fit diverged in epoch {self.current_epoch + 1}: {name} of fold "
                f"{number + 1} of {len(self.copies)} became {value}. "
                f"{steadier(self.trainer.gradient_clip_val)}"
            )

    def _modules_of_folds(self) -> Iterator[LightningModule]:
        for copy in self.copies:
            assert isinstance(copy, LightningModule)
            yield copy

    def _turns(self, batches: Sequence[Any]) -> Iterator[tuple[int, LightningModule, Any]]:
        """The copies that have a batch, one after the other."""
        if self._together is not None:
            batches = self._together(batches)
        for number, (copy, batch) in enumerate(zip(self._modules_of_folds(), batches, strict=True)):
            if batch is not None:
                self._log.batch = batch
                yield number, copy, batch

    def _each(self, hook: str) -> None:
        for copy in self.copies:
            getattr(copy, hook)()


def steadier(clip: float | None) -> str:
    """What to do where a training diverges that clips so."""
    if clip is None:
        return "Lower training.learning_rate, or set training.clip."
    return f"Lower training.learning_rate, or training.clip, which is {clip:g}."


def _alone(returned: Any) -> Optimizer | None:
    """The one optimiser in what Lightning takes of configure_optimizers: itself, in a mapping or a
    list, or beside no schedulers; None where there are several, or schedulers."""
    if isinstance(returned, list | tuple) and len(returned) == 2 and returned[1] == []:
        returned = returned[0]
    if isinstance(returned, list | tuple) and len(returned) == 1:
        returned = returned[0]
    if isinstance(returned, Mapping) and "lr_scheduler" not in returned:
        returned = returned.get("optimizer")
    return returned if isinstance(returned, Optimizer) else None


def _clip_norms(copies: Sequence[list[Any]], largest: float) -> None:
    """What clip_grad_norm_ does to the gradients of each copy, in fewer calls."""
    norms = torch.stack(torch._foreach_norm([grad for own in copies for grad in own]))
    each = torch.stack([own.norm() for own in norms.split([len(own) for own in copies])])
    scales = (largest / (each + 1e-6)).clamp(max=1.0)
    for own, scale in zip(copies, scales, strict=True):
        torch._foreach_mul_(own, scale)


@cache
def _takes_index(step: Callable[..., Any]) -> bool:
    return len(inspect.signature(step).parameters) > 2


def _call(copy: LightningModule, step: str, batch: Any, batch_idx: int) -> Any:
    """A user's step may leave out batch_idx."""
    indexed = _takes_index(getattr(type(copy), step))
    return getattr(copy, step)(*((batch, batch_idx) if indexed else (batch,)))


def _loss(output: Any) -> Tensor | None:
    """A training step returns the loss, a mapping that holds it, or None to skip the batch."""
    return output["loss"] if isinstance(output, Mapping) else output
