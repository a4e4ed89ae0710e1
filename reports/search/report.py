"""Build the search page and its index, one data file per year."""

from collections import defaultdict
from typing import Any

from reports.shared import page, site_data
from reports.shared.data import Context, Inputs

Years = dict[str, list[tuple[Any, ...]]]


def build(inputs: Inputs, context: Context) -> str:
    """Return the page as HTML. Queries: details, index, parts."""
    counts = [(year, len(rows)) for year, rows in years(inputs).items()]
    details = next(iter(inputs.records("details")), {})
    components: dict[str, Any] = {
        "queries": inputs.queries,
        "counts": counts,
        "events": sum(count for _, count in counts),
        "parts": [(row["code"], row["meaning"] or row["code"]) for row in inputs.records("parts")],
        "settings": site_data.inline({"years": counts, "details_from": details.get("details_from")}),
        "script": page.scripts("shared/load_data.js", "search/search.js"),
    }
    return page.render("search/template.html", context, components)


def data_files(inputs: Inputs) -> dict[str, bytes]:
    """Return {file name: content} of the index: for each year its events as columns, without ev_year."""
    names = inputs.queries["index"].columns[1:]
    files = {}
    for year, rows in years(inputs).items():
        files[f"{year}.js"] = site_data.script(f"search/{year}", site_data.columns(names, [row[1:] for row in rows]))
    return files


def years(inputs: Inputs) -> Years:
    """Return {year: rows of the index}, newest first, events without a date last."""
    groups: Years = defaultdict(list)
    for row in inputs.queries["index"].rows:
        groups[site_data.year_name(row[0])].append(row)
    return {
        year: groups[year] for year in sorted(groups, key=lambda year: (year != site_data.UNDATED, year), reverse=True)
    }
