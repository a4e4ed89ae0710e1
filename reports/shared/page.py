"""A whole page: template, style, script and the footer that leads back to release, snapshot and files."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from plotly.offline import get_plotlyjs

from reports.shared import charts, formats
from reports.shared.components import Figure, Table, table
from reports.shared.data import Context

FOLDER = Path(__file__).parent
REPORTS = FOLDER.parent
SCRIPT = "plotly.min.js"


@cache
def environment() -> jinja2.Environment:
    """Templates of this folder: everything escaped, an unknown name is an error."""
    loader = jinja2.FileSystemLoader(REPORTS)
    kind = jinja2.StrictUndefined
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=kind, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )


def render(template: str, context: Context, parts: Mapping[str, Any]) -> str:
    """The page's HTML. `template` is a path below reports/, such as 'safety/template.html'."""
    shared = {
        "context": context,
        "files": files_table(context),
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "draw": (FOLDER / "draw.js").read_text(encoding="utf-8"),
        "palette": json.dumps(charts.DARK, sort_keys=True),
        "needs_charts": any(map(has_figure, parts.values())),
    }
    return environment().get_template(template).render(shared | dict(parts)).rstrip() + "\n"


def has_figure(part: Any) -> bool:
    """True for a figure, and for a list or tuple that holds one."""
    return isinstance(part, Figure) or (isinstance(part, list | tuple) and any(map(has_figure, part)))


def files_table(context: Context) -> Table:
    """The snapshot's files, oldest first, with the hash of each zip."""
    rows = [(file.source, formats.size(file.bytes), file.sha256) for file in context.files]
    return table(
        "Files of the snapshot, in order: what a later one says stands", ("Source", "Size", "sha256 of the zip"), rows
    )


def assets() -> dict[str, str]:
    """{file name: text} of what must lie beside the pages: plotly's own script, so that no page asks a network."""
    return {SCRIPT: get_plotlyjs()}
