"""What a run has published, by content: equal for equal sources, wherever and however it was built."""

import hashlib
from pathlib import Path
from typing import Any

from tests.running import Place


def sha256s(folder: Path, pattern: str) -> dict[str, str]:
    """{path below the folder: sha256} of the files that match."""
    files = sorted(path for path in folder.rglob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


RELATIONS = """
    select target_schema, name, fingerprint, rows, digest from audit.release_relation
    inner join audit.release on release.id = release_relation.release and release.is_current
    order by target_schema, name
"""


def release(place: Place) -> dict[str, Any]:
    """What readers see: the release's id, and fingerprint, rows and digest of each of its relations."""
    ((identity,),) = place.ask("select id from audit.release where is_current")
    return {"id": identity, "relations": place.ask(RELATIONS)}


def results(place: Place) -> dict[str, Any]:
    """Everything that a run publishes, by content: equal for equal sources, wherever and however it was built."""
    files = {name: sha256s(place.targets, f"{name}/**/*") for name in ("parquet", "features")}
    studies = {
        name: digest for name, digest in sha256s(place.targets, "studies/**/*").items() if ".fingerprints" not in name
    }
    parquet = {name: digest for each in files.values() for name, digest in each.items() if name.endswith(".parquet")}
    pages = sha256s(place.store / "reports" / "html", "*.html")
    # It says how this store's releases differ: a store without a past has another one.
    pages.pop("changes.html", None)
    return {"release": release(place), "parquet": parquet, "studies": studies, "pages": pages}
