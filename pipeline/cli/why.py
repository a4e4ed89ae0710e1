"""Says what decides one step: its fingerprint, every ingredient with its value, what is different from the last build.

The task is spelled as for Luigi: `why MergeTable --table aircraft`. The snapshot in force, and the hash of a source's zip,
need not be given.

`why row ntsb.aircraft EV_ID 1` says where a published row is from: the file, its hash, the row in it as it stands
there, which rule made which value of it, and the flags on it.

`why row TABLE KEY ...`: the published row, the row in its file, and what happened to each value between them.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError

SUMMARY = "what decides one step, and what is different from its last build"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The task, and how to show the answer."""
    parser.add_argument("task", metavar="TASK", help="a task and its parameters, as Luigi spells them; or `row`")
    parser.add_argument("words", nargs="*", metavar="WORD", help="after `row`: a table, and the values of its key")
    parser.add_argument("--snapshot", default="", metavar="ID", help="another snapshot than the one in force")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the answer."""
    if options.task == "row":
        return print_row([*options.words, *options.rest], options.json)
    facts = explain_task([options.task, *options.words, *options.rest], options.snapshot)
    print(json.dumps(facts, indent=1) if options.json else "\n".join(format_task(facts)))
    return 0


def explain_task(words: list[str], snapshot_id: str) -> dict[str, Any]:
    """{step, fingerprint, state, reasons, fingerprint_inputs, last, requires}; `last`: fingerprint_inputs of the last build, or None."""
    from pipeline import run_log
    from pipeline.cli.task_graph import dependencies, find_task, plan_tasks, read_only_queries, task_graph
    from pipeline.tasks.base import Step

    task = find_task(words, snapshot_id)
    with read_only_queries():
        line = plan_tasks(task_graph(task))[-1]
        is_step = isinstance(task, Step)
        note = run_log.last_success(task) if is_step else None
        return {
            "step": line.step,
            "fingerprint": task.fingerprint if is_step else None,
            "state": line.state,
            "reasons": line.reasons,
            "fingerprint_inputs": run_log.named_inputs(task) if is_step else {},
            "last": note["fingerprint_inputs"] if note else None,
            "requires": [run_log.command_line(each) for each in dependencies(task)],
        }


def format_task(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text: `*` marks what is different from the last build."""
    yield f"{facts['step']}: {facts['state']}{': ' if facts['reasons'] else ''}{'; '.join(facts['reasons'])}"
    yield (
        f"fingerprint {facts['fingerprint']}"
        if facts["fingerprint"]
        else "without a fingerprint: it is done when all it requires is done"
    )
    now, then = facts["fingerprint_inputs"], facts["last"] or facts["fingerprint_inputs"]
    width = max(map(len, [*now, *then]), default=0)
    for name in sorted({*now, *then}):
        before = "" if now.get(name) == then.get(name) else f"   was {then.get(name, 'not there')}"
        yield f"{'*' if before else ' '} {name:<{width}}  {now.get(name, 'not there')}{before}"
    yield f"requires {', '.join(facts['requires']) or 'nothing'}"


if TYPE_CHECKING:
    from pipeline.ingest.snapshot import SourceFile
    from pipeline.postgres.connection import Cursor
    from pipeline.warehouse.lineage import RawRow, Row

MAX_TEXT = 60


def print_row(words: Sequence[str], as_json: bool) -> int:
    """Prints the answer; 1 where no such row is published."""
    facts = explain_row(words)
    print(json.dumps(facts, indent=1) if as_json else "\n".join(format_row(facts)))
    return 0 if facts["source"] else 1


def explain_row(words: Sequence[str]) -> dict[str, Any]:
    """{relation, key, release, source, halves, merged, columns, flags, quarantined}; `source` is None where it is not
    published. `halves`: rows of other tables that were read for it; `merged`: further rows that went into its event.
    """
    from pipeline.cli.current_release import require_release
    from pipeline.postgres.connection import transaction
    from pipeline.warehouse import lineage

    if not words:
        raise PipelineError("why row: expected a table and the values of its key, such as ntsb.aircraft EV_ID 1")
    release = require_release("why row")
    table, values = words[0].lower().removeprefix("ntsb."), list(words[1:])
    facts: dict[str, Any] = {"relation": f"ntsb.{table}", "key": values, "release": release, "source": None}
    facts |= {"halves": [], "merged": [], "columns": [], "flags": []}
    with transaction("ntsb", "mart", "audit") as cursor:
        row = lineage.find_published_row(cursor, table, values)
        facts["quarantined"] = lineage.quarantined_rows(cursor, table, values)
        if row is None:
            return facts
        return facts | trace_row(cursor, release, table, row)


