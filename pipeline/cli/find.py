"""Find events of the current release by ev_id, NTSB number, registration, city, airport, state, make, model or date.

A registration is found as typed: with or without its leading N, in upper or lower case, with or without blanks and
hyphens. Text that is neither a number nor a registration is found by its words, which must all match: a part of a name,
a two-letter state, a number or registration, or a date as YYYY, YYYY-MM or YYYY-MM-DD. Events are printed newest first,
each with the address of its page. Exit code 1 if nothing matches.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote

from psycopg2.sql import SQL, Composable, Literal

from pipeline import config
from pipeline.cli.status import require_release
from pipeline.errors import PipelineError
from pipeline.postgres.connection import Cursor, database_url, fetch_records, is_embedded
from pipeline.postgres.roles import READER
from pipeline.postgres.session import configure, open_connection

SUMMARY = "find events by number, registration, place, aircraft or date"
MAX_LIMIT, MAX_WORDS = 1000, 12
Event = dict[str, Any]

BY_CODE = """
(
    select ev_id from events
    where ev_id = {typed} or upper(replace(ev_id, '-', '')) = {code} or upper(translate(ntsb_no, ' -', '')) = {code}
    union
    select ev_id from aircraft where upper(translate(regis_no, ' -', '')) in ({code}, {with_n})
)
"""
# `ilike` uses the trigram indexes of names.
BY_WORD = """
(
    select ev_id from events
    where ev_city ilike {part} or apt_name ilike {part} or upper(ev_state) = {word} or ev_date::text like {prefix}
    union
    select ev_id from aircraft where acft_make ilike {part} or acft_model ilike {part}
    union
    {by_code}
)
"""
# A part of the regulations is a number of three digits, or the letters of NTSB's code.
BY_PART = "select ev_id from aircraft where convert.to_code(far_part) = {code}"
EVENTS = """
select
    summary.ev_id, summary.ntsb_no, summary.ev_date::text as ev_date, btrim(summary.ev_city) as city,
    case when summary.is_us then summary.ev_state else summary.ev_country end as place,
    (
        select string_agg(
            concat_ws(' ', btrim(regis_no), btrim(acft_make), btrim(acft_model)), ', ' order by aircraft_key
        )
        from aircraft where aircraft.ev_id = summary.ev_id
    ) as aircraft,
    summary.severity
from event_summary as summary
where summary.ev_id in ({matching})
order by summary.ev_date desc nulls last, summary.ev_id desc
limit {limit}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="+", metavar="TEXT", help="a number, a registration, or words that all match")
    parser.add_argument("--part", metavar="CODE", help="only under this operating part, such as 135 or PUBU")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="events to print (default: 20)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    require_release("find")
    events = find_events(" ".join(options.text), options.limit, options.part)
    if options.json:
        print(json.dumps(events, indent=1))
    elif events:
        print("\n".join(format_text(events)))
    else:
        print(f"No event of this release matches {' '.join(options.text)}.", file=sys.stderr)
    return int(not events)


def find_events(text: str, limit: int, part: str | None = None) -> list[Event]:
    """Return at most `limit` events, newest first, as {ev_id, ntsb_no, ev_date, city, place, aircraft, severity, page}.

    `part`: code of the operating part of an aircraft, None for any. Raises PipelineError for a text or a limit that
    cannot be searched.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise PipelineError(f"--limit: expected 1 to {MAX_LIMIT}, found {limit}; choose another")
    words = text.upper().replace(",", " ").split()
    # PostgreSQL has neither NUL nor lone surrogates, which stand for bytes that are not UTF-8.
    if not 1 <= len(words) <= MAX_WORDS or re.search("[\0\ud800-\udfff]", text + (part or "")):
        raise PipelineError(f"find: expected 1 to {MAX_WORDS} words of text, found {text!r}; type other words")
    with closing(open_connection(database_url(READER), is_embedded())) as connection:
        configure(connection, ("ntsb", "mart"))
        with connection, connection.cursor() as cursor:
            events = select_events(cursor, words, limit, part)
    page = config.html_folder() / "event.html"
    address = f"{page.as_uri()}#" if page.exists() else None
    return [event | {"page": address and address + quote(event["ev_id"], safe="")} for event in events]


def select_events(cursor: Cursor, words: Sequence[str], limit: int, part: str | None) -> list[Event]:
    """Return the events whose number or registration is all words together, otherwise those that each word matches."""
    queries = [limited(matching, part) for matching in (by_code("".join(words)), by_words(words))]
    return _select(cursor, queries[0], limit) or _select(cursor, queries[1], limit)


def _select(cursor: Cursor, matching: Composable, limit: int) -> list[Event]:
    """Return the events that the query `matching` selects, newest first, as {column: value}."""
    cursor.execute(SQL(EVENTS).format(matching=matching, limit=Literal(limit)))
    return fetch_records(cursor)


def limited(matching: Composable, part: str | None) -> Composable:
    """Return the query of the ev_ids of another one that have an aircraft under an operating part; None is any part."""
    if part is None:
        return matching
    code = part.strip().upper()
    code = code.zfill(3) if code.isdecimal() else code
    return SQL(" intersect ").join([SQL("({})").format(matching), SQL(BY_PART).format(code=Literal(code))])


def by_code(typed: str) -> Composable:
    """Return the query of the ev_ids whose number or registration is this text in upper case."""
    code = re.sub(r"[\s-]", "", typed)
    return SQL(BY_CODE).format(typed=Literal(typed), code=Literal(code), with_n=Literal(f"N{code}"))


def by_words(words: Sequence[str]) -> Composable:
    """Return the query of the ev_ids that each of the words matches."""
    return SQL(" intersect ").join(SQL(BY_WORD).format(**patterns(word)) for word in words)


def patterns(word: str) -> dict[str, Composable]:
    """Return the patterns of a word; as a date, its beginning up to the end of a year, month or day."""
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    is_date = re.fullmatch(r"\d{4}(-\d{2}){0,2}", word)
    prefix = f"{word}%" if is_date else ""
    texts = {"word": word, "part": f"%{escaped}%", "prefix": prefix}
    return {name: Literal(text) for name, text in texts.items()} | {"by_code": by_code(word)}


def format_text(events: Sequence[Event]) -> Iterator[str]:
    """Yield two lines for each event."""
    for event in events:
        where = ", ".join(filter(None, (event["city"], event["place"]))) or "place not known"
        severity = event["severity"] or "severity not known"
        cells = (event["ev_id"], event["ev_date"] or "date not known", where, event["aircraft"], severity)
        yield "  ".join(filter(None, cells))
        yield f"    {event['page'] or 'no page: run `luigi --module pipeline AllReports`'}"
