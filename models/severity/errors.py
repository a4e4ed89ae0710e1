"""Base class of the errors that users of a study can correct; shown as one sentence, without a traceback."""


class InvalidStudy(ValueError):
    """The study cannot run with these settings, with this table or on this machine."""
