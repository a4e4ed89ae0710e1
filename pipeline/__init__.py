"""The pipeline's table of contents: what `luigi --module pipeline TASK` can be asked for."""

from pipeline.audit import Account, Audit
from pipeline.extraction import Land
from pipeline.preparation import Prepare
from pipeline.publication import Publish
from pipeline.sources import CheckSource, Download, Snapshot, Unpack
from pipeline.staging import Build, Type
from pipeline.views import View

__all__ = [
    "Account",
    "Audit",
    "Build",
    "CheckSource",
    "Download",
    "Land",
    "Prepare",
    "Publish",
    "Snapshot",
    "Type",
    "Unpack",
    "View",
]
