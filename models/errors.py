"""What this room raises when it cannot go on."""


class ModelsError(Exception):
    """Base of the errors of this room; its text is shown to the user as it is."""

    exit_code = 2


class DataError(ModelsError):
    """The data cannot be used; the text names file, column, row and the mend."""


class DivergedError(ModelsError):
    """A loss or metric became NaN or infinite; the text names epoch and copy."""

    exit_code = 1
