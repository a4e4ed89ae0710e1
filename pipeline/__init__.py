"""The pipeline's table of contents: what `luigi --module pipeline TASK` can be asked for."""

from pipeline import events  # noqa: F401  Importing it registers it with Luigi.
from pipeline.analytics import Duckdb, ExportParquet
from pipeline.audit import Account, Audit
from pipeline.extraction import Land, Unpack
from pipeline.features import Features
from pipeline.preparation import Prepare
from pipeline.publication import Publish
from pipeline.reporting import AllReports, Assets, Report
from pipeline.scoring import ScoreEvents
from pipeline.sources import CheckSource, Download, Snapshot
from pipeline.staging import Build, Type
from pipeline.training import Train
from pipeline.views import Reviewed, View

__all__ = [
    "Account",
    "AllReports",
    "Assets",
    "Audit",
    "Build",
    "CheckSource",
    "Download",
    "Duckdb",
    "ExportParquet",
    "Features",
    "Land",
    "Prepare",
    "Publish",
    "Report",
    "Reviewed",
    "ScoreEvents",
    "Snapshot",
    "Train",
    "Type",
    "Unpack",
    "View",
]
