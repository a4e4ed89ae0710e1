"""Explain a task or a published row.

`why MergeTable --table aircraft` prints the fingerprint of a task, everything that determines its result, and what has
changed since its last success. The task is written as for Luigi; snapshot and SHA-256 default to the current snapshot.

`why row ntsb.aircraft EV_ID 1` prints the origin of a row, by the values of its key: the file and its SHA-256, the row
in the file, the rule that determined each value, its reviewed corrections, and the flags on it. Exit code 1 if no such
row is published.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from pipeline import config, run_log
from pipeline.cli.status import require_release
from pipeline.cli.task_graph import dependencies, find_task, plan_tasks, read_only_queries, task_graph
from pipeline.errors import PipelineError
from pipeline.ingest.snapshot import SourceFile
from pipeline.postgres.connection import Cursor, transaction
from pipeline.sources import era_of
from pipeline.tasks.base import Step
from pipeline.tasks.load import LoadRawTables
from pipeline.warehouse import lineage
from pipeline.warehouse.lineage import RawRow, Row
from pipeline.warehouse.release import publication_log

SUMMARY = "explain what determines a task, or where a published row comes from"
MAX_TEXT = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    text = "a task and its parameters in Luigi's syntax; or `row`, a table and the values of its key"
    parser.add_argument("task", metavar="TASK", help=text)
    parser.add_argument("--snapshot", default="", metavar="ID", help="a snapshot other than the current one")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    if options.task == "row":
        explanation = explain_row(options.rest)
        lines, is_missing = format_row(explanation), explanation["source"] is None
    else:
        explanation = explain_task([options.task, *options.rest], options.snapshot)
        lines, is_missing = format_task(explanation), False
    print(json.dumps(explanation, indent=1) if options.json else "\n".join(lines))
    return int(is_missing)


def explain_task(words: list[str], snapshot_id: str) -> dict[str, Any]:
    """Return a task's state, fingerprint, fingerprint inputs (now and at the `last` success) and dependencies."""
    task = find_task(words, snapshot_id)
    with read_only_queries():
        line = plan_tasks(task_graph(task))[-1]
        is_step = isinstance(task, Step)
        record = run_log.last_success(task) if is_step else None
        return {
            "step": line.step,
            "fingerprint": task.fingerprint if is_step else None,
            "state": line.state,
            "reasons": line.reasons,
            "fingerprint_inputs": run_log.named_inputs(task) if is_step else {},
            "last": record["fingerprint_inputs"] if record else None,
            "requires": [run_log.command_line(dependency) for dependency in dependencies(task)],
        }


def format_task(explanation: dict[str, Any]) -> Iterator[str]:
    """Yield the explanation as lines of text; `*` marks what has changed since the last success."""
    reasons = explanation["reasons"]
    yield f"{explanation['step']}: {explanation['state']}{': ' if reasons else ''}{'; '.join(reasons)}"
    yield f"fingerprint {explanation['fingerprint'] or 'none: complete when all required tasks are complete'}"
    now = explanation["fingerprint_inputs"]
    last = explanation["last"] or now
    width = max(map(len, [*now, *last]), default=0)
    for name in sorted({*now, *last}):
        was = "" if now.get(name) == last.get(name) else f"   was {last.get(name, 'missing')}"
        yield f"{'*' if was else ' '} {name:<{width}}  {now.get(name, 'missing')}{was}"
    yield f"requires {', '.join(explanation['requires']) or 'nothing'}"


def explain_row(words: Sequence[str]) -> dict[str, Any]:
    """Return {relation, key, release, source, halves, merged, columns, flags, corrections, quarantined}.

    `source` is None if the row is quarantined. `halves`: rows of other tables joined to it; `merged`: numbers of
    further rows that were merged into its event. Raises PipelineError if there is no such row.
    """
    if not words:
        raise PipelineError(
            "why row: expected a table and the values of its key, found none; name a row such as ntsb.aircraft EV_ID 1"
        )
    release = require_release("why row")
    table, values = words[0].lower().removeprefix("ntsb."), list(words[1:])
    explanation: dict[str, Any] = {"relation": f"ntsb.{table}", "key": values, "release": release, "source": None}
    explanation |= {"halves": [], "merged": [], "columns": [], "flags": [], "corrections": []}
    with transaction("ntsb", "mart", "audit") as cursor:
        row = lineage.find_published_row(cursor, table, values)
        explanation["quarantined"] = lineage.quarantined_rows(cursor, table, values)
        if row is None and not explanation["quarantined"]:
            raise PipelineError(
                f"why row: expected the key of a published or quarantined row of ntsb.{table}, found "
                f"{' '.join(values)}; the nearest keys are: {', '.join(lineage.nearest_keys(cursor, table, values))}"
            )
        if row is not None:
            corrections = lineage.corrections_of(cursor, table, values)
            # Rules explain the value that was cast; a correction then replaces it.
            cast_row = row | {item["column"]: item["value_before"] for item in corrections}
            explanation |= trace_row(cursor, release, table, cast_row) | {"corrections": corrections}
            explanation["columns"] = [corrected_column(column, corrections) for column in explanation["columns"]]
    if require_release("why row") != release:
        raise PipelineError(
            f"why row: expected release {release} throughout, found another one published; run it again"
        )
    return explanation


