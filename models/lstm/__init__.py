"""The network: stacked LSTM layers with dropout at each site."""

from dropsearch.models.lstm.network import DropoutLSTM

__all__ = ["DropoutLSTM"]
