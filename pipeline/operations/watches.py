"""Watches: descriptions of cases in a TOML file, whose changes at a publication are sent as messages."""

import hashlib
import logging
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline import config, json_file
from pipeline.errors import PipelineError, printable
from pipeline.operations.channels import Message
from pipeline.postgres.connection import Cursor, fetch_records, fetch_value, transaction

log = logging.getLogger("luigi-interface")

MAX_LISTED = 50
# Half the circumference of the Earth.
MAX_KM = 20_000

# As in MATCHES.
IS_AIRPORT = "select exists (select from code_mappings.airports where upper(%s) in (icao, iata, local_id))"
LAST_CHANGE = "select coalesce(max(number), 0) from history.change"
# Events of a change with their aircraft: as published now, and as they were before. A change of source only is none.
MATCHES = """
with changed as (
    select ev_id, kind, release_to, rows from history.event_version
    where change = %(change)s and kind <> 'source'
),

known as (
    select
        changed.ev_id, true as is_current, ev_date::text as ev_date, ev_city, ev_state, dec_latitude, dec_longitude,
        regis_no, acft_make, acft_model, far_part
    from changed
    inner join ntsb.events using (ev_id)
    left join ntsb.aircraft using (ev_id)
    union all
    select changed.ev_id, false, event ->> 'ev_date', event ->> 'ev_city', event ->> 'ev_state',
        (event ->> 'dec_latitude')::float8, (event ->> 'dec_longitude')::float8, aircraft ->> 'regis_no',
        aircraft ->> 'acft_make', aircraft ->> 'acft_model', aircraft ->> 'far_part'
    from changed
    cross join lateral (select rows #> '{{events,0}}' as event) as earlier
    left join lateral jsonb_array_elements(rows -> 'aircraft') as aircraft on true
    where kind <> 'new'
),

matching as (
    select known.*, kind, is_current = bool_or(is_current) over (partition by ev_id) as is_latest
    from known
    inner join changed using (ev_id)
    where
        (%(registration)s is null or upper(trim(regis_no)) = upper(%(registration)s))
        and (%(make)s is null or upper(trim(acft_make)) = upper(%(make)s))
        and (%(model)s is null or upper(trim(acft_model)) = upper(%(model)s))
        and (%(state)s is null or upper(trim(ev_state)) = upper(%(state)s))
        and (%(far_part)s is null or upper(trim(far_part)) = upper(%(far_part)s))
        and (
            %(airport)s is null
            or exists (
                select from code_mappings.airports
                where upper(%(airport)s) in (icao, iata, local_id)
                    and st_dwithin(
                        st_makepoint(longitude::float8, latitude::float8)::geography,
                        st_makepoint(dec_longitude, dec_latitude)::geography,
                        1000 * %(within_km)s::float8
                    )
            )
        )
)

-- All values from one version: a value that is missing now is not taken from the earlier one.
select
    ev_id, kind, min(ev_date) as ev_date, min(ev_city) as ev_city, min(ev_state) as ev_state,
    string_agg(distinct regis_no, ', ' order by regis_no) as registrations,
    (
        select string_agg(distinct table_name || '.' || column_name, ', ' order by table_name || '.' || column_name)
        from history.field_change
        where field_change.ev_id = matching.ev_id and field_change.kind = 'revised'
            and field_change.change = %(change)s
    ) as columns
from matching
where is_latest
group by ev_id, kind
order by ev_id collate "C"
"""


@dataclass(frozen=True)
class Watch:
    """A named description of cases; an event matches if one of its aircraft fulfills all conditions."""

    name: str
    registration: str | None = None
    make: str | None = None
    model: str | None = None
    state: str | None = None
    far_part: str | None = None
    airport: str | None = None
    within_km: float | None = None


TEXT_FIELDS = {field.name for field in fields(Watch)} - {"within_km"}