def trace_row(cursor: Cursor, release: str, table: str, row: Row) -> dict[str, Any]:
    """Return {source, halves, merged, columns, flags} of a published row."""
    era = era_of(row["source_file"])
    file, read = row_origin(cursor, release, row["source_file"])
    source_table, number = lineage.source_table(era, table), int(row["source_row"])
    joined = lineage.joined_rows(cursor, era, table, file.source, number)
    raws = [read(name, row_number) for name, row_number in [(source_table, number), *joined]]
    halves = [*raws[1:], lineage.read_case(cursor, file.source, raws[0])] if era.is_api else raws[1:]
    flags = lineage.flags_of(cursor, era, row, source_table)
    columns = [
        {"column": value.column, "value": value.published, "raw": dict(value.raw), "rule": value.rule}
        for value in lineage.explain_values(cursor, table, era, row, raws, flags)
    ]
    return {
        "source": {"file": file.source, "sha256": file.sha256, "bytes": file.bytes, **describe_raw_row(raws[0])},
        "halves": [describe_raw_row(raw) for raw in halves],
        "merged": lineage.merged_rows(cursor, era, table, row),
        "columns": columns,
        "flags": flags,
    }


def corrected_column(column: dict[str, Any], corrections: Sequence[Row]) -> dict[str, Any]:
    """Return the explanation of a published value: that of its cast value, and its correction if it has one."""
    for item in corrections:
        if item["column"] == column["column"]:
            rule = f"{column['rule']}; reviewed correction {item['correction']}"
            return column | {"value": item["value_after"], "rule": rule}
    return column


def describe_raw_row(raw: RawRow) -> dict[str, Any]:
    """Return {table, row, read_from, raw}: the number and texts of a raw row, and where it was read."""
    return {"table": raw.table, "row": raw.number, "read_from": raw.read_from, "raw": dict(raw.texts)}


def row_origin(cursor: Cursor, release: str, source: str) -> tuple[SourceFile, Callable[[str, int], RawRow]]:
    """Return the file of a published row, and a function that reads a row of it by table and number."""
    (file,) = [file for file in publication_log.release_files(cursor, release) if file.source == source]
    with read_only_queries():
        is_loaded = LoadRawTables(source=source, sha256=file.sha256).output().exists()
    if is_loaded:
        return file, partial(lineage.read_loaded_row, cursor, source)
    if era_of(source).is_api:
        raise PipelineError(
            f"why row: expected the cases of the release in the database, found none; run `luigi --module pipeline "
            f"LoadRawTables --source {source} --sha256 {file.sha256}`"
        )
    # The raw schema is missing or belongs to another file of this source: read the archived zip.
    gigabytes = config.Sources().max_unpacked_gb
    zipped = lineage.SourceZip(config.targets_folder(), source, file.sha256, gigabytes)
    return file, partial(lineage.read_archived_row, zipped)


def format_row(explanation: dict[str, Any]) -> Iterator[str]:
    """Yield the origin of a row as lines of text; `*` marks values that differ from the raw text."""
    yield f"{explanation['relation']} {' '.join(explanation['key'])}, release {explanation['release']}"
    source = explanation["source"]
    if source is None:
        yield "not published"
    else:
        yield f"from row {source['row']} of {source['table']} in {source['file']} (read from {source['read_from']})"
        for half in explanation["halves"]:
            yield _describe_half(half)
        if explanation["merged"]:
            numbers = ", ".join(map(str, explanation["merged"]))
            yield f"sums and highest injury include row {numbers}: the texts below are of row {source['row']}"
        yield f"zip: {source['bytes']:,} bytes, sha256 {source['sha256']}"
        yield from _format_values(explanation["columns"])
        for item in explanation["corrections"]:
            values = f"{_format_text(item['value_before'])} to {_format_text(item['value_after'])}"
            review = f"{item['source']}; reviewed by {item['reviewer']}, {item['date']}"
            yield f"correction {item['correction']} of {item['column']}: {values}: {review}"
        for flag in explanation["flags"]:
            text = f"flag {flag['flag']} on {flag['column']} = {_format_text(flag['value'])}: {flag['reason']}"
            yield text.rstrip(": ")
        if not explanation["flags"]:
            yield "no flags"
    for row in explanation["quarantined"]:
        origin = f"row {row['source_row']} of {row['source_table']} in {row['source_file']}"
        yield f"in quarantine with this key: {origin}, {row['reason']}: {row['detail']}"


def _describe_half(half: dict[str, Any]) -> str:
    """Return the line on a row of another table that a row comes from: half of its record, or a case of the API."""
    raw = half["raw"]
    if "document" in raw:
        position = f"position {raw['position']} of page {raw['page']} of {raw['month']}"
        return f"made from case {half['row']}, {position}: {_format_text(str(raw['document']))}"
    return f"and from row {half['row']} of {half['table']}, which has the same RecNum"


def _format_values(columns: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield one line per column: its value and, if they differ, the raw text and the rule."""
    width = max(len(column["column"]) for column in columns)
    for column in columns:
        raw, rule, shown = column["raw"], column["rule"], _format_text(column["value"])
        if not raw:
            yield f"  {column['column']:<{width}}  {shown}   {rule}"
            continue
        is_same = list(raw.values()) == [column["value"]]
        texts = ", ".join(f"{name} {_format_text(text)}" for name, text in raw.items())
        line = f"{' ' if is_same else '*'} {column['column']:<{width}}  {shown}"
        yield line if is_same else f"{line}   from {texts}: {rule}"


def _format_text(value: str | None) -> str:
    """Return NULL for None, otherwise the quoted text, cut to MAX_TEXT characters."""
    if value is None:
        return "NULL"
    return repr(value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "...")
