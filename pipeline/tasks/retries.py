"""Which failures Luigi retries: those that may be gone at the next attempt; the same bytes fail again."""

import psycopg2

from pipeline.errors import SourceUnreachable, TruncatedArchive
from pipeline.postgres.errors import is_temporary_database_error

# How Luigi begins the explanation of an exception; explanations of killed and timed out processes begin otherwise.
EXCEPTION = "Runtime error:"
TEMPORARY = "Temporary error:"


def is_temporary(error: BaseException | None) -> bool:
    """Return True if the error or one of its causes is a lost connection, a timeout or a database conflict."""
    if error is None:
        return False
    if isinstance(error, psycopg2.Error):
        return is_temporary_database_error(error)
    kinds = (SourceUnreachable, TruncatedArchive, ConnectionError, TimeoutError)
    return isinstance(error, kinds) or is_temporary(error.__cause__)


def explanation(error: BaseException, text: str) -> str:
    """Return Luigi's explanation of an exception, marked if the task is retried."""
    return text.replace(EXCEPTION, TEMPORARY, 1) if is_temporary(error) else text


def is_retried(text: str) -> bool:
    """Return True unless the explanation of a failure is that of an exception that is not temporary."""
    # The scheduler gets it as JSON, in quotes.
    return not text.lstrip('"').startswith(EXCEPTION)
