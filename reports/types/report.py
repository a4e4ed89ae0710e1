"""Build the page on aircraft types. Its script shows one type or two, from data in the page."""

import json
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from reports.shared import formats, page
from reports.shared.components import Headline
from reports.shared.data import Context, Eras, Inputs, Record, Records
from reports.shared.words import SEVERITIES, label

# Parts of a type, with the heading of each and of its values.
TOPICS = {
    "phase": ("Phase of flight", "Phase"),
    "occurrence": ("Kind of accident", "Category"),
    "cause": ("Groups of causes", "Group"),
    "severity": ("Highest injury", "Injury"),
}
HEADS = ("Type", "Aircraft", "Accidents", "Fatal", "Share fatal", "Deaths", "Years")


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: types, details."""
    minimum = context.min_type_aircraft
    types = [row for row in inputs.records("types") if row["aircraft"] >= minimum]
    components = {
        "queries": inputs.queries,
        "headlines": headlines(types, inputs.records("types"), minimum),
        "minimum": minimum,
        "heads": HEADS,
        "types": [table_row(row, context.min_cell_count) for row in types],
        "data": page_data(types, inputs.records("details"), context.min_cell_count, context.eras),
        # The script draws charts.
        "needs_charts": True,
        "script": page.scripts("shared/load_data.js", "types/types.js"),
    }
    return page.render("types/template.html", context, components)


def headlines(types: Records, all_types: Records, minimum: int) -> list[Headline]:
    """Return the number of types on the page, of their aircraft, and of smaller types."""
    return [
        Headline(formats.count(len(types)), f"types with at least {minimum:,} aircraft", "types"),
        Headline(formats.count(sum(row["aircraft"] for row in types)), "aircraft of these types", "types"),
        Headline(formats.count(len(all_types) - len(types)), "types with fewer aircraft, but at least 10", "types"),
    ]


def table_row(row: Record, min_count: int) -> dict[str, Any]:
    """Return a row of the table: name, address, words to search for, and (text, number to sort by) of each cell."""
    fatal, known = row["fatal_accidents"], row["accidents_of_known_severity"]
    share = formats.share_with_interval(fatal, known, min_count)
    years = formats.years(row["first_year"], row["last_year"])
    cells = [
        (formats.count(row["aircraft"]), row["aircraft"]),
        (formats.count(row["accidents"]), row["accidents"]),
        (formats.count(fatal), fatal),
        (share, formats.percent(fatal, known, min_count)),
        (deaths_text(row), row["deaths"]),
        (years, row["first_year"]),
    ]
    words = f"{row['type']} {row['names'] or ''}".lower()
    return {"name": row["type"], "address": f"#type={quote(row['type'], safe='')}", "words": words, "cells": cells}


def deaths_text(row: Record) -> str:
    """Return the number of deaths, with the number of accidents of which it is not known."""
    unknown = row["accidents_with_unknown_deaths"]
    return formats.count(row["deaths"]) + (f" ({unknown:,} unknown)" if unknown and row["deaths"] is not None else "")


def page_data(types: Records, details: Records, min_count: int, eras: Eras) -> str:
    """Return the data of the script as JSON: counts of each type, and of each value of its topics."""
    rows = {name: list(group) for name, group in groupby(details, key=itemgetter("type"))}
    content = {
        "topics": TOPICS,
        "minCount": min_count,
        "breaks": sorted({era.first_year for era in eras[1:]}),
        "incomplete": sorted({era.incomplete_year for era in eras if era.incomplete_year}),
        "types": [type_data(row, rows.get(row["type"], [])) for row in types],
    }
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"), default=int).replace("<", "\\u003c")


def type_data(row: Record, details: Records) -> dict[str, Any]:
    """Return the data of one type: [value in words, accidents, fatal ones, those of known severity] per topic."""
    topics: dict[str, list[list[Any]]] = {"year": [], **{topic: [] for topic in TOPICS}}
    for detail in details:
        counts = [detail[name] for name in ("accidents", "fatal_accidents", "accidents_of_known_severity")]
        value = detail["value"]
        topics[detail["topic"]].append([value if detail["topic"] == "year" else label(detail["topic"], value), *counts])
    for topic in TOPICS:
        topics[topic].sort(key=order_of(topic))
    names = ("aircraft", "accidents", "fatal_accidents", "accidents_of_known_severity", "deaths")
    about = {"name": row["type"], "names": row["names"] or "", "deathsText": deaths_text(row)}
    return about | {name: row[name] for name in names} | {"topics": topics}


def order_of(topic: str) -> Any:
    """Return the sort key of values: severity from worst to none, all others by number of accidents."""
    severities = list(SEVERITIES.values())
    if topic == "severity":
        return lambda row: severities.index(row[0]) if row[0] in severities else len(severities)
    return lambda row: (-row[1], row[0])
