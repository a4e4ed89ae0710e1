"""An MCP server with read-only tools over the published release."""

import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, Literal

import psycopg2
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from pipeline.errors import PipelineError
from pipeline.redaction import redact
from pipeline.serving import catalog
from pipeline.serving.database import Busy, Database, NotPublished, Session
from pipeline.serving.formats import to_json
from pipeline.serving.lists import list_events
from pipeline.serving.parameters import EventFilter, Word, Year
from pipeline.serving.problems import Problem, unavailable
from pipeline.serving.select import run_select

INSTRUCTIONS = """\
Aviation accidents of the NTSB in PostgreSQL, from a published release. Start with `describe`, which lists tables and
views (schemas ntsb, mart, code_mappings; reviewed corrections in audit) or the columns of one; `codes` explains coded
values; `query` runs one SELECT; `find_event` searches; `why_row` traces a row to its file; `cite` says how to cite.
State the release with every result.
NTSB's files have no flight hours: counts and shares are not rates, except in mv_rates."""
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
WhyRow = Callable[[Sequence[str]], dict[str, Any]]
FindColumns = Annotated[int, Field(ge=1, le=50, description="Largest number of events.")]


class Tools:
    """The tools, as functions from arguments to JSON."""

    def __init__(self, open_database: Callable[[], Database], why_row: WhyRow) -> None:
        self._open_database, self._why_row = open_database, why_row
        # Tools run in threads; the explanation of a row caches queries for its process.
        self._one_explanation = threading.Lock()

    def query(self, sql: Annotated[str, Field(min_length=1, max_length=20_000)]) -> str:
        """Run one SELECT as a role that only reads, with limits: 1,000 rows, 2 MB and a few seconds."""
        database = self._open_database()
        try:
            return text_of(run_select(database, sql))
        finally:
            database.close()

    def describe(self, relation: str | None = None) -> str:
        """List tables and views with their grain, or the columns of one with their meaning."""
        return self._read(lambda session: {"relations": catalog.describe(session, relation)})

    def find_event(
        self,
        words: Word | None = None,
        ntsb_no: Word | None = None,
        regis_no: Word | None = None,
        year: Year | None = None,
        state: Word | None = None,
        make: Word | None = None,
        severity: Literal["FATL", "SERS", "MINR", "NONE"] | None = None,
        limit: FindColumns = 10,
    ) -> str:
        """Find events by words of the narratives, NTSB number, registration, year, state, make and highest injury."""
        values: dict[str, Any] = {
            "q": words,
            "ntsb_no": ntsb_no,
            "regis_no": regis_no,
            "year": year,
            "make": make,
            "limit": limit,
        }
        values |= {"state": [state] if state else [], "severity": [severity] if severity else [], "sort": "-ev_date"}
        filters = EventFilter.model_validate(values)

        def find(session: Session) -> dict[str, Any]:
            rows = list_events(session, filters, session.release().id)[: filters.limit]
            names = [name for name, _ in session.columns()]
            return {"events": [dict(zip(names, row, strict=True)) for row in rows]}

        return self._read(find)

    def why_row(self, table: str, key: Annotated[list[str], Field(min_length=1, max_length=8)]) -> str:
        """Trace a published row of the schema ntsb, by its primary key, to file, row, raw texts, rules and flags."""
        with self._one_explanation:
            return text_of(self._why_row([table, *key]))

    def codes(self, field: str) -> str:
        """Return the codes of a field with their meanings: `ev_highest_injury`, or `events.ev_highest_injury`."""
        return self._read(lambda session: {"codes": catalog.codes(session, field)})

    def cite(self) -> str:
        """Return how to cite the current release, with the hashes of NTSB's files."""
        return self._read(lambda session: catalog.citation(session, session.release()))

    def _read(self, read: Callable[[Session], dict[str, Any]]) -> str:
        """Return the result of `read` with release and snapshot, as JSON."""
        database = self._open_database()
        try:
            release, content = database.read(read)
            return text_of(content | {"release": release.id, "snapshot": release.snapshot})
        finally:
            database.close()


def text_of(content: Any) -> str:
    """Return content as JSON; values without a counterpart as text."""
    return to_json(content, str).decode()


def with_reasons(tool: Callable[..., str]) -> Callable[..., str]:
    """Return the tool, which answers an expected error with its message; a client does not see that of any other."""

    @wraps(tool)
    def call(*arguments: Any, **named: Any) -> str:
        try:
            return tool(*arguments, **named)
        except Problem as problem:
            reason = problem.detail
        except PipelineError as error:
            reason = redact(str(error))
        except (Busy, NotPublished, psycopg2.OperationalError) as error:
            reason = unavailable(error).detail
        raise ToolError(reason)

    return call


def create_server(open_database: Callable[[], Database], why_row: WhyRow) -> MCPServer[Any]:
    """Return the server with its tools."""
    server: MCPServer[Any] = MCPServer("ntsb-accidents", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(open_database, why_row)
    for tool in (tools.query, tools.describe, tools.find_event, tools.why_row, tools.codes, tools.cite):
        server.tool(annotations=READ_ONLY, structured_output=False)(with_reasons(tool))
    return server
