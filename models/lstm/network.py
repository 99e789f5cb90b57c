"""DropoutLSTM: one network, as a plain LightningModule.

B batch (sequences), T time steps, F features, G static ones, A known ahead, H units, C outputs.
Layers have LSTM cells (Hochreiter & Schmidhuber 1997), or GRU cells (Cho et al. 2014).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import GRU, LSTM, Embedding, Linear, ModuleList
from torchmetrics import Metric

from dropsearch.models.fold.learner import Learner
from dropsearch.models.lstm.decoder import Decoder
from dropsearch.models.lstm.packed import Half, Packed, halves, pays
from dropsearch.models.lstm.padded import POOLINGS, pool, reverse
from dropsearch.models.lstm.recurrent import Layer, Recurrent
from dropsearch.models.lstm.sites import (
    draw_site,
    draw_words,
    drop,
    drop_words,
    dropped,
    refuse_unknown,
    site_rates,
)
from dropsearch.models.names import CELLS, KINDS, MASKS, Cell, Kind, Mask, Pooling, Task

Drawn = tuple[Layer, Tensor]
_LAYERS: dict[Cell, type[Layer]] = {"lstm": LSTM, "gru": GRU}


class DropoutLSTM(Learner):
    """Stacked recurrent layers with dropout at every site, and a head.

    `features` F and `outputs` C: the number of classes, 1 for a regression, the horizon of a
    forecast. `static` G features of a series stand beside its pooled state, and a layer as wide as
    that mixes them before the head. Where `ahead` A channels are known at each of the C steps of a
    forecast, a Decoder makes a state of each step, and the head a number of each state, or one for
    each of `targets`. With a `vocabulary` V inputs are ids below V (0 is padding); F is not used.
    `dropout` is a shared rate (at between and output) or a rate per site; a rate whose site
    the network has not does nothing. `class_weights` (C,) weigh each sequence's loss. Weights
    and masks come from a generator of its own, whose state is part of the state_dict; masks on
    a GPU from one there, which it seeds anew for each pass.
    Raises ModelsError for a rate, site, mask, pooling, cell or kind that does not exist, and for
    class weights that are not one for each class.
    """

    def __init__(
        self,
        features: int,
        outputs: int,
        *,
        task: Task,
        cell: Cell = "lstm",
        hidden_size: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        pooling: Pooling = "last",
        dropout: float | Mapping[str, float] = 0.0,
        mask: Mask = "standard",
        recurrent: Kind = "none",
        static: int = 0,
        ahead: int = 0,
        targets: int = 1,
        vocabulary: int | None = None,
        embedding_size: int = 64,
        class_weights: Sequence[float] | None = None,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.0,
        metric: Metric | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(
            outputs,
            task=task,
            class_weights=class_weights,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            metric=metric,
            seed=seed,
        )
        self.save_hyperparameters(ignore=["metric"])
        refuse_unknown("cell", cell, CELLS)
        refuse_unknown("mask", mask, MASKS)
        refuse_unknown("pooling", pooling, POOLINGS)
        refuse_unknown("recurrent", recurrent, KINDS)
        self.rates = site_rates(dropout)
        self.mask: Mask = mask
        self.pooling = pooling
        self.recurrent = Recurrent(
            recurrent, self.rates["recurrent"], self.rates["recurrent_hidden"], mask
        )
        self.masks = self.generator
        width = features if vocabulary is None else embedding_size
        directions = 2 if bidirectional else 1
        widths = [width] + [directions * hidden_size] * (layers - 1)
        with torch.device("meta"):  # drawn below: torch's own draw is from the global generator
            layer = _LAYERS[cell]
            onward = ModuleList(layer(width, hidden_size) for width in widths)
            back = ModuleList(layer(width, hidden_size) for width in widths if bidirectional)
            head = Linear(directions * hidden_size, targets if ahead else outputs)
            embedding = Embedding(vocabulary or 1, embedding_size, padding_idx=0)
            mixing = Linear(directions * hidden_size + static, directions * hidden_size)
            later = directions * hidden_size, ahead, outputs // targets
            decoder = Decoder(*later) if ahead else None
        self.layers = onward.to_empty(device="cpu")
        self.reverse_layers = back.to_empty(device="cpu")
        self.head = head.to_empty(device="cpu")
        self.mixing = mixing.to_empty(device="cpu") if static else None
        self.decoder = decoder and decoder.to_empty(device="cpu")
        bound = hidden_size**-0.5
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -bound, bound, generator=self.generator)
        self.embedding: Embedding | None = None
        if vocabulary is not None:
            self.embedding = embedding.to_empty(device="cpu")
            near = embedding_size**-0.5  # words drawn from N(0, 1) move too little under Adam
            torch.nn.init.uniform_(self.embedding.weight, -near, near, generator=self.generator)
            self.embedding.weight.data[0].zero_()

    def start_words(self, ids: Tensor, vectors: Tensor, *, frozen: bool) -> None:
        """Let the words `ids` (W,) start from vectors (W, E); frozen: no word is trained."""
        assert self.embedding is not None
        self.embedding.weight.data[ids] = vectors
        self.embedding.weight.requires_grad_(not frozen)

    def forward(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        static: Tensor | None = None,
        ahead: Tensor | None = None,
    ) -> Tensor:
        """Right-padded inputs (B, T, F), or ids (B, T), lengths (B,), static features (B, G), what
        is known ahead (B, C, A) -> outputs (B, C)."""
        self.begin(inputs.device)
        return self.answer(inputs, lengths, static, ahead)

    def begin(self, device: torch.device) -> None:
        """Before a pass: make `masks`, which it draws from, ready; for a GPU there."""
        if device.type != "cuda":
            if self.masks is not self.generator:
                self.masks = self.generator
            return
        if self.masks.device != device:
            self.masks = torch.Generator(device)
        if self.training:
            seed = torch.empty((), dtype=torch.int64).random_(generator=self.generator)
            self.masks.manual_seed(int(seed))

    def answer(
        self,
        inputs: Tensor,
        lengths: Tensor | None,
        static: Tensor | None = None,
        ahead: Tensor | None = None,
    ) -> Tensor:
        """The pass itself.

        On the CPU a batch of several lengths is trained without its padding, or else split in two
        by length, each half trimmed to its own longest; what comes out is that of the whole batch.
        Either way masks are drawn for the shorter half, then for the longer one.
        """
        steps = inputs.transpose(0, 1)
        layers = self._drawn_layers()
        if lengths is None or inputs.device.type != "cpu":
            return self._outputs(steps, lengths, layers, static, ahead)
        parts = halves(lengths)
        if len(parts) == 1:
            return self._outputs(steps[: parts[0].longest], None, layers, static, ahead)
        if self._packs():
            return self._packed_outputs(steps, parts, layers, static, ahead)
        found = []
        for part in parts:
            of_part = steps[: part.longest].index_select(1, part.places)
            beside = (None if given is None else given[part.places] for given in (static, ahead))
            found.append(self._outputs(of_part, part.lengths, layers, *beside))
        order = torch.cat([part.places for part in parts])
        return torch.cat(found).index_select(0, order.argsort())

    def _packs(self) -> bool:
        """Whether a pass is one of training through plain LSTM cells that packed.py is for."""
        plain = isinstance(self.layers[0], LSTM) and self.recurrent.rests(self.training)
        return plain and self.training and pays(self.head.weight.dtype)

    def _drawn_layers(self) -> list[Drawn]:
        """Every layer, then every reverse layer, with U as one batch uses it."""
        layers = [*self.layers, *self.reverse_layers]
        return [(layer, self.recurrent.weight(layer, self.masks)) for layer in layers]

    def _outputs(
        self,
        steps: Tensor,
        lengths: Tensor | None,
        layers: list[Drawn],
        static: Tensor | None = None,
        ahead: Tensor | None = None,
    ) -> Tensor:
        """Steps (T, B, F) or (T, B), of which each sequence uses its first `lengths` -> (B, C)."""
        if self.embedding is not None:
            steps = self._embed(self.embedding, steps)
        steps = self._drop(steps, "input").contiguous()
        for number in range(len(self.layers)):
            if number > 0:
                steps = self._drop(steps, "between")
            steps = self._layer(layers[number :: len(self.layers)], steps, lengths)
        pooled = pool(self.pooling, steps, lengths, both=bool(self.reverse_layers))
        return self._answers(pooled, static, ahead, lambda states: self._drop(states, "output"))

    def _answers(
        self,
        pooled: Tensor,
        static: Tensor | None,
        ahead: Tensor | None,
        drop: Callable[[Tensor], Tensor],
    ) -> Tensor:
        """Pooled states (B, H) -> (B, C); `drop` acts on what the head reads."""
        if self.mixing is not None:
            assert static is not None
            pooled = self.mixing(torch.cat([pooled, static], dim=1)).tanh()
        if self.decoder is None:
            return self.head(drop(pooled))
        assert ahead is not None
        return self.head(drop(self.decoder(pooled, ahead))).permute(1, 2, 0).flatten(1)

    def _packed_outputs(
        self,
        steps: Tensor,
        parts: Sequence[Half],
        layers: list[Drawn],
        static: Tensor | None,
        ahead: Tensor | None,
    ) -> Tensor:
        """As `_outputs` of each half, in one pass without padding."""
        packed = Packed.of(parts)
        drawn = [self._drawn_masks(steps, part, ahead) for part in parts]
        words, *between, output = zip(*drawn, strict=True)
        rows = packed.pack(steps)
        if self.embedding is not None:
            rows = dropped(self.embedding(rows), packed.of_halves(words))
        for number, masks in enumerate(between):
            rows = dropped(rows, packed.of_halves(masks))
            onward, *back = layers[number :: len(self.layers)]
            found = [self.recurrent.run_packed(*onward, rows, packed.batch_sizes)]
            for one in back:
                states = rows.index_select(0, packed.reverse)
                states = self.recurrent.run_packed(*one, states, packed.batch_sizes)
                found.append(states.index_select(0, packed.reverse))
            rows = torch.cat(found, dim=1) if back else found[0]
        pooled = packed.pooled(self.pooling, rows, both=bool(self.reverse_layers))
        mask = packed.of_batch(output)
        return self._answers(pooled, static, ahead, lambda states: dropped(states, mask))

    def _drawn_masks(self, steps: Tensor, part: Half, ahead: Tensor | None) -> list[Tensor | None]:
        """Of one half, in the order of a pass: words, input, between the layers, output."""
        shape, width = (part.longest, len(part.places)), self.head.in_features
        words = None
        if self.embedding is not None:
            ids = steps[: part.longest].index_select(1, part.places)
            words = draw_words(ids, self.rates["embedding"], self.masks)
        later = () if self.decoder is None or ahead is None else (ahead.shape[1],)
        between = [("between", (*shape, width))] * (len(self.layers) - 1)
        first, last = (*shape, self.layers[0].input_size), (*later, len(part.places), width)
        sites = [("input", first), *between, ("output", last)]
        return [words, *(draw_site(s, self.rates[at], self.mask, self.masks) for at, s in sites)]

    def _embed(self, embedding: Embedding, words: Tensor) -> Tensor:
        """Ids (T, B) -> (T, B, E)."""
        embedded = embedding(words)
        if not self.training:
            return embedded
        vocabulary = None if words.device.type == "cpu" else embedding.num_embeddings
        return drop_words(embedded, words, self.rates["embedding"], self.masks, vocabulary)

    def _layer(self, directions: list[Drawn], steps: Tensor, lengths: Tensor | None) -> Tensor:
        """(T, B, D) -> (T, B, H), or (T, B, 2H): the reverse direction's states beside them.

        The reverse direction starts at each sequence's own last step.
        """
        ahead = self.recurrent.run(*directions[0], steps, self.masks)
        if len(directions) == 1:
            return ahead
        back = self.recurrent.run(*directions[1], reverse(steps, lengths), self.masks)
        return torch.cat([ahead, reverse(back, lengths)], dim=2)

    def multiply_adds(self) -> int:
        """Multiplications of the recurrent layers for one time step of one sequence, forward."""
        layers = [*self.layers.parameters(), *self.reverse_layers.parameters()]
        return sum(weight.numel() for weight in layers if weight.dim() == 2)

    def _drop(self, steps: Tensor, site: str) -> Tensor:
        if not self.training:
            return steps
        return drop(steps, self.rates[site], self.mask, self.masks)