def trace_row(cursor: "Cursor", release: str, table: str, row: "Row") -> dict[str, Any]:
    """{source, halves, merged, columns, flags} of a published row."""
    from pipeline.sources import era_of
    from pipeline.warehouse import lineage

    era = era_of(row["source_file"])
    file, read = row_origin(cursor, release, row["source_file"])
    spelled, number = lineage.source_table(era, table), int(row["source_row"])
    halves = lineage.joined_rows(cursor, era, table, file.source, number)
    raws = [read(*each) for each in [(spelled, number), *halves]]
    flagged = lineage.flags_of(cursor, era, row, spelled)
    columns = [
        {"column": value.column, "value": value.published, "raw": dict(value.raw), "rule": value.rule}
        for value in lineage.explain_values(cursor, table, era, row, raws, flagged)
    ]
    return {
        "source": {"file": file.source, "sha256": file.sha256, "bytes": file.bytes, **describe_raw_row(raws[0])},
        "halves": [describe_raw_row(raw) for raw in raws[1:]],
        "merged": lineage.merged_rows(cursor, era, table, row),
        "columns": columns,
        "flags": flagged,
    }


def describe_raw_row(raw: "RawRow") -> dict[str, Any]:
    """A raw row: where it was read, and its texts."""
    return {"table": raw.table, "row": raw.number, "read_from": raw.read_from, "raw": dict(raw.texts)}


def row_origin(cursor: "Cursor", release: str, source: str) -> tuple["SourceFile", Callable[[str, int], "RawRow"]]:
    """The file that a published row is from, and what reads a row of it by table and number."""
    from pipeline import config
    from pipeline.cli.task_graph import read_only_queries
    from pipeline.tasks.load import LoadRawTables
    from pipeline.warehouse import lineage
    from pipeline.warehouse.release import publication_log

    (file,) = [file for file in publication_log.release_files(cursor, release) if file.source == source]
    with read_only_queries():
        is_landed = LoadRawTables(source=source, sha256=file.sha256).output().exists()
    if is_landed:
        return file, partial(lineage.read_loaded_row, cursor, source)
    # Another file of this source has been landed since, or the raw schema is gone: the archive has the bytes.
    gigabytes = config.Sources().max_unpacked_gb
    zipped = lineage.SourceZip(config.targets_folder(), source, file.sha256, gigabytes)
    return file, partial(lineage.read_archived_row, cursor, zipped)


def format_row(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text: `*` marks values that are not one raw text as it stands."""
    yield f"{facts['relation']} {' '.join(facts['key'])}, release {facts['release']}"
    source = facts["source"]
    if source is None:
        yield "not published"
    else:
        yield f"from row {source['row']} of {source['table']} in {source['file']} (read from {source['read_from']})"
        for half in facts["halves"]:
            yield f"and from row {half['row']} of {half['table']}, which has the same RecNum"
        if facts["merged"]:
            numbers = ", ".join(map(str, facts["merged"]))
            yield f"its sums and its worst injury are of row {numbers} too: the texts below are of row {source['row']}"
        yield f"its zip has {source['bytes']:,} bytes and sha256 {source['sha256']}"
        yield from _format_values(facts["columns"])
        for each in facts["flags"]:
            yield f"flag {each['flag']} on {each['column']} = {_format_text(each['value'])}: {each['reason']}".rstrip(
                ": "
            )
        if not facts["flags"]:
            yield "no flag on it"
    for each in facts["quarantined"]:
        place = f"row {each['source_row']} of {each['source_table']} in {each['source_file']}"
        yield f"in quarantine with this key: {place}, {each['reason']}: {each['detail']}"


def _format_values(columns: Sequence[dict[str, Any]]) -> Iterator[str]:
    width = max(len(each["column"]) for each in columns)
    for each in columns:
        if not each["raw"]:
            yield f"  {each['column']:<{width}}  {_format_text(each['value'])}   {each['rule']}"
            continue
        is_same = list(each["raw"].values()) == [each["value"]]
        was = ", ".join(f"{name} {_format_text(text)}" for name, text in each["raw"].items())
        line = f"{' ' if is_same else '*'} {each['column']:<{width}}  {_format_text(each['value'])}"
        yield line if is_same else f"{line}   from {was}: {each['rule']}"


def _format_text(value: str | None) -> str:
    if value is None:
        return "NULL"
    return repr(value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "...")
