"""Record digests of everything a store holds, or compare two such records under a map of renames.

    python scripts/equivalence.py record RECORD.json            the store in NTSB_STORE
    python scripts/equivalence.py compare OLD.json NEW.json [--renames docs/reference/renames.csv]

A record holds, for every Parquet file (published tables and views) and every table of the schema `audit` that a build
fills: the number of rows and one sha256 per column, over its values in row order; the status and row count of every
check; metrics.json of the severity study, value by value; and the sha256 of the model file and of its encoding.
A rename map is a CSV file with the columns `kind,old,new`; kinds are relation, column (`relation.column`, by the old
relation name), check, and metric (a key of metrics.json, or a whole path that starts with `/`). Exit codes: 0 equal,
1 different, 2 usage.
"""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow.parquet
from psycopg2.sql import SQL, Identifier

AUDIT_TABLES = ("row_conservation", "quarantine", "flag", "column_ledger", "unknown_code")
CHECKS = "select check_name, severity || ' ' || status || ' ' || offending || ' of ' || allowed from audit.check_result"
Record = dict[str, Any]


def digest_values(values: Iterable[object]) -> str:
    """Return the sha256 over the JSON text of the values, in order; None and the empty string are different values."""
    state = hashlib.sha256()
    for value in values:
        state.update(json.dumps(value, default=str, ensure_ascii=True).encode() + b"\n")
    return state.hexdigest()


def digest_columns(columns: Mapping[str, Sequence[object]]) -> Record:
    """Return the number of rows, and a digest of each column."""
    rows = max(map(len, columns.values()), default=0)
    return {"rows": rows, "columns": {name: digest_values(values) for name, values in columns.items()}}


def read_parquet_relations(folder: Path) -> dict[str, Record]:
    """Return {schema.relation: digests of its Parquet file, which is sorted by key}."""
    relations = {}
    for path in sorted(folder.glob("*/*.parquet")):
        sidecars = path.parent / ".fingerprints"
        # Version 0.1 left files under an earlier name.
        if not sidecars.exists() or (sidecars / f"{path.name}.json").exists():
            columns = pyarrow.parquet.read_table(path).to_pydict()
            relations[f"{path.parent.name}.{path.stem}"] = digest_columns(columns)
    return relations


def read_audit(url: str) -> tuple[dict[str, Record], dict[str, str], str]:
    """Return digests of the audit tables, {check: result}, and the id of the current release."""
    relations = {}
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        for table in AUDIT_TABLES:
            query = SQL('select * from {} as listed order by listed::text collate "C"')
            cursor.execute(query.format(Identifier("audit", table)))
            rows = cursor.fetchall()
            names = [column.name for column in cursor.description or ()]
            relations[f"audit.{table}"] = digest_columns(
                {name: [row[i] for row in rows] for i, name in enumerate(names)}
            )
        cursor.execute(CHECKS)
        checks = dict(cursor.fetchall())
        cursor.execute("select id from audit.release where is_current")
        (release,) = cursor.fetchone() or ("",)
    return relations, checks, release


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf) of nested JSON; segments are joined by `/`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flatten(inner, f"{path}/{index}")
    else:
        yield path, value


def record(store: Path) -> Record:
    """Return the record of a store whose run is complete."""
    url = subprocess.run(
        [sys.executable, "-m", "pipeline", "database-url"], capture_output=True, text=True, check=True
    ).stdout.strip()
    relations, checks, release = read_audit(url)
    study = store / "targets" / "store" / "studies" / "severity"
    return {
        "release": release,
        "relations": relations | read_parquet_relations(store / "targets" / "store" / "parquet"),
        "checks": checks,
        "metrics": dict(flatten(json.loads((study / "metrics.json").read_text(encoding="utf-8")))),
        "model": {
            name: hashlib.sha256((study / name).read_bytes()).hexdigest() for name in ("model.ubj", "encoding.json")
        },
    }


def read_renames(path: Path | None) -> dict[tuple[str, str], str]:
    """Return {(kind, old name): new name}."""
    if path is None:
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {(row["kind"], row["old"]): row["new"] for row in csv.DictReader(file)}


def rename(old: Record, renames: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return the record as flat {part/name: value}, with every name as it is called now."""

    def new(kind: str, name: str) -> str:
        return renames.get((kind, name), name)

    flat: dict[str, Any] = {"release": old["release"]}
    for relation, digests in old["relations"].items():
        name = new("relation", relation)
        flat[f"rows/{name}"] = digests["rows"]
        for column, digest in digests["columns"].items():
            flat[f"column/{name}.{new('column', f'{relation}.{column}').rpartition('.')[2]}"] = digest
    flat |= {f"check/{new('check', name)}": result for name, result in old["checks"].items()}
    for path, value in old["metrics"].items():
        renamed = new("metric", path)
        flat["metric" + "/".join(new("metric", key) for key in renamed.split("/"))] = value
    return flat | {f"model/{name}": digest for name, digest in old["model"].items()}


def compare(old: Record, now: Record, renames: dict[tuple[str, str], str]) -> list[str]:
    """Return a line for each name whose value is not the same in both records."""
    before, after = rename(old, renames), rename(now, {})
    return [
        f"{name}: {before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name, "absent") != after.get(name, "absent")
    ]


def main() -> int:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="write the digests of the store in NTSB_STORE")
    recording.add_argument("record", type=Path)
    comparing = commands.add_parser("compare", help="compare two records")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    comparing.add_argument("--renames", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        text = json.dumps(record(Path(os.environ.get("NTSB_STORE") or ".").resolve()), indent=1, sort_keys=True)
        options.record.write_text(text + "\n", encoding="utf-8")
        return 0
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (options.old, options.new))
    differences = compare(old, new, read_renames(options.renames))
    print("\n".join(differences) or f"equal: {len(rename(new, {}))} digests")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
