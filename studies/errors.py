"""What this room raises when it cannot go on."""


class StudiesError(Exception):
    """Base of the errors of this room; its text is shown to the user as it is."""

    exit_code = 2


class NoStudy(StudiesError):  # noqa: N818
    """There is no study of that name."""


class StoreAway(StudiesError):  # noqa: N818
    """The database cannot be reached or written just now."""
