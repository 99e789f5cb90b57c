"""Networks of a user's own, some of which no study can train."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from torch import nn


class Plain(LightningModule):
    """The mean over the steps, with dropout of torch's own."""

    def __init__(self, features, outputs, *, dropout=0.0, width=6):
        super().__init__()
        self.read = nn.Linear(features, width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, outputs)

    def forward(self, inputs, lengths=None):
        return self.head(self.dropout(self.read(inputs).tanh().mean(1)))


class ByHand(Plain):
    automatic_optimization = False


class Schedules(Plain):
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 3)]


class Several(Plain):
    def configure_optimizers(self):
        return [torch.optim.SGD(part.parameters(), lr=0.1) for part in (self.read, self.head)]


class NoLengths(Plain):
    def forward(self, inputs):
        return self.head(self.read(inputs).mean(1))


class AsksLengths(Plain):
    def forward(self, inputs, lengths):
        steps = torch.arange(inputs.shape[1]) < lengths[:, None]
        return self.head(self.read(inputs * steps[..., None]).sum(1) / lengths[:, None])


class Saves(Plain):
    """Its arguments are named as some that stand around it."""

    def __init__(self, features, outputs, *, dropout=0.0, seed=7, name="mean"):
        super().__init__(features, outputs, dropout=dropout)
        self.save_hyperparameters()


class Causal(Plain):
    """A mask of minus infinity, as attention has it."""

    def __init__(self, features, outputs, *, dropout=0.0):
        super().__init__(features, outputs, dropout=dropout)
        self.register_buffer("later", torch.full((9, 9), -torch.inf).triu(1))


class OneRow(Plain):
    def forward(self, inputs, lengths=None):
        return super().forward(inputs, lengths)[:1]


class OtherNames(LightningModule):
    def __init__(self, inputs, classes, dropout=0.0):
        super().__init__()


class Asks(Plain):
    def __init__(self, features, outputs, *, depth, dropout=0.0):
        super().__init__(features, outputs, dropout=dropout)


class NoLoss(Plain):
    def training_step(self, batch, batch_idx):
        return None


class Breaks(Plain):
    def forward(self, inputs, lengths=None):
        return self.head(inputs)[0, 10**6]


class Even(Plain):
    """Refuses some widths, as attention does those that its heads do not divide."""

    def __init__(self, features, outputs, *, dropout=0.0, width=6):
        super().__init__(features, outputs, dropout=dropout, width=width)
        assert width % 2 == 0, f"{width} is odd"


class Normed(Plain):
    def __init__(self, features, outputs, *, dropout=0.0):
        super().__init__(features, outputs, dropout=dropout)
        self.norm = nn.BatchNorm1d(features)

    def forward(self, inputs, lengths=None):
        return super().forward(self.norm(inputs.transpose(1, 2)).transpose(1, 2))


class NormedMeans(Plain):
    """Over the examples alone: torch refuses a batch of one."""

    def __init__(self, features, outputs, *, dropout=0.0):
        super().__init__(features, outputs, dropout=dropout)
        self.norm = nn.BatchNorm1d(features)

    def forward(self, inputs, lengths=None):
        return self.head(self.read(self.norm(inputs.mean(1))))


class NormedSteps(NormedMeans):
    def training_step(self, batch, batch_idx):
        return nn.functional.cross_entropy(self(batch.inputs), batch.target)


class NormedOnce(NormedMeans):
    """It keeps to the means of before."""

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self


nothing = 3
