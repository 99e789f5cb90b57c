"""What this room raises when it cannot go on."""


class SearchError(Exception):
    """Base of the errors of this room; its text is shown to the user as it is."""

    exit_code = 1


class ConfigError(SearchError):
    """study.yaml cannot be used; the text lists every fault with its key and mend."""

    exit_code = 2
