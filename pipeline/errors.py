"""Errors that a user can fix; a message names the subject, what was expected and found, and the next step."""

from pathlib import Path

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SET_SOURCES_HINT = f"set NTSB_SOURCES to a folder with the zips, or to {SAMPLES} for synthetic ones"


def printable(text: str, limit: int = 500) -> str:
    """Return a text from a file for a message: control characters as escape sequences, at most `limit` characters."""
    # Cut first: the text may be long, and an escape sequence has up to ten characters.
    escaped = escape(text[: limit + 1])
    return escaped if len(escaped) <= limit else f"{escaped[: limit - 3]}..."


def escape(text: str, kept: str = "") -> str:
    """Return a text with escape sequences for the characters that a terminal may interpret, except those in `kept`."""
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)


class PipelineError(Exception):
    """Any failure that a user can fix; all other exceptions are bugs."""


class SourceError(PipelineError):
    """A zip is not available from its location."""


class SourceUnreachable(SourceError):
    """Temporary failure: connection error, timeout, interrupted transfer, status 408, 429 or 5xx, missing folder."""


class PageTooLarge(SourceUnreachable):
    """The page that lists the files of a URL is longer, or has more links, than one that is used."""


class SourceNotFound(SourceError):
    """The location does not have the zip, or refuses access to it."""


class SourcePermissionDenied(SourceError):
    """This user may not read the folder or file."""


class UnknownSource(SourceError):
    """A name in [Sources] base or weekly is neither a database nor a weekly file."""


class ApiRefused(SourceError):
    """NTSB's API refuses a request: no valid key, a wrong address, a redirect, or a response without an end."""


class ApiFormatChanged(SourceError):
    """A response of NTSB's API is JSON, but not a page of cases."""


class ArchiveError(PipelineError):
    """A zip is not one that NTSB publishes."""


class NotAZip(ArchiveError):
    """The file is not a zip that can be read: another file, another kind of archive, or one with a password."""


class TruncatedArchive(ArchiveError):
    """The zip is incomplete, or its checksums do not match."""


class UnsafeArchive(ArchiveError):
    """A member points outside the folder, or unpacks to more than the limit."""


class NotAnAccessFile(ArchiveError):
    """The zip contains no Access database, several, or an invalid one."""


class InsufficientDiskSpace(ArchiveError):
    """The disk has less free space than needed."""


class InvalidSpecification(PipelineError):
    """The specification of a folder of tables is not readable, or not consistent."""


class DynamodbError(PipelineError):
    """DynamoDB refuses a request, or a row or table does not fit into it."""


class SnapshotNotFound(PipelineError):
    """There is no snapshot with this id, or none yet for this location."""


class ExtractionError(PipelineError):
    """An Access file cannot be read, or has another number of rows than its table definitions record."""


class SchemaDrift(PipelineError):
    """An Access file lacks tables or columns that the files of its era have, or a column has another type."""


class InvalidMapping(PipelineError):
    """A CSV file of a mapping table is malformed; the message names every line."""


class InvalidCorrections(PipelineError):
    """Reviewed corrections are malformed, do not fit the table schema, or conflict; the message lists all of them."""


class DatabaseUnavailable(PipelineError):
    """The database cannot be reached, or the connection was lost."""


class ChecksFailed(PipelineError):
    """A check of severity `stop` found more rows than it allows."""


class InvalidFeatureTable(PipelineError):
    """A feature table is missing or unsuitable for the model; the message names every invalid column."""


class StudyFailed(PipelineError):
    """A severity study cannot be run with these settings, with these events or on this machine."""


class StudyNotFound(PipelineError):
    """There is no severity study in the store, or its feature table does not contain the event."""
