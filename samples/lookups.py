"""Rows of the five lookup tables: Country, states, ct_iaids, ct_seqevt, eADMSPUB_DataDictionary."""

import csv
from pathlib import Path
from typing import Any

from samples.codes import codes
from samples.jet4 import Column
from samples.vocabulary import COUNTRIES, STATES, pairs

HERE = Path(__file__).parent
Row = dict[str, Any]
LEGACY = ("Occurrences", "seq_of_events")
TYPES = {"TEXT": "varchar", "MEMO": "text", "BYTE": "tinyint", "INT": "smallint", "LONG": "int"}
TYPES |= {"SINGLE": "real", "DOUBLE": "float", "DATETIME": "datetime", "BOOLEAN": "bit"}


def lookup_rows(schema: dict[str, list[Column]]) -> dict[str, list[Row]]:
    """Return the rows of all lookup tables, equal in every file."""
    return {
        "Country": [{"COUNTRY_CODE": c.split(" ")[0], "COUNTRY_NAME": c.split(" ", 1)[1]} for c in pairs(COUNTRIES)],
        "states": state_rows(),
        "ct_iaids": code_rows(),
        "ct_seqevt": legacy_rows(),
        "eADMSPUB_DataDictionary": dictionary_rows(schema),
    }


def state_rows() -> list[Row]:
    """Return the rows of states; names are padded to 30 characters, as in NTSB's files."""
    parts = [entry.split(" ") for entry in pairs(STATES)]
    return [{"state": s, "name": n.replace("_", " ").ljust(30), "faa_region": r} for s, n, r in parts]


def code_rows() -> list[Row]:
    """Return the rows of ct_iaids: codes of the named code lists."""
    named = {(code.ct_name, code.code): code.meaning for code in codes() if code.ct_name}
    return [
        {"ct_name": name, "code_iaids": code, "meaning": text[:50], "not_for_ntsb_use": False, "eADMS_use": True}
        for (name, code), text in sorted(named.items())
        if len(name) <= 22 and len(code) <= 4
    ]


def legacy_rows() -> list[Row]:
    """Return the rows of ct_seqevt: codes used until 2007, in upper case."""
    known = {int(c.code): c.meaning for c in codes() if c.table in LEGACY and len(c.code) > 2 and c.code.isdigit()}
    return [{"code": code, "meaning": text.upper()[:50]} for code, text in sorted(known.items())]


def descriptions() -> dict[tuple[str, str], str]:
    """Return {(table, column): description}; the table * applies to tables without a description of their own."""
    with (HERE / "descriptions.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {(table, column): text for table, column, text in rows}


def dictionary_rows(schema: dict[str, list[Column]]) -> list[Row]:
    """Return the rows of eADMSPUB_DataDictionary: one per column without codes, else one per code."""
    described = descriptions()
    rows = []
    for table, columns in schema.items():
        for column in columns:
            text = described.get((table, column.name)) or described["*", column.name]
            head = entry(table, column.name, text) | {"Data Type eADMS": TYPES[column.type]}
            head["Length eADMS"] = float(column.length) if column.length else None
            own = [c for c in codes() if (c.table, c.column) == (table, column.name)]
            rows += [{**head, **coded(c.ct_name, c.code, c.meaning)} for c in own] or [head]
    names = {(table, column.name) for table, columns in schema.items() for column in columns}
    # Columns of dt_* tables and the wildcard findings_code have entries but no column.
    for c in codes():
        if (c.table, c.column) not in names:
            head = entry(c.table, c.column, f"Answer to {c.column}" if c.table.startswith("dt_") else "What was found")
            rows.append({**head, **coded(c.ct_name, c.code, c.meaning)})
    return rows


def entry(table: str, column: str, text: str) -> Row:
    """Return the values of an entry for a column."""
    group = "Pre eADMS coding" if table in LEGACY else "eADMS Data"
    several = " Mult Resp" if table.startswith("dt_") and column not in ("col_name", "code") else ""
    row = {"Category of Data": group + several, "Table": table, "Column": column}
    return row | {"short_desc": text, "Question_Def": f"{text}. Made up for the samples."}


def coded(name: str, code: str, text: str) -> Row:
    """Return the values of an entry for a code."""
    return {"ct_name": name or None, "code_iaids": code, "meaning": text[:255]}
