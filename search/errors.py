"""What this room raises when it cannot go on."""


class SearchError(Exception):
    """Base of the errors of this room; its text is shown to the user as it is."""

    exit_code = 1


class GpuLostError(SearchError):
    """The GPU of this process answers no more; a worker ends, and its fit is done by another."""

    def __init__(self) -> None:
        super().__init__(
            "The GPU answers no more in this process: the worker ends, and its fit goes to another."
        )


class ConfigError(SearchError):
    """study.yaml cannot be used; the text lists every fault with its key and mend."""

    exit_code = 2


NO_MEMORY = (
    "This needs more memory than the machine has. Lower model.hidden_size, model.layers, "
    "training.batch_size or data.vocabulary, or shorten the sequences or the horizon."
)


def lacks_memory(error: BaseException) -> bool:
    """Whether it says that memory could not be had: Python's, NumPy's and torch's ways to."""
    torchs = type(error).__name__ == "OutOfMemoryError" or "allocate memory" in str(error)
    return isinstance(error, MemoryError) or torchs
