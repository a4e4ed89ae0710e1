"""`why row TABLE KEY ...`: the published row, the row in its file, and what happened to each value between them."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.acquire.snapshot import SourceFile
    from pipeline.postgres import Cursor
    from pipeline.relations.provenance import Row
    from pipeline.relations.rawrow import RawRow

LONGEST = 60


def show(words: Sequence[str], as_json: bool) -> int:
    """Prints the answer; 1 where no such row is published."""
    facts = look(words)
    print(json.dumps(facts, indent=1) if as_json else "\n".join(shown(facts)))
    return 0 if facts["source"] else 1


def look(words: Sequence[str]) -> dict[str, Any]:
    """{relation, key, release, source, halves, merged, columns, flags, quarantined}; `source` is None where it is not
    published. `halves`: rows of other tables that were read for it; `merged`: further rows that went into its event.
    """
    from pipeline import postgres
    from pipeline.commands.current import require_release
    from pipeline.relations import provenance

    if not words:
        raise PipelineError("why row: expected a table and the values of its key, such as ntsb.aircraft EV_ID 1")
    release = require_release("why row")
    table, values = words[0].lower().removeprefix("ntsb."), list(words[1:])
    facts: dict[str, Any] = {"relation": f"ntsb.{table}", "key": values, "release": release, "source": None}
    facts |= {"halves": [], "merged": [], "columns": [], "flags": []}
    with postgres.transaction("ntsb", "mart", "audit") as cursor:
        row = provenance.find(cursor, table, values)
        facts["quarantined"] = provenance.held(cursor, table, values)
        if row is None:
            return facts
        return facts | traced(cursor, release, table, row)


def traced(cursor: "Cursor", release: str, table: str, row: "Row") -> dict[str, Any]:
    """{source, halves, merged, columns, flags} of a published row."""
    from pipeline.eras import era_of
    from pipeline.relations import derivation, provenance

    era = era_of(row["source_file"])
    file, read = origin(cursor, release, row["source_file"])
    spelled, number = derivation.source_table(era, table), int(row["source_row"])
    halves = derivation.halves(cursor, era, table, file.source, number)
    raws = [read(*each) for each in [(spelled, number), *halves]]
    flagged = provenance.flags_of(cursor, era, row, spelled)
    columns = [
        {"column": value.column, "value": value.published, "raw": dict(value.raw), "rule": value.rule}
        for value in provenance.explain(cursor, table, era, row, raws, flagged)
    ]
    return {
        "source": {"file": file.source, "sha256": file.sha256, "bytes": file.bytes, **stated(raws[0])},
        "halves": [stated(raw) for raw in raws[1:]],
        "merged": derivation.merged(cursor, era, table, row),
        "columns": columns,
        "flags": flagged,
    }


def stated(raw: "RawRow") -> dict[str, Any]:
    """A raw row: where it was read, and its texts."""
    return {"table": raw.table, "row": raw.number, "read_from": raw.read_from, "raw": dict(raw.texts)}


def origin(cursor: "Cursor", release: str, source: str) -> tuple["SourceFile", Callable[[str, int], "RawRow"]]:
    """The file that a published row is from, and what reads a row of it by table and number."""
    from pipeline import settings
    from pipeline.commands.graph import looking
    from pipeline.extraction import Land
    from pipeline.relations import rawrow, tracking

    (file,) = [file for file in tracking.files_of(cursor, release) if file.source == source]
    with looking():
        is_landed = Land(source=source, sha256=file.sha256).output().exists()
    if is_landed:
        return file, partial(rawrow.landed, cursor, source)
    # Another file of this source has been landed since, or the raw schema is gone: the archive has the bytes.
    gigabytes = settings.Sources().max_unpacked_gb
    zipped = rawrow.SourceZip(settings.targets_folder(), source, file.sha256, gigabytes)
    return file, partial(rawrow.archived, cursor, zipped)


def shown(facts: dict[str, Any]) -> Iterator[str]:
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
        yield from _values(facts["columns"])
        for each in facts["flags"]:
            yield f"flag {each['flag']} on {each['column']} = {_text(each['value'])}: {each['reason']}".rstrip(": ")
        if not facts["flags"]:
            yield "no flag on it"
    for each in facts["quarantined"]:
        place = f"row {each['source_row']} of {each['source_table']} in {each['source_file']}"
        yield f"in quarantine with this key: {place}, {each['reason']}: {each['detail']}"


def _values(columns: Sequence[dict[str, Any]]) -> Iterator[str]:
    width = max(len(each["column"]) for each in columns)
    for each in columns:
        if not each["raw"]:
            yield f"  {each['column']:<{width}}  {_text(each['value'])}   {each['rule']}"
            continue
        is_same = list(each["raw"].values()) == [each["value"]]
        was = ", ".join(f"{name} {_text(text)}" for name, text in each["raw"].items())
        line = f"{' ' if is_same else '*'} {each['column']:<{width}}  {_text(each['value'])}"
        yield line if is_same else f"{line}   from {was}: {each['rule']}"


def _text(value: str | None) -> str:
    if value is None:
        return "NULL"
    return repr(value if len(value) <= LONGEST else value[:LONGEST] + "...")
