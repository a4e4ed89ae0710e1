"""Archives of the Enterprise API: one zip per event month, with its pages as they were received.

The comment of the zip is `ntsb-api-month YYYY-MM`; its members are the bodies of the answers, `page-0001.json` and so
on. A month without cases has no members. The comment, not the name of the zip, says what it is.
"""

import json
import re
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import NotAZip, TruncatedArchive, UnsafeArchive, printable
from pipeline.ingest import unpack

COMMENT = re.compile(rb"ntsb-api-month ([0-9]{4}-(?:0[1-9]|1[0-2]))")
MEMBER = re.compile(r"page-([0-9]{4,})\.json", re.ASCII)
# The API sends at most 1,000 cases of about 17 kB a page.
MAX_PAGE_BYTES = 500_000_000
MAX_PAGES = 10_000
MAX_NUMBER_LENGTH = 60
# Their newest one is the date of an edition: a case has no date of its last change.
DATE_PATHS = ("publishDateTime", "lastRevisionDate", "originalPublishedDate", "factualPublishedDate")
BLANK = re.compile(r"[ \t\r\n]*")
HINT = "download the month again, or remove the file"
# Characters that PostgreSQL cannot store; an escape sequence is not one if its backslash is escaped.
UNREADABLE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")
PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


@dataclass(frozen=True)
class ApiCase:
    """A case: its unmodified text, the number of its page, its position on it, both from 1, and its content."""

    page: int
    position: int
    text: str
    content: dict[str, Any]

    @property
    def readable_text(self) -> str | None:
        """The text with U+FFFD for escaped characters that PostgreSQL cannot store; None if it has none."""
        if "\\u" not in self.text:
            return None
        paired = PAIR.sub(lambda match: match[0].replace("\\u", "\0"), self.text)
        readable = UNREADABLE.sub(lambda match: f"{match[1]}\\ufffd", paired).replace("\0", "\\u")
        return readable if readable != self.text else None


def month_of(path: Path) -> str | None:
    """Return the month `YYYY-MM` of an archive, None for any other file."""
    try:
        with zipfile.ZipFile(path) as zipped:
            match = COMMENT.fullmatch(zipped.comment)
    except (*unpack.ZIP_ERRORS, RuntimeError):
        return None
    return match[1].decode() if match else None


def read_cases(path: Path, name: str, max_gb: float) -> Iterator[ApiCase]:
    """Yield the cases of a month in order, one page in memory at a time; `name` is for messages. Raises ArchiveError.

    Every page is one JSON object whose `data` is a list of objects.
    """
    with zipfile.ZipFile(path) as zipped:
        members = _members(zipped, name, max_gb)
        for number, member in enumerate(members, 1):
            label = f"{name}, {member.filename}"
            text = _read_page(zipped, member, label)
            try:
                for position, (case, content) in enumerate(_split_page(text), 1):
                    yield ApiCase(number, position, case, content)
            except (ValueError, RecursionError) as error:
                problem = printable(str(error), 200)
                raise NotAZip(
                    f"{label}: expected a page of cases as JSON, found other text ({problem}); {HINT}"
                ) from error


def edition_date(case: dict[str, Any]) -> str:
    """Return the newest date of publication or revision of a case, `YYYY-MM-DD HH:MM:SS`; empty without one."""
    texts = [str(case.get(name) or "") for name in DATE_PATHS]
    dates = [
        f"{text[:10]} {text[11:19] or '00:00:00'}" for text in texts if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    ]
    return max(dates, default="")


def _members(zipped: zipfile.ZipFile, name: str, max_gb: float) -> list[zipfile.ZipInfo]:
    """Return the pages in order. Raises UnsafeArchive with all problems of the table of contents."""
    members = zipped.infolist()
    problems = [problem for member in members for problem in unpack.member_problems(member)]
    numbers = [int(match[1]) if (match := MEMBER.fullmatch(member.filename)) else None for member in members]
    if numbers != list(range(1, len(members) + 1)) or len(members) > MAX_PAGES:
        names = printable(", ".join(member.filename for member in members[:5]), 200)
        problems.append(f"its members are {names} instead of page-0001.json and so on")
    large = [member.filename for member in members if member.file_size > MAX_PAGE_BYTES]
    problems += [f"{page!r} is larger than {MAX_PAGE_BYTES} bytes" for page in large]
    if (total := sum(member.file_size for member in members)) > max_gb * unpack.GIGABYTE:
        problems.append(f"unpacks to {total} bytes, {max_gb:g} GB are allowed ([Sources] max_unpacked_gb)")
    if problems:
        raise UnsafeArchive(
            f"{name}: expected an archive of API pages, found: {printable('; '.join(problems))}; {HINT}"
        )
    return members


def _read_page(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, label: str) -> str:
    """Return the text of a page. Raises TruncatedArchive if it is damaged, NotAZip if it is not UTF-8."""
    try:
        with zipped.open(member) as page:
            # One byte more than recorded: zipfile verifies the checksum at the end.
            return page.read(member.file_size + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAZip(f"{label}: expected text in UTF-8, found another encoding; {HINT}") from error
    except (*unpack.ZIP_ERRORS, RuntimeError) as error:
        if not unpack.is_damage(error):
            raise
        problem = printable(str(error), 200)
        raise TruncatedArchive(f"{label} is damaged inside the zip ({problem}); {HINT}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_number(text: str) -> float:
    """Return a number. Raises ValueError for one that PostgreSQL refuses."""
    number = float(text)
    if len(text) > MAX_NUMBER_LENGTH or abs(number) == float("inf") or (number == 0 and "e" in text.lower()):
        raise ValueError(f"{text[:20]} is out of range")
    return number


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_parse_number)


def _split_page(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text and the content of each case of a page. Raises ValueError."""
    index, has_data = _skip_past(text, 0, "{"), False
    while not text.startswith("}", index):
        name, index = DECODER.raw_decode(text, index)
        index = _skip_past(text, index, ":")
        if name == "data" and text.startswith("[", index):
            has_data = True
            index = yield from _split_list(text, index)
        else:
            _, index = DECODER.raw_decode(text, index)
        index = _next_item(text, index, "}")
    if not has_data or _skip_blanks(text, index + 1) != len(text):
        raise ValueError("expected one object with a list `data`")


def _split_list(text: str, index: int) -> Generator[tuple[str, dict[str, Any]], None, int]:
    """Yield the text and content of each object of a list; the generator returns the index after the list."""
    index = _skip_past(text, index, "[")
    while not text.startswith("]", index):
        start = index
        content, index = DECODER.raw_decode(text, start)
        if not isinstance(content, dict):
            raise ValueError(f"expected an object at character {start}")
        yield text[start:index], content
        index = _next_item(text, index, "]")
    return index + 1


def _skip_blanks(text: str, index: int) -> int:
    """Return the index of the first character from `index` on that is not white space."""
    match = BLANK.match(text, index)
    return match.end() if match else index


def _skip_past(text: str, index: int, character: str) -> int:
    """Return the index of what follows an expected character and white space. Raises ValueError."""
    index = _skip_blanks(text, index)
    if not text.startswith(character, index):
        raise ValueError(f"expected {character!r} at character {index}")
    return _skip_blanks(text, index + 1)


def _next_item(text: str, index: int, end: str) -> int:
    """Return the index of the next item, or of the end of a list or object. Raises ValueError."""
    index = _skip_blanks(text, index)
    if text.startswith(end, index):
        return index
    index = _skip_past(text, index, ",")
    if text.startswith(end, index):
        raise ValueError(f"expected an item at character {index}")
    return index
