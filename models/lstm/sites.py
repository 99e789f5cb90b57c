"""Dropout masks of our own: one generator for each network, none of them the global one.

B batch (sequences), T time steps, E embedding, H units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

import torch
from torch import Tensor

from dropsearch.models.errors import ModelsError
from dropsearch.models.names import SHARED_SITES, SITES, Mask

_LEVELS = 1 << 16  # a rate is a multiple of 1 / 65,536


def refuse_unknown(name: str, value: str, known: Collection[str]) -> None:
    """Raises ModelsError for an argument of the network that is none of these."""
    if value not in known:
        raise ModelsError(f"{name} {value!r} is unknown: use {', '.join(known)}.")


def site_rates(dropout: float | Mapping[str, float]) -> dict[str, float]:
    """The rate of each site; a shared rate acts at SHARED_SITES."""
    given: Mapping[str, float] = (
        dropout if isinstance(dropout, Mapping) else dict.fromkeys(SHARED_SITES, dropout)
    )
    for site, rate in given.items():
        if site not in SITES:
            raise ModelsError(f"dropout site {site!r} is unknown: use {', '.join(SITES)}.")
        if not 0 <= rate < 1:
            raise ModelsError(f"dropout rate {rate} at {site}: a rate lies in 0 <= rate < 1.")
    return {site: float(given.get(site, 0.0)) for site in SITES}


@cache
def dropped_levels(rate: float) -> int:
    """How many of the 65,536 values of 16 bits mean "dropped"; never all of them."""
    return min(round(rate * _LEVELS), _LEVELS - 1)


def rounded(rate: float) -> float:
    """The rate at which masks are drawn."""
    return dropped_levels(rate) / _LEVELS


def draw_kept(shape: tuple[int, ...], rate: float, generator: torch.Generator) -> Tensor:
    """False with probability `rate`, on the generator's device.

    Four entries are cut from each random 64-bit integer. It is drawn from the whole range:
    without bounds `random_` leaves the sign bit 0, and every fourth unit is never dropped.
    """
    count = torch.Size(shape).numel()
    words = torch.empty((count + 3) // 4, dtype=torch.int64, device=generator.device)
    words.random_(-(2**63), None, generator=generator)
    return (words.view(torch.int16)[:count] >= dropped_levels(rate) - _LEVELS // 2).view(shape)


def draw_mask(shape: tuple[int, ...], rate: float, generator: torch.Generator) -> Tensor:
    """Entries 0 with probability `rate`, else 1 / (1 - rate), in float32.

    The scale belongs to the rate as rounded, so that the expectation is exactly 1.
    """
    scale = _LEVELS / (_LEVELS - dropped_levels(rate))
    return draw_kept(shape, rate, generator).to(torch.float32).mul_(scale)


def draw_site(
    shape: tuple[int, ...], rate: float, mask: Mask, generator: torch.Generator
) -> Tensor | None:
    """The mask of steps (T, B, H), or of states (B, H), with inverted scaling; None at rate 0.

    standard: drawn anew at each step (Zaremba, Sutskever & Vinyals 2014, the operator D).
    locked: drawn once per sequence, (1, B, H), and used at each step (Gal & Ghahramani 2016,
    section 4).
    """
    if dropped_levels(rate) == 0:
        return None
    if mask == "locked" and len(shape) == 3:
        shape = (1, *shape[1:])
    return draw_mask(shape, rate, generator)


def dropped(steps: Tensor, mask: Tensor | None) -> Tensor:
    """Steps, or rows, times a mask that was drawn for them."""
    return steps if mask is None else steps * mask.to(steps.device)


def drop(steps: Tensor, rate: float, mask: Mask, generator: torch.Generator) -> Tensor:
    """Drop units of steps (T, B, H), or of states (B, H), by a mask of `draw_site`."""
    return dropped(steps, draw_site(tuple(steps.shape), rate, mask, generator))


def draw_words(
    words: Tensor, rate: float, generator: torch.Generator, vocabulary: int | None = None
) -> Tensor | None:
    """The mask (T, B, 1) of whole words, of ids (T, B); None at rate 0.

    A word is dropped wherever it occurs in its sequence, and each sequence draws its own
    (Gal & Ghahramani 2016, section 4.2: rows of the embedding matrix). With the number of ids in
    the `vocabulary` all are drawn for, so that a GPU is not waited for to tell which occur.
    """
    if dropped_levels(rate) == 0:
        return None
    batch = words.shape[1]
    sequences = torch.arange(batch, device=words.device)
    which = words * batch + sequences
    if vocabulary is None:
        different, which = which.unique(return_inverse=True)
        count = len(different)
    else:
        count = vocabulary * batch
    return draw_mask((count,), rate, generator).to(words.device)[which].unsqueeze(2)


def drop_words(
    embedded: Tensor,
    words: Tensor,
    rate: float,
    generator: torch.Generator,
    vocabulary: int | None = None,
) -> Tensor:
    """Drop whole words of embedded (T, B, E), of which `words` (T, B) are the ids."""
    return dropped(embedded, draw_words(words, rate, generator, vocabulary))
