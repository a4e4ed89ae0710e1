"""Which failures Luigi retries: those that may be gone at the next attempt; the same bytes fail again."""

import psycopg2

from pipeline.postgres.errors import is_temporary_database_error

# How Luigi begins the explanation of an exception; explanations of killed and timed out processes begin otherwise.
EXCEPTION = "Runtime error:"
TEMPORARY = "Temporary error:"


Kinds = tuple[type[BaseException], ...]


def is_temporary(error: BaseException | None, kinds: Kinds = ()) -> bool:
    """Return True if the error or a cause of it is a lost connection, a timeout, a database conflict or in `kinds`."""
    if error is None:
        return False
    if isinstance(error, psycopg2.Error):
        return is_temporary_database_error(error)
    return isinstance(error, (ConnectionError, TimeoutError, *kinds)) or is_temporary(error.__cause__, kinds)


def explanation(error: BaseException, text: str, kinds: Kinds) -> str:
    """Return Luigi's explanation of an exception, marked if the task is retried."""
    return text.replace(EXCEPTION, TEMPORARY, 1) if is_temporary(error, kinds) else text


def is_retried(text: str) -> bool:
    """Return True unless the explanation of a failure is that of an exception that is not temporary."""
    # The scheduler gets it as JSON, in quotes.
    return not text.lstrip('"').startswith(EXCEPTION)
