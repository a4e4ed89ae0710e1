"""Past runs as a table of text, and as a page."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from pipeline.operations import run_summaries
from pipeline.operations.run_summaries import Summary

HEADS = ("Run", "Task", "State", "Seconds", "Tasks run", "Failed", "Retries", "Rows published", "Release")
STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .6rem; border-bottom: 1px solid #ccc; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } .failed, .killed { color: #a40000; }
"""


def cells(summary: Summary) -> tuple[str, ...]:
    """Return one text per column of HEADS."""
    tasks = summary["tasks"]
    numbers = (summary["seconds"], tasks["run"], tasks["failed"], tasks["retries"])
    published = (summary["rows"] or {}).get("published", "") if summary["published"] else ""
    texts = (summary["run"], run_summaries.root_task(summary), summary["state"])
    return (*texts, *map(str, numbers), str(published), str(summary["release"] or ""))


def table(summaries: Sequence[Summary]) -> Iterator[str]:
    """Yield the lines of a table of runs."""
    if not summaries:
        yield "No run is recorded yet."
        return
    rows = [HEADS, *map(cells, summaries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def page(summaries: Sequence[Summary]) -> str:
    """Return a page of runs, newest first, with the seconds and rows of each stage and the failures."""
    heads = "".join(f"<th scope=col>{escape(head)}</th>" for head in (*HEADS, *run_summaries.STAGES))
    rows = "\n".join(_row(summary) for summary in reversed(summaries))
    failures = "\n".join(
        f"<li>{escape(item['run'])}: {escape(item['task'])}: {escape(item['message'])}</li>"
        for summary in reversed(summaries)
        for item in summary["failures"]
    )
    return f"""<!doctype html>
<html lang=en><head><meta charset=utf-8><title>Runs</title><style>{STYLE}</style></head><body>
<h1>Runs</h1>
<p>{len(summaries)} runs, newest first; the columns of stages have task time and rows.</p>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table>
<h2>Failures</h2>
<ul>{failures or "<li>none</li>"}</ul>
</body></html>
"""


def _row(summary: Summary) -> str:
    texts = "".join(f"<td>{escape(text)}</td>" for text in cells(summary))
    stages = "".join(f"<td class=number>{_stage(stage)}</td>" for stage in summary["stages"])
    return f"<tr class={escape(summary['state'])}>{texts}{stages}</tr>"


def _stage(stage: Mapping[str, Any]) -> str:
    """Return the seconds, and the rows where they are counted."""
    return f"{stage['seconds']} s" + ("" if stage["rows"] is None else f"<br>{stage['rows']:,} rows")
