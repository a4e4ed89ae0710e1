"""Digests of everything that a run publishes; equal sources give equal digests."""

import hashlib
from pathlib import Path
from typing import Any

from tests.running import Workspace


def sha256s(folder: Path, pattern: str) -> dict[str, str]:
    """{path relative to the folder: SHA-256} of the files that match."""
    files = sorted(path for path in folder.rglob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


RELATIONS = """
    select target_schema, name, fingerprint, rows, digest from audit.release_relation
    inner join audit.release on release.id = release_relation.release and release.is_current
    order by target_schema, name
"""


def release(workspace: Workspace) -> dict[str, Any]:
    """The current release: its id, and schema, name, fingerprint, rows and digest of each relation."""
    ((identity,),) = workspace.query("select id from audit.release where is_current")
    return {"id": identity, "relations": workspace.query(RELATIONS)}


def results(workspace: Workspace) -> dict[str, Any]:
    """Digests of the release, the Parquet files, the studies and the pages."""
    files = {name: sha256s(workspace.targets, f"{name}/**/*") for name in ("parquet", "features")}
    studies = {
        name: digest
        for name, digest in sha256s(workspace.targets, "studies/**/*").items()
        if ".fingerprints" not in name
    }
    parquet = {
        name: digest for digests in files.values() for name, digest in digests.items() if name.endswith(".parquet")
    }
    pages = {
        name: digest
        for pattern in ("*.html", "*/*.js")
        for name, digest in sha256s(workspace.store / "reports" / "html", pattern).items()
        # They compare releases and runs of this store, and differ in a store without earlier ones.
        if not name.startswith("changes") and name != "severity/runs.js"
    }
    return {"release": release(workspace), "parquet": parquet, "studies": studies, "pages": pages}
