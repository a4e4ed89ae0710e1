"""Errors that a user can mend: one sentence that names the thing, the expectation, the finding and the next move.

PipelineError
    SourceError                 a zip could not be had
        SourceUnreachable       the place gives no answer, or none that is whole: trying later may help
        SourceMissing           the place answers, and the zip is not there
        SourceUnreadable        the folder or file is there and may not be read
        UnknownSource           a knob names something that is no source
    ArchiveError                a zip was had and is not fit
        NotAZip                 the bytes are something else, such as an HTML page
        TruncatedArchive        the zip ends too early, or its bytes are damaged
        UnsafeArchive           unpacking it could write elsewhere or fill the disk
        NotAnAccessFile         the zip does not hold exactly one Access database
        NoRoom                  the disk is too small for what the zip holds
    SnapshotMissing             no such list of sources is known
    FeaturesUnfit               a given table of features cannot be scored
    StudyRefused                a severity study cannot be run with these knobs, or on this machine
    StudyMissing                no severity study is in this store, or none of that event
"""

SET_SOURCES_HINT = "set NTSB_SOURCES to a folder with the zips, or to `samples` for the made-up ones"


class PipelineError(Exception):
    """Any failure with a next move; everything else is a fault of the program."""


class SourceError(PipelineError):
    """A zip could not be had from its place."""


class SourceUnreachable(SourceError):
    """No answer, or none that is whole: connection error, timeout, cut, 429 or 5xx, a folder that is not there."""


class SourceNotFound(SourceError):
    """The place answers and says that it has no such zip, or will not give it."""


class SourcePermissionDenied(SourceError):
    """The folder or file may not be read by this user."""


class UnknownSource(SourceError):
    """A name in [Sources] base or weekly is neither a database of NTSB's nor a weekly file."""


class ArchiveError(PipelineError):
    """A zip was had and is not what NTSB publishes."""


class NotAZip(ArchiveError):
    """The bytes are no zip and no self-extracting zip."""


class TruncatedArchive(ArchiveError):
    """The zip ends too early or its checksums do not hold."""


class UnsafeArchive(ArchiveError):
    """A member points outside the folder, or unpacks to more than is allowed."""


class NotAnAccessFile(ArchiveError):
    """No Access database in the zip, more than one, or one whose bytes are not."""


class InsufficientDiskSpace(ArchiveError):
    """The disk has less room than the unpacked database needs."""


class SnapshotNotFound(PipelineError):
    """No snapshot with this id, or none yet for this place."""


class ToolNotInstalled(PipelineError):
    """A program that the pipeline calls is not installed."""


class ExtractionError(PipelineError):
    """mdbtools could not read an Access file, or gave other rows than the file says it has."""


class SchemaDrift(PipelineError):
    """An Access file lacks tables or columns that its era's files have."""


class DatabaseUnavailable(PipelineError):
    """The database cannot be reached or has gone away."""


class ChecksFailed(PipelineError):
    """A check that stops publication found more than it allows."""


class InvalidFeatureTable(PipelineError):
    """A given table of features is not there, or lacks what the model needs; every column that is wrong is named."""


class StudyFailed(PipelineError):
    """A severity study cannot be run as the knobs ask for it, with these events or on this machine."""


class StudyNotFound(PipelineError):
    """There is no severity study in this store yet, or its feature table has no such event."""
