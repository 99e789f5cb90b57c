"""A step of all folds' networks as one CUDA graph, so that the GPU waits for no launch.

Each network runs on a stream of its own, in the kernels that it runs in alone. K folds, B batch
(sequences), T time steps, C outputs.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol, cast, runtime_checkable

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.func import functional_call
from torch.nn import Module, functional

from dropsearch.models.fold.batches import Batch

log = logging.getLogger("dropsearch")

SEEN = 2  # shapes that come so often get a graph
MOST = 32  # graphs


@runtime_checkable
class Graphed(Protocol):
    """What a graph needs of a network, which is a LightningModule."""

    masks: torch.Generator

    @property
    def device(self) -> torch.device: ...

    @property
    def training(self) -> bool: ...

    def begin(self, device: torch.device) -> None:
        """Get ready for a pass, outside of the graph."""

    def answer(
        self,
        inputs: Tensor,
        lengths: Tensor | None,
        static: Tensor | None = None,
        ahead: Tensor | None = None,
    ) -> Tensor:
        """Outputs (B, C) of a batch, in a graph or out of it."""

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor: ...


def fold_graphs(copies: Sequence[Any]) -> FoldGraphs | None:
    """For Lockstep's `together`: what runs all copies at once, on a GPU, where all are Graphed."""
    on_gpu = all(isinstance(copy, Graphed) and copy.device.type == "cuda" for copy in copies)
    return FoldGraphs(copies) if on_gpu else None


class FoldGraphs:
    """Takes the K batches of a step, None where a fold has none, and gives them back on the GPU
    with `found`: each network's loss in training, else its outputs.

    Where there is no graph of their shapes yet they come back without, to run one after the other.
    """

    def __init__(self, networks: Sequence[Graphed]) -> None:
        self._networks = networks
        self._streams = [_stream(network.device, fold) for fold, network in enumerate(networks)]
        self._seen: Counter[Any] = Counter()
        self._graphs: dict[Any, _Graph | None] = {}  # None: it could not be made

    def __call__(self, batches: Sequence[Any]) -> Sequence[Any]:
        given = _alike([None if batch is None else Batch(*batch) for batch in batches])
        graph = None if torch.is_autocast_enabled("cuda") else self._graph(given)
        if graph is None:
            device = self._networks[0].device
            return [None if batch is None else _copied(batch, device) for batch in given]
        found = iter(graph([batch for batch in given if batch is not None]))
        return [None if batch is None else next(found) for batch in given]

    def _graph(self, batches: Sequence[Batch | None]) -> _Graph | None:
        training = self._networks[0].training
        shapes = training, *(_shapes(batch) for batch in batches)
        if shapes not in self._graphs:
            self._seen[shapes] += 1
            if self._seen[shapes] < SEEN or len(self._graphs) == MOST:
                return None
            turns = [
                (network, _copied(batch, network.device), stream)
                for network, batch, stream in zip(
                    self._networks, batches, self._streams, strict=True
                )
                if batch is not None
            ]
            pool = next((graph.pool for graph in self._graphs.values() if graph), None)
            try:
                self._graphs[shapes] = _Graph(turns, training, pool)
            except RuntimeError as error:  # as out of memory: networks that take turns need less
                log.warning("no CUDA graph of a step: %s; its networks take turns", error)
                self._graphs[shapes] = None
        return self._graphs[shapes]


