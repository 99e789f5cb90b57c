"""K LightningModules trained as one; on a GPU as one CUDA graph."""

from dropsearch.models.lockstep.lockstep import Lockstep

__all__ = ["Lockstep"]
