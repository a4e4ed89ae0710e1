"""`why row TABLE KEY ...`: the published row, the row in its file, and what happened to each value between them."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError

if TYPE_CHECKING:
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
    """{relation, key, release, source, columns, flags, quarantined}; `source` is None where it is not published."""
    from pipeline import postgres
    from pipeline.commands.current import require_release
    from pipeline.eras import era_of
    from pipeline.relations import provenance

    if not words:
        raise PipelineError("why row: expected a table and the values of its key, such as ntsb.aircraft EV_ID 1")
    release = require_release("why row")
    table, values = words[0].lower().removeprefix("ntsb."), list(words[1:])
    facts: dict[str, Any] = {"relation": f"ntsb.{table}", "key": values, "release": release, "source": None}
    facts |= {"columns": [], "flags": []}
    with postgres.transaction("ntsb", "mart", "audit") as cursor:
        row = provenance.find(cursor, table, values)
        facts["quarantined"] = provenance.held(cursor, table, values)
        if row is None:
            return facts
        era = era_of(row["source_file"])
        spelled = provenance.source_table(era, table)
        source, raw = origin(cursor, release, row, spelled)
        flagged = provenance.flags_of(cursor, era, row, spelled)
        columns = [
            {"column": value.column, "value": value.published, "raw": dict(value.raw), "rule": value.rule}
            for value in provenance.explain(cursor, table, era, row, raw, flagged)
        ]
        return facts | {"source": source, "columns": columns, "flags": flagged}


def origin(cursor: "Cursor", release: str, row: "Row", spelled: str) -> tuple[dict[str, Any], "RawRow"]:
    """The file that a published row is from, and its row there."""
    from pipeline import settings
    from pipeline.commands.graph import looking
    from pipeline.extraction import Land
    from pipeline.relations import rawrow, tracking

    source, number = row["source_file"], int(row["source_row"])
    (file,) = [file for file in tracking.files_of(cursor, release) if file.source == source]
    with looking():
        is_landed = Land(source=source, sha256=file.sha256).output().exists()
    if is_landed:
        raw = rawrow.landed(cursor, source, spelled, number)
    else:
        # Another file of this source has been landed since, or the raw schema is gone: the archive has the bytes.
        gigabytes = settings.Sources().max_unpacked_gb
        zipped = rawrow.SourceZip(settings.targets_folder(), source, file.sha256, gigabytes)
        raw = rawrow.archived(cursor, zipped, spelled, number)
    facts = {"file": source, "sha256": file.sha256, "bytes": file.bytes, "table": spelled, "row": number}
    return facts | {"read_from": raw.read_from, "raw": dict(raw.texts)}, raw


def shown(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text: `*` marks values that are not one raw text as it stands."""
    yield f"{facts['relation']} {' '.join(facts['key'])}, release {facts['release']}"
    source = facts["source"]
    if source is None:
        yield "not published"
    else:
        yield f"from row {source['row']} of {source['table']} in {source['file']} (read from {source['read_from']})"
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