class _Graph:
    """The graph of one combination of shapes. Its tensors stay where they are: `turns` holds what
    each network reads, `found` the losses (K,) or all outputs, `slopes` the gradients."""

    def __init__(
        self,
        turns: Sequence[tuple[Graphed, Batch, torch.cuda.Stream]],
        training: bool,
        pool: Any,
    ) -> None:
        self._turns = turns
        self._training = training
        self._weights = [_trained(_Pass(network)) for network, _, _ in turns]
        self._graph = torch.cuda.CUDAGraph()
        for network, _, _ in turns if training else ():
            self._graph.register_generator_state(network.masks)
        with _no_collection(), torch.cuda.graph(self._graph, pool=pool):
            self.found, self.slopes = self._run()
        self.pool = self._graph.pool()

    def __call__(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        for (network, kept, _), batch in zip(self._turns, batches, strict=True):
            for place, part in zip(kept, batch, strict=True):
                if place is not None and part is not None:
                    place.copy_(part, non_blocking=True)
            network.begin(kept.inputs.device)
        if self._training:
            weights = [weight for own in self._weights for weight in own.values()]
            found = _Replayed.apply(self, *weights).unbind()
        else:
            self.replay()
            found = [outputs.clone() for outputs in self.found]
        return [
            kept._replace(found=one) for (_, kept, _), one in zip(self._turns, found, strict=True)
        ]

    def replay(self) -> None:
        self._graph.replay()

    def _run(self) -> tuple[Any, list[tuple[Tensor, ...]]]:
        """All networks side by side."""
        found, slopes = [], []
        with _side_by_side([stream for _, _, stream in self._turns]):
            for (network, batch, stream), weights in zip(self._turns, self._weights, strict=True):
                with torch.cuda.stream(stream), torch.set_grad_enabled(self._training):
                    if not self._training:
                        found.append(network.answer(*batch.given))
                        continue
                    # The weights themselves may be tied to a pass that ran outside of the graph.
                    own = {name: one.detach().requires_grad_() for name, one in weights.items()}
                    loss = functional_call(_Pass(network), own, (batch,))
                    slopes.append(torch.autograd.grad(loss, list(own.values())))
                    found.append(loss.detach())
        return torch.stack(found) if self._training else found, slopes


@cache
def _stream(device: torch.device, fold: int) -> torch.cuda.Stream:
    """The same one in all fits: cuBLAS keeps memory for each stream until the process ends."""
    return torch.cuda.Stream(device)


@contextmanager
def _side_by_side(streams: Sequence[torch.cuda.Stream]) -> Iterator[None]:
    """Streams that leave the current one and, whatever happens, join it: else no capture ends."""
    first = torch.cuda.current_stream()
    for stream in streams:
        stream.wait_stream(first)
    try:
        yield
    finally:
        for stream in streams:
            first.wait_stream(stream)


@contextmanager
def _no_collection() -> Iterator[None]:
    """A graph of an earlier fit that was freed meanwhile would end a capture."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Pass(Module):
    """A network's loss of a batch as a module, so that other tensors can stand for its weights."""

    def __init__(self, network: Graphed) -> None:
        super().__init__()
        self.network = cast(Any, network)

    def forward(self, batch: Batch) -> Tensor:
        outputs = self.network.answer(*batch.given)
        found: Tensor = self.network.loss(outputs, batch)
        return found


def _trained(network: Module) -> dict[str, Tensor]:
    return {name: one for name, one in network.named_parameters() if one.requires_grad}


class _Replayed(torch.autograd.Function):
    """The weights of all networks -> the losses (K,); the graph finds the gradients with them."""

    @staticmethod
    def forward(ctx: Any, graph: _Graph, *weights: Tensor) -> Tensor:
        graph.replay()
        ctx.graph = graph
        losses: Tensor = graph.found.clone()
        return losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Right until a graph of this fit runs again. Lightning keeps `ctx` when it is over."""
        graph, ctx.graph = ctx.graph, None
        found: list[Tensor] = []
        for own, slopes in zip(grad, graph.slopes, strict=True):
            found += torch._foreach_mul(slopes, own)
        return None, *found


def _shapes(batch: Batch | None) -> tuple[Any, ...] | None:
    return batch and tuple(None if part is None else (part.shape, part.dtype) for part in batch)


def _copied(batch: Batch, device: torch.device) -> Batch:
    kept: list[Any] = [
        None if part is None else part.to(device, non_blocking=True, copy=True) for part in batch
    ]
    return Batch(*kept)


def _alike(batches: Sequence[Batch | None]) -> Sequence[Batch | None]:
    """The batches with fewer different shapes: all sequences as long as the longest, rounded up to
    one of four lengths in each octave, and all targets marked where some are."""
    there = [batch for batch in batches if batch is not None]
    if any(batch.lengths is not None for batch in there):
        longest = max(batch.inputs.shape[1] for batch in there)
        part = 1 << max(0, (longest - 1).bit_length() - 3)
        times = -(-longest // part) * part
        batches = [batch and _padded(batch, times) for batch in batches]
    if any(batch.observed is not None for batch in there):
        batches = [batch and _marked(batch) for batch in batches]
    return batches


def _padded(batch: Batch, times: int) -> Batch:
    inputs, lengths = batch.inputs, batch.lengths
    if lengths is None:
        lengths = torch.full(inputs.shape[:1], inputs.shape[1], device=inputs.device)
    missing = times - inputs.shape[1]
    pads = (0, missing) if inputs.dim() == 2 else (0, 0, 0, missing)
    return batch._replace(inputs=functional.pad(inputs, pads), lengths=lengths)


def _marked(batch: Batch) -> Batch:
    if batch.observed is not None:
        return batch
    return batch._replace(observed=torch.ones_like(batch.target, dtype=torch.bool))
