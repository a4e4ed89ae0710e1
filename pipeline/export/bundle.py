"""A release as a folder of Parquet files with checksums, for readers without a database: see the package in client/.

`<folder>/releases.json` lists the releases; `<folder>/<release>/manifest.json` the files of one, with size and sha256,
and the sha256 of each block of `block_bytes` of a larger file, so that a reader can check a part of it.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg2.extensions import cursor as Cursor

from pipeline import json_file

FORMAT = 1
BLOCK_BYTES = 256 * 1024
MANIFEST, RELEASES, DICTIONARY = "manifest.json", "releases.json", "dictionary.json"
COLUMNS = """
select nspname as schema, relname as relation, obj_description(class.oid, 'pg_class') as meaning,
    attname as column, format_type(atttypid, atttypmod) as type, col_description(class.oid, attnum) as description
from pg_class as class
inner join pg_namespace on pg_namespace.oid = relnamespace
inner join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
where nspname in ('ntsb', 'mart', 'code_mappings') and relkind in ('r', 'v', 'm')
order by nspname collate "C", relname collate "C", attnum
"""


def read_dictionary(cursor: Cursor) -> list[dict[str, Any]]:
    """Return one dict per column of the published relations."""
    cursor.execute(COLUMNS)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def write_bundle(
    folder: Path, origin: Mapping[str, Any], files: Mapping[str, Path], dictionary: Sequence[Mapping[str, Any]]
) -> Path:
    """Write the bundle of a release below `folder`, complete or not at all, and return its folder.

    `origin`: {release, snapshot, sources}; `files`: {path in the bundle: file to copy}.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / str(origin["release"])
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        for name, path in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, temporary / name)
        json_file.write(temporary / DICTIONARY, {"columns": list(dictionary)})
        names = [*sorted(files), DICTIONARY]
        listed = [{"path": name, **describe(temporary / name)} for name in names]
        content = {"format": FORMAT, "block_bytes": BLOCK_BYTES, **origin, "files": listed}
        json_file.write(temporary / MANIFEST, content)
        temporary.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    releases = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    json_file.write(folder / RELEASES, {"current": origin["release"], "releases": releases})
    return target


def describe(path: Path, block_bytes: int = BLOCK_BYTES) -> dict[str, Any]:
    """Return {bytes, sha256, blocks} of a file; without `blocks` if it has one only."""
    with path.open("rb") as file:
        whole = {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
        file.seek(0)
        blocks = [hashlib.sha256(block).hexdigest() for block in iter(lambda: file.read(block_bytes), b"")]
    return whole | ({"blocks": blocks} if len(blocks) > 1 else {})
