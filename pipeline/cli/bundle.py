"""Write the current release to a folder, for readers without a database and for deposit: Parquet, CSV, DuckDB, data
dictionary, reports, model card, and metadata for repositories, with the SHA-256 of every file.

The folder holds one subfolder per release and `releases.json`; writing a release again replaces its subfolder. Any web
server can publish it, and the package in client/ reads it, from the folder or over HTTP. Names and addresses of owners
and operators are left out. `[Citation]` in luigi.cfg sets address, repository and DOI. Exits with 1 if an output of the
current release is missing.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

import luigi

from pipeline import config, fingerprint, run_lock
from pipeline.cli.status import require_release
from pipeline.cli.task_graph import find_task, read_only_queries
from pipeline.errors import PipelineError
from pipeline.export import bundle, bundle_files, duckdb
from pipeline.export.bundle_texts import Origin
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.tasks.export import ExportDuckdb
from pipeline.tasks.reports import AllReports, citation_of
from pipeline.tasks.severity import TrainSeverityModel
from reports.shared.citation import Citation
from targets.files import FingerprintedFile

SUMMARY = "write the current release to a folder of Parquet, CSV, reports and metadata"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="folder of the releases; created if missing")


def run(options: argparse.Namespace) -> int:
    # A run would replace exported files while they are copied.
    with run_lock.held("bundle"):
        return write(options.folder)


def write(folder: Path) -> int:
    """Write the bundle of the current release to the folder and print its path."""
    release = require_release("bundle")
    files = exported_files()
    with transaction("ntsb", read_only=True) as cursor:
        cursor.execute("select id, snapshot, sources from audit.release where is_current")
        ((current, identity, sources),) = cursor.fetchall()
        dictionary = bundle.read_dictionary(cursor)
    if current != release:
        raise PipelineError(
            f"bundle: expected release {release}, found {current}, published since the start; run it again"
        )
    citation = citation_of(release, snapshot.read_snapshot(identity), config.Citation())
    print_placeholders(citation)
    origin = Origin(citation, identity, sources)
    print(bundle.write_bundle(folder, origin, files, dictionary))
    return 0


def print_placeholders(citation: Citation) -> None:
    """Print which settings of [Citation] are placeholders, which a deposit must replace."""
    if not citation.has_doi or not citation.address:
        print(
            "bundle: expected the DOI and the address of this release, found placeholders; "
            "set them in [Citation] of luigi.cfg before a deposit",
            file=sys.stderr,
        )


def exported_files() -> bundle.Contents:
    """Return the outputs of the current snapshot that a bundle has. Raises PipelineError if one is missing."""
    with read_only_queries():
        reports, exports = find_task(["AllReports"]), find_task(["ExportDuckdb"])
        assert isinstance(reports, AllReports) and isinstance(exports, ExportDuckdb)
        study = TrainSeverityModel(snapshot=exports.snapshot).output()[0]
        pages = page_targets(reports)
        tables = [export.output() for export in exports.inputs()]
        missing = [target.path.name for target in (*tables, *pages, study) if not target.exists()]
    if missing:
        raise PipelineError(
            f"bundle: expected exports of the current release, found {len(missing)} missing or outdated, such as "
            f"{missing[0]}; run `luigi --module pipeline AllReports`"
        )
    parquet = {f"{target.path.parent.name}/{target.path.name}": target.path for target in tables}
    others = {f"reports/{page.path.relative_to(config.html_folder()).as_posix()}": page.path for page in pages}
    others["model"] = study.path
    return bundle.Contents(parquet, others | {"duckdb/accidents.duckdb": duckdb_file(exports, parquet)})


def page_targets(reports: AllReports) -> list[FingerprintedFile]:
    """Return the files and folders of the reports."""
    outputs = [target for task in reports.final_tasks() for target in luigi.task.flatten(task.output())]
    files = [target for target in outputs if isinstance(target, FingerprintedFile)]
    return [target for target in files if config.html_folder() in target.path.parents]


def duckdb_file(exports: ExportDuckdb, parquet: Mapping[str, Path]) -> Path:
    """Return a DuckDB file without withheld columns, which is kept, because another one would have other bytes."""
    code = sorted(fingerprint.code_digests([bundle_files.__name__, duckdb.__name__]).values())
    digest = hashlib.sha256(" ".join([exports.fingerprint, *code]).encode()).hexdigest()[:16]
    target = FingerprintedFile(exports.output().path.with_name("bundle.duckdb"), digest)
    if not target.exists():
        with target.writing() as temporary:
            folder = temporary.with_name("parquet")
            for path, source in parquet.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                bundle_files.write_parquet(source, folder / path)
            notice = snapshot.notice(snapshot.read_snapshot(exports.snapshot))
            duckdb.write_database(folder, temporary, [folder / path for path in parquet], notice)
    return target.path
