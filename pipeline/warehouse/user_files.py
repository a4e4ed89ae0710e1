"""Text files that a user provides: cells between commas of the columns that are loaded, and every mistake in them.

No cell is quoted, in the files of FAA as in those of the Iowa Environmental Mesonet. Columns that are not loaded, such
as names of owners, may have any encoding: only loaded cells must be printable ASCII text.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.errors import InvalidMapping, printable
from pipeline.ingest.unpack import ZIP_ERRORS

MAX_LISTED = 50
# Longer lines are cut, and have another number of cells then; FAA's have 600 characters, reports of the weather 300.
MAX_LINE_BYTES = 65_536
MAX_MEMBER_BYTES = 4 * 10**9
# What opening and reading a file raises, also one in a damaged, encrypted or unsupported zip.
READ_ERRORS = (*ZIP_ERRORS, RuntimeError)

Cell = str | None
# (form as a regular expression, what it expects, further test of a text of that form)
Form = tuple[str, str, Callable[[str], bool]]


@dataclass
class Mistakes:
    """Messages about a file; the first ones are listed, all are counted."""

    listed: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, message: str) -> None:
        """Add one message."""
        self.count += 1
        if len(self.listed) < MAX_LISTED:
            self.listed.append(message)

    def require_none(self, subject: str) -> None:
        """Raise InvalidMapping with the messages, if there are any."""
        if self.count:
            rest = self.count - len(self.listed)
            lines = [*self.listed, *([f"and {rest} more"] if rest else [])]
            raise InvalidMapping(f"Mistakes in the {subject}:\n" + "\n".join(f"  {line}" for line in lines))


@dataclass(frozen=True)
class Layout:
    """Columns of a file: {heading: form}, those with a value on every line, those that a file may lack.

    `missing` are the texts of cells without a value.
    """

    forms: Mapping[str, Form]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)


def normalize_heading(text: str) -> str:
    """Return a heading in upper case with one blank for each run of blanks and hyphens."""
    return re.sub("[ -]+", " ", text.strip().upper())


class RepeatedFile(Exception):
    """Several files have the name of one, such as those of two editions in one zip."""


def open_file(paths: Sequence[Path], name: str) -> IO[bytes] | None:
    """Open the named file, in any case, among text files or in a zip; None if there is none.

    Raises READ_ERRORS, and RepeatedFile if there are several.
    """
    matches: list[tuple[Path, zipfile.ZipInfo | None]] = []
    for path in paths:
        if path.suffix.lower() == ".zip":
            with closing(zipfile.ZipFile(path)) as archive:
                matches += [(path, member) for member in archive.infolist() if _has_name(member.filename, name)]
        elif _has_name(path.name, name):
            matches.append((path, None))
    if len(matches) > 1:
        raise RepeatedFile(", ".join(printable(member.filename if member else path.name) for path, member in matches))
    for path, member in matches:
        if member is None:
            return path.open("rb")
        if member.file_size > MAX_MEMBER_BYTES:
            raise zipfile.BadZipFile(f"{name} unpacks to more than {MAX_MEMBER_BYTES} bytes")
        with closing(zipfile.ZipFile(path)) as archive:
            return archive.open(member)
    return None


def _has_name(path: str, name: str) -> bool:
    return PurePosixPath(path).name.upper() == name.upper() and not path.endswith("/")


def read_lines(stream: IO[bytes]) -> Iterator[list[str]]:
    """Yield the cells of each line, without surrounding blanks; a byte order mark is ignored."""
    first = True
    while line := stream.readline(MAX_LINE_BYTES):
        # Latin-1 has a character for every byte, so that no cell that is not loaded is a mistake.
        text = line.removeprefix(b"\xef\xbb\xbf").decode("latin-1") if first else line.decode("latin-1")
        first = False
        yield [cell.strip() for cell in text.rstrip("\r\n").split(",")]


def read_columns(stream: IO[bytes], name: str, layout: Layout, mistakes: Mistakes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield (line number, cells of the layout's columns, in its order) of the lines without mistakes.

    Lines that begin with # and blank lines are ignored. A cell is None where it is missing or its column is.
    """
    lines = ((number, cells) for number, cells in enumerate(read_lines(stream), 1) if _is_content(cells))
    _, header = next(lines, (1, []))
    headings = [normalize_heading(cell) for cell in header]
    if absent := [heading for heading in layout.forms if heading not in (*headings, *layout.optional)]:
        shown = printable(", ".join(header), 200) or "none"
        mistakes.add(
            f"{name}: expected the columns {', '.join(absent)}, found {shown}; use the file as it is published"
        )
        return
    positions = [headings.index(heading) if heading in headings else None for heading in layout.forms]
    for number, cells in lines:
        if len(cells) != len(headings):
            mistakes.add(f"{name}:{number}: expected {len(headings)} cells, found {len(cells)}; correct the line")
            continue
        texts = ["" if position is None else cells[position] for position in positions]
        wrong = find_wrong_cells(texts, layout)
        for message in wrong:
            mistakes.add(f"{name}:{number}, {message}")
        if not wrong:
            yield number, [None if text in layout.missing else text for text in texts]


def _is_content(cells: Sequence[str]) -> bool:
    return any(cells) and not cells[0].startswith("#")


def find_wrong_cells(texts: Sequence[str], layout: Layout) -> list[str]:
    """Return a message for every cell of another form."""
    messages = []
    for (heading, (pattern, expected, test)), text in zip(layout.forms.items(), texts, strict=True):
        is_missing = text in layout.missing
        is_right = (
            heading not in layout.required if is_missing else re.fullmatch(pattern, text, re.ASCII) and test(text)
        )
        if not is_right:
            messages.append(f"{heading}: expected {expected}, found {printable(text, 80) or 'none'}; correct it")
    return messages


def any_text(_: str) -> bool:
    """Return True: no further test."""
    return True
