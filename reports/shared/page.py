"""Render a whole page: template, style, script, and a footer with release, snapshot and source files."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from reports.shared import anchors, formats, receipts
from reports.shared.citation import NOTICES
from reports.shared.components import Chart, Table, table
from reports.shared.data import Context

FOLDER = Path(__file__).parent
REPORTS = FOLDER.parent


@cache
def environment() -> jinja2.Environment:
    """Return the template environment: all values are escaped, and an undefined name is an error."""
    created = jinja2.Environment(
        loader=jinja2.FileSystemLoader(REPORTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    created.filters["counted"] = formats.counted
    return created


def render(template: str, context: Context, components: Mapping[str, Any]) -> str:
    """Return the page as HTML. `template` is a path relative to reports/, such as 'safety/template.html'.

    Raises ValueError if a number is not what its query gives.
    """
    receipts.check(components, components.get("queries", {}))
    shared = {
        "context": context,
        "files": files_table(context),
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "cite": (FOLDER / "cite.js").read_text(encoding="utf-8"),
        "notices": NOTICES,
        "chart_script": (FOLDER / "charts.js").read_text(encoding="utf-8"),
        "needs_charts": any(map(has_chart, components.values())),
    }
    return anchors.add_anchors(environment().get_template(template).render(shared | dict(components)).rstrip()) + "\n"


def scripts(*files: str) -> str:
    """Return the text of scripts one after another. `files` are relative to reports/, such as 'event/map.js'."""
    return "\n".join((REPORTS / file).read_text(encoding="utf-8") for file in files)


def has_chart(component: Any) -> bool:
    """Return True for a chart, and for a list or tuple that contains one."""
    if isinstance(component, list | tuple):
        return any(map(has_chart, component))
    return isinstance(component, Chart)


def files_table(context: Context) -> Table:
    """Return a table of the files of the snapshot in load order, with size and sha256 of each zip."""
    rows = [(file.source, formats.size(file.bytes), file.sha256) for file in context.files]
    return table(
        "Files of the snapshot in load order; later files override earlier ones",
        ("Source", "Size", "sha256 of the zip"),
        rows,
    )
