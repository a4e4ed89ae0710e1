"""The tasks that `luigi --module pipeline TASK` runs, in pipeline order."""

# Importing these registers the messages of errors, first of all, event handlers, and the worker.
from pipeline import run_errors, run_log, run_worker  # noqa: F401  Imported for these effects.
from pipeline.tasks.dynamodb import PublishDynamodb
from pipeline.tasks.export import ExportDuckdb, ExportParquet
from pipeline.tasks.features import ExtractFeatures
from pipeline.tasks.feed import WriteChangeFeed
from pipeline.tasks.load import LoadCorrections, LoadRawTables, PrepareDatabase, UnpackAccessFile
from pipeline.tasks.quality import ReconcileRows, RunChecks
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.reports import AllReports, RenderReport
from pipeline.tasks.schedules import DailyAnalytics, MonthlySync, WeeklyRetraining, WeeklySync
from pipeline.tasks.severity import ScoreEvents, TrainSeverityModel
from pipeline.tasks.sources import CheckSource, CreateSnapshot, DownloadApiMonths, DownloadSource
from pipeline.tasks.tables import CastTables, CreateView, EvaluateCorrections, LoadMappingTable, MergeTable

__all__ = [
    "AllReports",
    "CastTables",
    "CheckSource",
    "CreateSnapshot",
    "CreateView",
    "DailyAnalytics",
    "DownloadApiMonths",
    "DownloadSource",
    "EvaluateCorrections",
    "ExportDuckdb",
    "ExportParquet",
    "ExtractFeatures",
    "LoadCorrections",
    "LoadMappingTable",
    "LoadRawTables",
    "MergeTable",
    "MonthlySync",
    "PrepareDatabase",
    "PublishDynamodb",
    "PublishRelease",
    "ReconcileRows",
    "RenderReport",
    "RunChecks",
    "ScoreEvents",
    "TrainSeverityModel",
    "UnpackAccessFile",
    "WeeklyRetraining",
    "WeeklySync",
    "WriteChangeFeed",
]
