"""What stops a study and can be mended by whoever set its knobs: one sentence with the next move."""


class InvalidStudy(ValueError):
    """A study cannot be run as it was asked for."""
