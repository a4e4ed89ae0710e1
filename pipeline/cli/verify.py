"""Builds the published snapshot a second time, in a store of its own, and compares: same bytes in, same bytes out.

The second build runs in another time zone, locale and hash seed, on an embedded database, from the archived zips.
Compared are the release, the digest of every table, and the bytes of every Parquet file, page and study.
Exit code 1 where anything is different. The second store takes as much room as the first, and is removed at the end.
"""

import argparse
import configparser
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUMMARY = "build again in a second store, and compare"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where from, where to, and what is left."""
    parser.add_argument("--sources", metavar="PLACE", help="zips for the second build (default: those in the archive)")
    parser.add_argument("--store", type=Path, help="an empty or new folder (default: one for temporary files)")
    parser.add_argument("--keep", action="store_true", help="keep the second store")


def run(options: argparse.Namespace) -> int:
    """Builds, compares, prints, cleans up."""
    from pipeline.postgres import server

    store = _second_store(options.store)
    try:
        found = compare_builds(store, options.sources)
    finally:
        if options.keep:
            print(f"The second store is kept in {store}.")
        else:
            server.remove(store / "targets" / "store" / "postgres")
            shutil.rmtree(store, ignore_errors=True)
    return found


def _second_store(wanted: Path | None) -> Path:
    """The folder of the second store: new or empty, because it is removed at the end."""
    from pipeline.errors import PipelineError

    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="ntsb-verify-")).resolve()
    if wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir())):
        raise PipelineError(
            f"{wanted}: expected an empty or new folder for the second store, found one in use; name another"
        )
    wanted.mkdir(parents=True, exist_ok=True)
    return wanted.resolve()


def compare_builds(store: Path, sources: str | None) -> int:
    """Builds in that store, prints the comparison; 1 where something is different."""
    from pipeline import config
    from pipeline.cli import comparison
    from pipeline.postgres import server
    from pipeline.postgres.connection import database_url

    identity = _published()
    _warn_if_incomplete(identity)
    rebuild(store, sources or _link_archived_zips(identity, store / "zips"), identity)
    first = comparison.read_facts(database_url(), config.store_folder())
    second = comparison.read_facts(server.start(store / "targets" / "store" / "postgres"), store)
    found = comparison.compare(first, second)
    print("\n".join(comparison.format_table(found)))
    unequal = sum(not each.is_equal for each in found)
    print(
        f"{len(found) - unequal} of {len(found)} facts are equal{'.' if not unequal else f', {unequal} are different.'}"
    )
    return int(unequal > 0)


def _published() -> str:
    """The snapshot of the release that readers see. Raises PipelineError where there is none."""
    from pipeline.errors import PipelineError
    from pipeline.postgres.connection import database_exists, fetch_value, transaction

    identity = None
    if database_exists():
        with transaction(read_only=True) as cursor:
            if fetch_value(cursor, "select to_regclass('audit.release')") is not None:
                identity = fetch_value(cursor, "select snapshot from audit.release where is_current")
    if identity is None:
        raise PipelineError(
            "verify: expected a published release, found none; run `luigi --module pipeline AllReports`"
        )
    return str(identity)


def _warn_if_incomplete(identity: str) -> None:
    from pipeline.cli.task_graph import read_only_queries
    from pipeline.tasks.reports import AllReports

    with read_only_queries():
        if not AllReports(snapshot=identity).complete():
            print("Some steps of this store are not done (python -m pipeline plan): differences may come from that.")


def _link_archived_zips(identity: str, folder: Path) -> str:
    """A folder with the snapshot's archived zips under their names. Raises TruncatedArchive where one is not whole."""
    from pipeline import config
    from pipeline.ingest import archive, snapshot

    folder.mkdir(parents=True)
    for file in snapshot.read_snapshot(identity):
        (folder / f"{file.source}.zip").symlink_to(archive.verify_zip(config.targets_folder(), file.sha256))
    return str(folder)


def environment(store: Path, sources: str) -> dict[str, str]:
    """The environment of the second build: as unlike this one as may be."""
    zone = "Pacific/Kiritimati" if os.environ.get("TZ") != "Pacific/Kiritimati" else "America/St_Johns"
    locale = "C" if os.environ.get("LC_ALL") != "C" else "C.UTF-8"
    away = {name: text for name, text in os.environ.items() if name != "NTSB_DATABASE_URL"}
    places = {"NTSB_STORE": str(store), "NTSB_SOURCES": sources}
    unlike = {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": "20240229"}
    return away | places | unlike | {"LUIGI_CONFIG_PATH": str(store / "verify.cfg")}


def write_config(file: Path, sources: list[str]) -> None:
    """Writes the knobs of the second build: those in force, but no database, model store or trials of the user's."""
    knobs = configparser.ConfigParser(interpolation=None)
    # A method by its type, and replaced by a function as configparser documents it.
    knobs.optionxform = str  # type: ignore[assignment,method-assign]
    knobs.read(os.environ.get("LUIGI_CONFIG_PATH") or ())
    own = {"tracking_uri": "", "tuning_storage": ""}
    knobs.read_dict({"Postgres": {"url": ""}, "Training": own, "Sources": {"base": json.dumps(sources)}})
    with file.open("w") as text:
        knobs.write(text)


def rebuild(store: Path, sources: str, identity: str) -> None:
    """Runs everything in that store; what the run says goes to verify.log. Raises PipelineError where it fails."""
    from pipeline import config
    from pipeline.errors import PipelineError
    from pipeline.ingest import snapshot

    command = [sys.executable, "-m", "luigi", "--module", "pipeline", "AllReports"]
    write_config(
        store / "verify.cfg",
        [file.source for file in snapshot.read_snapshot(identity) if file.source in snapshot.DATABASES],
    )
    log = store / "verify.log"
    print(f"Building snapshot {identity} again in {store} ...", flush=True)
    with log.open("w") as words:
        done = subprocess.run(
            command, cwd=config.REPOSITORY, env=environment(store, sources), stdout=words, stderr=words, check=False
        )
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise PipelineError(f"verify: expected the second build to end well, found exit code {done.returncode}:\n{end}")
