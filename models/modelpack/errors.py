"""The one error a person is meant to read."""


class PackError(Exception):
    """What went wrong and what to do about it, in one line; the CLI prints it and exits with 1."""
