"""The content of a response: a page of cases, or the list of changed cases. Checked, but never modified."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ApiFormatChanged, printable
from pipeline.ingest.api_pages import DECODER
from pipeline.ingest.change_dates import is_date
from pipeline.ingest.time_limit import TemporaryFailure

HINT = "the API has changed: keep the archived months, and update the pipeline"
MAX_LENGTH = 60


@dataclass(frozen=True)
class Page:
    """A page: its bytes, its number of cases and of open cases, and the marker of the next page; empty for the last."""

    body: bytes
    cases: int
    open_cases: int
    marker: str


def parse_json(body: bytes, kind: type) -> Any:
    """Return the value of a body, which must be of that type.

    Raises TemporaryFailure for HTML and for JSON that is incomplete, invalid or cannot be loaded, ApiFormatChanged for
    another type.
    """
    start = body.lstrip()[:1]
    if start == b"<":
        raise TemporaryFailure(f"an HTML page with status 200: {printable(_text_of(body), MAX_LENGTH)}")
    try:
        content = DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TemporaryFailure(f"text that is not UTF-8 at byte {error.start} of {len(body)}") from None
    except json.JSONDecodeError as error:
        raise TemporaryFailure(f"JSON that is invalid or ends at character {error.pos} of {len(body)} bytes") from None
    except (ValueError, RecursionError) as error:
        raise TemporaryFailure(f"JSON that cannot be read: {printable(str(error), MAX_LENGTH)}") from None
    if not isinstance(content, kind):
        raise ApiFormatChanged(f"expected a JSON {_name(kind)}, found {_name(type(content))}; {HINT}")
    return content


def parse_page(body: bytes, first: str, last: str) -> Page:
    """Return a page of the cases from one date to another. Raises as `parse_json`; all problems are in one message."""
    content = parse_json(body, dict)
    problems = [
        f"{name}: expected {expected}, found {printable(repr(content.get(name)), MAX_LENGTH)}"
        for name, expected, is_valid in _checks(content, first, last)
        if not is_valid
    ]
    data = content["data"] if isinstance(content.get("data"), list) else []
    problems += [problem for number, case in enumerate(data) for problem in _problems_of_case(number, case)]
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ApiFormatChanged(f"{'; '.join(problems[:5])}{more}; {HINT}")
    n_open = sum(case.get("completionStatus") == "Ongoing" for case in data)
    return Page(body, len(data), n_open, (content.get("nextMarker") or "") if content["hasMore"] else "")


def parse_feed(body: bytes) -> set[str]:
    """Return the months of the cases in a list of changes. Raises as `parse_json`."""
    months = set()
    for number, row in enumerate(parse_json(body, list)):
        day = row.get("eventDate") if isinstance(row, dict) else row
        if not isinstance(day, str) or not is_date(day):
            raise ApiFormatChanged(
                f"row {number} of the list of changes: expected a date in eventDate, found "
                f"{printable(repr(day), MAX_LENGTH)}; {HINT}"
            )
        months.add(day[:7])
    return months


def _checks(content: Mapping[str, Any], first: str, last: str) -> list[tuple[str, str, bool]]:
    """Return (field, what is expected, whether it is so) of the fields around the cases."""
    marker, more = content.get("nextMarker"), content.get("hasMore")
    return [
        ("startDate", first, str(content.get("startDate"))[:10] == first),
        ("endDate", last, str(content.get("endDate"))[:10] == last),
        ("data", "a list of cases", isinstance(content.get("data"), list)),
        ("hasMore", "true or false", isinstance(more, bool)),
        ("nextMarker", "a marker, because hasMore is true", more is not True or bool(marker)),
        ("nextMarker", "a text or null", marker is None or isinstance(marker, str)),
    ]


def _problems_of_case(number: int, case: Any) -> list[str]:
    """Return a problem for each field by which a case is identified and refreshed that has another type."""
    if not isinstance(case, dict):
        return [f"data[{number}]: expected an object, found {printable(repr(case), MAX_LENGTH)}"]
    mkey, number_text, day = (case.get(name) for name in ("mKey", "ntsbNumber", "eventDate"))
    checks = (
        ("mKey", "an integer", isinstance(mkey, int) and not isinstance(mkey, bool)),
        ("ntsbNumber", "a text or null", number_text is None or isinstance(number_text, str)),
        ("eventDate", "a date", isinstance(day, str) and is_date(day)),
        ("completionStatus", "a text", isinstance(case.get("completionStatus"), str)),
    )
    return [
        f"data[{number}].{name}: expected {expected}, found {printable(repr(case.get(name)), MAX_LENGTH)}"
        for name, expected, is_valid in checks
        if not is_valid
    ]


def _name(kind: type) -> str:
    return "object" if kind is dict else kind.__name__


def _text_of(body: bytes) -> str:
    """Return the title of an HTML page, else its start."""
    text = body[:10_000].decode(errors="replace")
    title = text.partition("<title>")[2].partition("</title>")[0]
    return (title or text).strip()
