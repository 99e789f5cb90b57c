"""Networks of one's own, as a study takes them (docs/own-network.md).

From this folder: `dropsearch launch own-network.yaml`.
"""

import math

import torch
from pytorch_lightning import LightningModule
from torch import nn
from torch.nn import functional


class ConvLSTM(LightningModule):
    """A convolution over time in front of an LSTM. All else is dropsearch's."""

    def __init__(self, features, outputs, *, dropout=0.0, channels=16, kernel=5, hidden=32):
        super().__init__()
        self.convolution = nn.Conv1d(features, channels, kernel, padding="same")
        self.lstm = nn.LSTM(channels, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, inputs, lengths=None):
        """(batch, time, features), each sequence's own length -> (batch, outputs)."""
        seen = self.convolution(inputs.transpose(1, 2)).relu().transpose(1, 2)
        states, _ = self.lstm(self.dropout(seen))
        if lengths is None:
            last = states[:, -1]
        else:
            last = states[torch.arange(len(states), device=states.device), lengths - 1]
        return self.head(self.dropout(last))


class SmallTransformer(LightningModule):
    """One layer of attention, with a rate of its own; its loss and optimiser are its own, too."""

    def __init__(
        self,
        features,
        outputs,
        *,
        dropout=0.0,
        attention_dropout=0.0,
        width=32,
        heads=4,
        smoothing=0.0,
        learning_rate=1e-3,
    ):
        super().__init__()
        self.read = nn.Linear(features, width)
        self.attention = nn.MultiheadAttention(
            width, heads, dropout=attention_dropout, batch_first=True
        )
        self.mixed = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)
        self.smoothing, self.learning_rate = smoothing, learning_rate

    def forward(self, inputs, lengths=None):
        steps = torch.arange(inputs.shape[1], device=inputs.device)
        x = self.read(inputs)
        place = steps[:, None] / 10_000 ** (
            torch.arange(0, x.shape[2], 2, device=x.device) / x.shape[2]
        )
        x = self.dropout(x + torch.cat([place.sin(), place.cos()], 1) / math.sqrt(x.shape[2]))
        over = None if lengths is None else steps >= lengths[:, None]
        seen, _ = self.attention(x, x, x, key_padding_mask=over, need_weights=False)
        x = self.norms[0](x + self.dropout(seen))
        x = self.norms[1](x + self.dropout(self.mixed(x)))
        kept = torch.ones_like(x[..., :1]) if over is None else (~over)[..., None].to(x)
        return self.head(self.dropout((x * kept).sum(1) / kept.sum(1)))

    def training_step(self, batch, batch_idx):
        outputs = self(batch.inputs, batch.lengths)
        return functional.cross_entropy(outputs, batch.target, label_smoothing=self.smoothing)

    def configure_optimizers(self):
        return torch.optim.NAdam(self.parameters(), lr=self.learning_rate)
