"""A folder of tables in DynamoDB: audited, corrected, audited again, published and validated."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.dynamodb import publish, specification
from pipeline.dynamodb.client import Database
from pipeline.dynamodb.publish import Publication, Release
from pipeline.dynamodb.sources import Source
from pipeline.errors import DynamodbError
from pipeline.folders import audit, correct
from pipeline.folders.audit import Audit
from pipeline.folders.correct import Applied, Plan
from pipeline.folders.specification import Specification, descriptor, read, require_frictionless

# Types of Table Schema; numbers of a CSV file are decimal.
KINDS = {
    **{"string": "text", "any": "text", "integer": "integer", "year": "integer", "number": "decimal"},
    **{"boolean": "boolean", "date": "date", "datetime": "timestamp", "time": "time"},
}


@dataclass(frozen=True)
class Repair:
    """Audits before and after the corrections, what these changed, and the publication, if the second one passes."""

    before: Audit
    applied: list[Applied]
    after: Audit
    publication: Publication | None


def repair(database: Database, folder: Path, plan: Plan, corrected: Path, is_cost_confirmed: bool = False) -> Repair:
    """Publish the corrected tables of a folder, which are written to the new folder `corrected`.

    Raises PipelineError if a correction does not apply, or the publication fails.
    """
    tables = read(plan.tables)
    before = audit.audit_folder(folder, tables)
    applied = correct.correct_folder(folder, corrected, tables, plan.rules)
    after = audit.audit_folder(corrected, tables)
    if after.mismatches:
        return Repair(before, applied, after, None)
    release = release_of(corrected, tables, plan.dynamodb)
    return Repair(before, applied, after, publish.publish(database, release, is_cost_confirmed, print))


def release_of(folder: Path, tables: Specification, path: Path) -> Release:
    """Return a folder that matches its specification as a release: its id is the digest of the files."""
    sources = folder_sources(folder, tables)
    specified = specification.read(path, {name: source.columns for name, source in sources.items()})
    digest = hashlib.sha256()
    for resource in tables.resources:
        digest.update(hashlib.sha256((folder / resource["path"]).read_bytes()).digest())
    identity = digest.hexdigest()[:16]
    digest.update(path.read_bytes())
    return Release(identity, digest.hexdigest()[:16], specified, sources)


def folder_sources(folder: Path, tables: Specification) -> dict[str, Source]:
    """Return the relations of a folder that matches its specification."""
    return {resource["name"]: _source(folder, resource) for resource in tables.resources}


def _source(folder: Path, resource: Mapping[str, Any]) -> Source:
    types = {field["name"]: field.get("type", "string") for field in resource["schema"]["fields"]}
    if unknown := [f"{name} of type {kind}" for name, kind in types.items() if kind not in KINDS]:
        raise DynamodbError(
            f"{resource['name']}: expected columns of types that can be published, found {', '.join(unknown)}; "
            "correct the specification"
        )
    kinds = {name: KINDS[kind] for name, kind in types.items()}
    return Source(kinds, lambda: _rows(folder, resource))


def _rows(folder: Path, resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    # Keys and references were validated.
    schema = {name: resource["schema"][name] for name in ("fields", "missingValues") if name in resource["schema"]}
    (described,) = descriptor([dict(resource) | {"schema": schema}])["resources"]
    opened = require_frictionless().Resource.from_descriptor(described, basepath=str(folder))
    with opened:
        rows = (row.to_dict() for row in opened.row_stream)
        while row := _next_exactly(rows):
            yield row


def _next_exactly(rows: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the next row. A generator that entered the context of decimals would leave it to its caller."""
    with audit.exact_decimals():
        return next(rows, None)
