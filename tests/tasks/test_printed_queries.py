"""Every query of the documentation and of a page runs as printed in psql, and reads what the page shows."""

import csv
import html
import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests import query_shapes
from tests.running import Workspace

NUMBER = re.compile(r'data-query="([^"]+)" data-result="\w+" data-column="([^"]+)" data-where="([^"]*)">([^<]+)</a>')
# Pages whose queries other tests run, with what they return.
WITH_RESULTS = ("how-to/query-the-database.md", "how-to/questions.md", "tutorial/from-a-question-to-a-query.md")
PRINTED = re.compile(r'<details class="source" id="query-([^"]+)">.*?<pre><code>(.*?)</code></pre>', re.DOTALL)


@pytest.fixture(scope="module")
def server(built: Workspace) -> Iterator[str]:
    """The address that `make database-url` prints, for a reader."""
    yield built.command("database-url").stdout.strip()
    built.stop()


def test_every_other_query_of_the_documentation_runs_as_printed(built: Workspace, server: str) -> None:
    owner = built.command("database-url", "--owner").stdout.strip()
    failures = []
    queries = [(page, text) for page, text in query_shapes.documented() if not page.endswith(WITH_RESULTS)]
    for page, text in queries:
        # What only the owner may do is not done to the shared store.
        is_change = text.startswith(("create", "refresh"))
        psql = ["psql", "-X", owner if is_change else server, "--quiet", "--set", "ON_ERROR_STOP=1"]
        statements = f"begin; {text} ; rollback" if is_change else text
        done = subprocess.run(psql, input=statements, capture_output=True, text=True, check=False)
        if done.returncode:
            failures.append(f"{page}: {text}: {done.stderr}")
    assert len(queries) > 9 and not failures, "\n".join(failures)


def test_every_printed_query_runs_as_printed(built: Workspace, server: str) -> None:
    failures, queries = [], 0
    for page in sorted((built.store / "reports" / "html").glob("*.html")):
        for name, text in PRINTED.findall(page.read_text(encoding="utf-8")):
            if name == "study":  # metrics of the study, not a query
                continue
            queries += 1
            command = ["psql", server, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
            done = subprocess.run(command, input=html.unescape(text), capture_output=True, text=True, check=False)
            if done.returncode or "row" not in done.stdout:
                failures.append(f"{page.name} {name}: {done.stderr or done.stdout[-200:]}")
    assert queries > 30
    assert not failures, "\n".join(failures)


def test_every_number_is_what_its_printed_query_returns(built: Workspace, server: str) -> None:
    checked = 0
    for page in sorted((built.store / "reports" / "html").glob("*.html")):
        text = page.read_text(encoding="utf-8")
        printed, results = dict(PRINTED.findall(text)), {}
        for query, column, where, value in NUMBER.findall(text):
            if query not in results:
                command = ["psql", server, "--no-psqlrc", "--quiet", "--csv"]
                done = subprocess.run(command, input=html.unescape(printed[query]), capture_output=True, text=True)
                results[query] = list(csv.DictReader(done.stdout.splitlines()))
            conditions = {name: str(wanted) for name, wanted in json.loads(html.unescape(where)).items()}
            rows = [row for row in results[query] if all(row[name] == wanted for name, wanted in conditions.items())]
            values = [row[column] for row in rows if row[column]]
            is_date = any("-" in cell for cell in values)
            expected = max(values) if is_date else f"{sum(map(int, values)):,}"
            assert value == expected, f"{page.name}: {column} of {query}: {value}, {expected}"
            checked += 1
    assert checked > 10
