"""A release as a folder for readers without a database, and for deposit: data, dictionary, reports, model, metadata.

`<folder>/releases.json` lists the releases; `<folder>/<release>/manifest.json` the files of one, with size and sha256,
and the sha256 of each block of `block_bytes` of a larger file, so that a reader can check a part of it.
The package in client/ reads it.
"""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.export import bundle_files, bundle_metadata, bundle_texts
from pipeline.export.bundle_files import WITHHELD, Relation
from pipeline.postgres.connection import Cursor, fetch_records
from reports.shared.data import PARQUET_FOLDER

FORMAT = 1
BLOCK_BYTES = 256 * 1024
MANIFEST, RELEASES, DICTIONARY, SUMS = "manifest.json", "releases.json", "dictionary.json", "SHA256SUMS"
COLUMNS = """
select nspname as schema, relname as relation, obj_description(class.oid, 'pg_class') as meaning,
    attname as column, format_type(atttypid, atttypmod) as type, col_description(class.oid, attnum) as description
from pg_class as class
inner join pg_namespace on pg_namespace.oid = relnamespace
inner join pg_attribute on attrelid = class.oid and attnum > 0 and not attisdropped
where mart.is_exported(nspname, relname) and relkind in ('r', 'v', 'm')
order by nspname collate "C", relname collate "C", attnum
"""


def read_dictionary(cursor: Cursor) -> list[dict[str, Any]]:
    """Return one dict per column of the published relations."""
    cursor.execute(COLUMNS)
    return fetch_records(cursor)


@dataclass(frozen=True)
class Contents:
    """Files of a bundle as {path in the bundle: file or folder to copy}.

    `parquet` are the exported relations, as `schema/name.parquet`; `others` are copied as they are.
    """

    parquet: Mapping[str, Path]
    others: Mapping[str, Path]


def write_bundle(
    folder: Path, origin: bundle_texts.Origin, contents: Contents, dictionary: Sequence[Mapping[str, Any]]
) -> Path:
    """Write the bundle of a release below `folder`, complete or not at all, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    release = origin.citation.release
    target = folder / release
    temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        _write_files(temporary, origin, contents, dictionary)
        temporary.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    releases = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    json_file.write(folder / RELEASES, {"current": release, "releases": releases})
    return target


def _write_files(
    folder: Path, origin: bundle_texts.Origin, contents: Contents, dictionary: Sequence[Mapping[str, Any]]
) -> None:
    """Write the data, then the files that describe it, and last the checksums of all files."""
    copied = {path: folder / path for path in contents.parquet}
    for path, source in contents.parquet.items():
        copied[path].parent.mkdir(parents=True, exist_ok=True)
        bundle_files.write_parquet(source, copied[path])
    for path, source in contents.others.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".html":
            # The pages of a store link to its Parquet files, which are elsewhere here.
            text = source.read_text(encoding="utf-8").replace(f'"{PARQUET_FOLDER}/', '"../')
            (folder / path).write_text(text, encoding="utf-8")
        else:
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, folder / path)
    published = [row for row in dictionary if row["column"] not in WITHHELD]
    relations = list(bundle_files.describe(copied, published))
    for relation in relations:
        (folder / relation.csv).parent.mkdir(parents=True, exist_ok=True)
        bundle_files.write_csv(copied[relation.parquet], folder / relation.csv)
    _write_texts(folder, origin, relations, published)
    _write_metadata(folder, origin, relations)


def _write_texts(
    folder: Path, origin: bundle_texts.Origin, relations: Sequence[Relation], dictionary: Sequence[Mapping[str, Any]]
) -> None:
    json_file.write(folder / DICTIONARY, {"columns": list(dictionary)})
    with (folder / "dictionary.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dictionary[0]) if dictionary else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(dictionary)
    rows = sum(relation.rows for relation in relations)
    texts = {
        "README.md": bundle_texts.readme(origin, len(relations), rows),
        "NOTICE.md": bundle_texts.notice(origin),
        "CITATION.cff": bundle_texts.citation_cff(origin),
    }
    if origin.citation.is_made_up:
        # A CSV file has no place for a notice.
        texts["csv/MADE-UP-SAMPLE-DATA.txt"] = bundle_texts.notice(origin)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    _write_json(folder / "codemeta.json", bundle_texts.codemeta(origin))
    _write_json(folder / ".zenodo.json", bundle_texts.zenodo(origin))


def _write_metadata(folder: Path, origin: bundle_texts.Origin, relations: Sequence[Relation]) -> None:
    """Write the files that describe the others, each of which lists those written before it."""
    files = describe_files(folder)
    contents = {
        "datapackage.json": bundle_metadata.frictionless(origin, relations, files),
        "croissant.json": bundle_metadata.croissant(origin, relations, files),
    }
    for name, content in contents.items():
        _write_json(folder / name, content)
        files[name] = describe(folder / name)
    name = "ro-crate-metadata.json"
    _write_json(folder / name, bundle_metadata.ro_crate(origin, relations, files))
    files[name] = describe(folder / name)
    # The manifest is read by programs, which need no metadata for repositories.
    listed = [{"path": path, **file} for path, file in sorted(files.items()) if not path.startswith(".")]
    about = {"release": origin.citation.release, "snapshot": origin.snapshot, "sources": list(origin.sources)}
    json_file.write(folder / MANIFEST, {"format": FORMAT, "block_bytes": BLOCK_BYTES, **about, "files": listed})
    files[MANIFEST] = describe(folder / MANIFEST)
    lines = [f"{file['sha256']}  {path}\n" for path, file in sorted(files.items())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object in the order of its names, which is meant for readers."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return {path: {bytes, sha256, blocks}} of all files in a folder, sorted by path."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path: describe(folder / path) for path in paths}


def describe(path: Path, block_bytes: int = BLOCK_BYTES) -> dict[str, Any]:
    """Return {bytes, sha256, blocks} of a file; without `blocks` if it has one only."""
    whole, blocks = hashlib.sha256(), []
    with path.open("rb") as file:
        while block := file.read(block_bytes):
            whole.update(block)
            blocks.append(hashlib.sha256(block).hexdigest())
    content = {"bytes": path.stat().st_size, "sha256": whole.hexdigest()}
    return content | ({"blocks": blocks} if len(blocks) > 1 else {})