def read_watches(path: Path) -> list[Watch]:
    """Return the watches of a TOML file. Raises PipelineError with every mistake."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    # RecursionError: brackets that are nested too deeply.
    except (OSError, ValueError, RecursionError) as error:
        problem = printable(str(error))
        raise PipelineError(f"{path}: expected a TOML file with watches, found: {problem}; correct it") from error
    listed = content.get("watch")
    others = [printable(name, 80) for name in content if name != "watch"]
    mistakes = [f"{path}: expected only tables [[watch]], found {name}" for name in others]
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise PipelineError("\n".join([*mistakes, f"{path}: expected tables [[watch]], found none; add one"]))
    mistakes += [mistake for number, item in enumerate(listed, 1) for mistake in _mistakes(path, number, item)]
    names = Counter(name for item in listed if isinstance(name := item.get("name"), str))
    mistakes += [
        f"{path}: expected different names, found {printable(name, 80)} twice"
        for name, count in names.items()
        if count > 1
    ]
    if mistakes:
        raise PipelineError("\n".join(sorted(mistakes)) + "; correct these lines")
    return [Watch(**item) for item in listed]


def _mistakes(path: Path, number: int, item: dict[str, Any]) -> list[str]:
    """Return a message for each unknown, invalid or missing key of a watch."""
    subject = f"{path}: watch {number}"
    mistakes = [
        f"{subject}: expected one of {', '.join(sorted(TEXT_FIELDS | {'within_km'}))}, found {printable(name, 80)}"
        for name in item
        if name not in TEXT_FIELDS | {"within_km"}
    ]
    mistakes += [
        f"{subject}: {name}: expected text, found {printable(repr(item[name]), 80)}"
        for name in sorted(TEXT_FIELDS & item.keys())
        if not isinstance(item[name], str) or not item[name].strip()
    ]
    distance = item.get("within_km")
    is_number = isinstance(distance, int | float) and not isinstance(distance, bool)
    if distance is not None and not (is_number and 0 < distance <= MAX_KM):
        shown = printable(repr(distance), 80)
        mistakes.append(f"{subject}: within_km: expected a number up to {MAX_KM}, found {shown}")
    if ("airport" in item) != ("within_km" in item):
        mistakes.append(f"{subject}: expected airport and within_km together, found one of them")
    if "name" not in item or len(item) < 2:
        mistakes.append(
            f"{subject}: expected a name and at least one condition, found {printable(', '.join(item), 80) or 'none'}"
        )
    return mistakes


def find_changes(cursor: Cursor, watch: Watch, change: int) -> list[dict[str, Any]]:
    """Return event, kind of change, date, city, state, registrations and revised columns of matching changed events."""
    cursor.execute(MATCHES, {**vars(watch), "change": change})
    return fetch_records(cursor)


def unknown_airports(cursor: Cursor, watches: Sequence[Watch]) -> Iterator[str]:
    """Yield a message for each watch of an airport that does not exist, which no event can match."""
    for watch in watches:
        if watch.airport and not fetch_value(cursor, IS_AIRPORT, watch.airport):
            name, airport = printable(watch.name, 80), printable(watch.airport, 80)
            yield f"watch {name}: airport: expected one of code_mappings.airports, found {airport}; correct it"


def reported_file() -> Path:
    """Return the file with the number of the last change that messages report."""
    return config.targets_folder() / "notifications" / "watched.json"


def messages(path: str, has_published: bool) -> tuple[list[Message], int]:
    """Return a message for each watch and each unreported change with matching events, and the last change.

    Once the messages are in the outbox, `record_reported` records that change: what a killed run could not report is
    reported by the next run.
    """
    watches = read_watches(Path(path))
    with transaction("ntsb", "mart", read_only=True) as cursor:
        for mistake in unknown_airports(cursor, watches):
            log.warning("%s", mistake)
        last = int(fetch_value(cursor, LAST_CHANGE))
        reported = (json_file.read(reported_file()) or {}).get("change", last - has_published)
        matches = [
            (watch, change, find_changes(cursor, watch, change))
            for change in range(reported + 1, last + 1)
            for watch in watches
        ]
    return [message(watch, change, events) for watch, change, events in matches if events], last


def record_reported(change: int) -> None:
    """Record that all changes up to this one are reported."""
    json_file.write(reported_file(), {"change": change})


def message(watch: Watch, change: int, changes: Sequence[dict[str, Any]]) -> Message:
    """Return the message about changes of the cases of a watch."""
    lines = [
        printable(
            f"{item['ev_id']} {item['kind']}: {item['ev_date']}, {item['ev_city']}, {item['ev_state']}, "
            f"{item['registrations'] or 'no registration'}{_columns(item)}"
        )
        for item in changes[:MAX_LISTED]
    ]
    if len(changes) > MAX_LISTED:
        lines.append(f"and {len(changes) - MAX_LISTED} more")
    subject = f"[ntsb] watch {watch.name}: {len(changes)} changed cases"
    details = {"watch": watch.name, "change": change, "changes": list(changes)}
    return Message(f"watch-{change}-{_key_part(watch.name)}", "watch", subject, "\n".join(lines), details)


def _key_part(name: str) -> str:
    """Return a name as part of a key, which is sent in headers: ASCII letters, digits and hyphens only."""
    part = re.sub(r"[^A-Za-z0-9_-]", "-", name)[:60]
    return name if part == name else f"{part}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _columns(item: dict[str, Any]) -> str:
    return f" ({item['columns']})" if item["columns"] else ""
