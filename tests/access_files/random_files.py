"""Random Access files, each from a seed, with the cells that a reader must return."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.access_files.access_formats import (
    ACE,
    DELETED,
    JET3,
    JET4,
    OVERFLOW,
    RELOCATED,
    JetFormat,
    JetPages,
    data_page,
    header,
    pointer,
    usage_map,
)
from tests.access_files.access_tables import TableWriter, catalog_columns
from tests.access_files.access_values import ACE_ONLY, TYPES, JetColumn
from tests.access_files.random_values import random_date, random_value

ODD_NAMES = (
    "select",
    "a b",
    'x"y',
    "it's",
    "50%",
    "a,b",
    "-H",
    "tab\there",
    "line\nbreak",
    "\x1b[31m",
    "ev_id;--",
    "{0}",
    "$1",
)
WIDE_NAMES = ("größe", "名前", "\U0001f6e9 plane", "Ā")
SYSTEM = -0x80000000


@dataclass(frozen=True)
class TableContent:
    """What a reader must return for a table.

    Rows are in the order of their addresses. `scan_order` lists their indices in the order of a reader that
    returns a relocated row where its bytes are. `layout` are all columns, those that were deleted included;
    `has_old_rows` is true if a row was written before the last of them was added.
    """

    name: str
    columns: tuple[JetColumn, ...]
    rows: list[tuple[Any, ...]]
    scan_order: list[int]
    layout: tuple[JetColumn, ...]
    has_old_rows: bool


@dataclass(frozen=True)
class AccessFile:
    """The bytes of a file and the content of its tables, in the order of the catalog.

    `key` is not 0 if the pages are encoded.
    """

    seed: int
    jet: JetFormat
    code_page: int
    key: int
    content: bytes
    tables: list[TableContent]


def random_name(random: Random, jet: JetFormat, used: set[str]) -> str:
    """Return a name that differs from the used ones also without regard to case."""
    names = ODD_NAMES if jet.is_jet3 else (*ODD_NAMES, *WIDE_NAMES)
    while True:
        name = f"{random.choice('abcdefXYZ')}{random.randrange(1000)}"
        if random.random() < 0.15:
            name = random.choice(names)
        if random.random() < 0.05:
            name = (name + "_long" * 12)[:64]
        if name.lower() not in used:
            used.add(name.lower())
            return name


def random_column(random: Random, jet: JetFormat, number: int, name: str) -> JetColumn:
    unknown = {"Jet 3": ("decimal", *ACE_ONLY), "Jet 4": ACE_ONLY}.get(jet.name, ())
    types = [type_ for type_ in TYPES if type_ not in unknown]
    type_ = random.choice([*types, *["text", "memo"] * 2])
    size = {"text": random.choice((10, 50, 255)) * (1 if jet.is_jet3 else 2), "binary": random.choice((4, 50))}
    width = size.get(type_, TYPES[type_][1])
    is_fixed = TYPES[type_][1] > 0 or (type_ in size and width <= 20 and random.random() < 0.3)
    scale = random.choice((0, 2, 9)) if type_ == "decimal" else 0
    return JetColumn(name, type_, number, width, is_fixed, scale, is_live=random.random() > 0.05)


def random_columns(random: Random, jet: JetFormat) -> list[JetColumn]:
    """Return 1 to 12 columns, rarely so many that the definition has several pages; at least one is not deleted."""
    count = random.randint(1, 12) if random.random() > 0.04 else random.randint(60, 120)
    used: set[str] = set()
    columns = [random_column(random, jet, number, random_name(random, jet, used)) for number in range(count)]
    while sum(column.fixed_width for column in columns) > jet.capacity // 2:
        columns.pop()
    return columns if any(column.is_live for column in columns) else random_columns(random, jet)


class RandomTable:
    """Writes the rows of one table, some of which are deleted or relocated, or older than the last columns."""

    def __init__(
        self, random: Random, pages: JetPages, columns: Sequence[JetColumn], code_page: int, page: int
    ) -> None:
        self.random, self.code_page, self.columns = random, code_page, columns
        self.writer = TableWriter(pages, columns, code_page, page)
        self.rows: dict[tuple[int, int], tuple[Any, ...]] = {}
        self.scanned: dict[tuple[int, int], tuple[int, int]] = {}
        self.has_old_rows = False

    def fill(self, count: int) -> None:
        """Add rows. The first ones may lack the last columns, if those before include one of variable width."""
        random = self.random
        first_variable = next((c.number for c in self.columns if not c.is_fixed), 0)
        for index in range(count):
            is_old = index < count // 3 and first_variable + 1 < len(self.columns) and random.random() < 0.5
            width = random.randint(first_variable + 1, len(self.columns)) if is_old else len(self.columns)
            self.add_row(width)

    def add_row(self, width: int) -> None:
        random, rows = self.random, self.writer.rows
        values = self.values(width, is_short=len(self.columns) > 6)
        data = self.writer.row(values, random.randbytes)
        if len(data) > rows.pages.jet.capacity - 50:
            data = self.writer.row(values := (None,) * width)
        if len(data) > rows.pages.jet.capacity - 50:
            return
        address = rows.add(data, new_page=random.random() < 0.1)
        if random.random() < 0.08:
            rows.replace(address, random.choice((b"", data)), DELETED)
            return
        self.has_old_rows |= width < len(self.columns)
        self.scanned[address] = address
        if random.random() < 0.08:
            self.scanned[address] = target = rows.add(data, RELOCATED, new_page=random.random() < 0.5)
            rows.replace(address, pointer(target) + random.choice((b"", data[4:])), OVERFLOW)
        missing = [False if column.type == "boolean" else None for column in self.columns[width:]]
        row = [False if c.type == "boolean" and v is None else v for c, v in zip(self.columns, values, strict=False)]
        self.rows[address] = (*row, *missing)

    def values(self, width: int, is_short: bool) -> tuple[Any, ...]:
        random, jet, null_share = self.random, self.writer.pages.jet, self.random.choice((0, 0.1, 0.5))
        return tuple(
            None if random.random() < null_share else random_value(random, jet, column, self.code_page, is_short)
            for column in self.columns[:width]
        )

    def close(self, name: str) -> TableContent:
        """Write the table and return what a reader must read."""
        order = list(range(len(self.columns)))
        if self.random.random() < 0.2:
            self.random.shuffle(order)
        by_reference = self.random.random() < 0.15
        self.writer.close(len(self.rows), order, by_reference, index_count=self.random.choice((0, 0, 1, 3)))
        addresses = sorted(self.rows)
        live = [column.number for column in self.columns if column.is_live]
        rows = [tuple(self.rows[address][number] for number in live) for address in addresses]
        scan_order = sorted(range(len(addresses)), key=lambda index: self.scanned[addresses[index]])
        columns = tuple(self.columns[number] for number in live)
        return TableContent(name, columns, rows, scan_order, tuple(self.columns), self.has_old_rows)


def write_catalog(
    random: Random, pages: JetPages, code_page: int, objects: Sequence[tuple[int, str, int, int]]
) -> list[str]:
    """Write MSysObjects on page 2, and return the names in the order of their rows.

    An object is (page, name, type, flags).
    """
    addresses = {}
    table = TableWriter(pages, catalog_columns(), code_page, 2)
    for page, name, kind, flags in objects:
        date = random_date(Random(page))
        properties = random.choice((None, b"MR2\0" + random.randbytes(300)))
        values = (page, 0x0F000001, kind, date, flags, name, b"\xa6\x33", properties)
        addresses[name] = table.rows.add(table.row(values), new_page=random.random() < 0.1)
    deleted = table.rows.add(table.row((3, 0, 1, None, 0, "deleted", None, None)))
    table.rows.replace(deleted, b"", DELETED)
    table.close(len(objects), range(8), by_reference=False, index_count=2)
    return sorted(addresses, key=lambda name: addresses[name])


def random_file(seed: int, jet: JetFormat | None = None, rows: int | None = None) -> AccessFile:
    """Return the file of a seed; the format and about that number of rows per table are random by default."""
    random = Random(seed)
    jet = jet or random.choice((JET3, JET3, JET4, JET4, JET4, JET4, ACE))
    code_page = random.choice((1252, 1252, 1252, 1250, 1251, 932)) if jet.is_jet3 else 1252
    key = random.getrandbits(32) if jet is not ACE and random.random() < 0.2 else 0
    pages = JetPages(jet, random, window=random.choice((1, 1, 6)))
    used: set[str] = set()
    tables, objects = [], [(0x0F000001, "Tables", 3, SYSTEM), (2, "MSysObjects", 1, SYSTEM), (9, "a query", 5, 0)]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        name, page = random_name(random, jet, used), pages.reserve()
        table = RandomTable(random, pages, random_columns(random, jet), code_page, page)
        table.fill(random.choice((0, 1, 2, 5, 12, 12, 30)) if rows is None else rows)
        tables.append(table.close(name))
        objects.append((page, name, 1, random.choice((0, 0, 8))))
    names = write_catalog(random, pages, code_page, objects)
    tables.sort(key=lambda table: names.index(table.name))
    empty_map = usage_map(pages, [])
    pages.put(1, data_page(jet, 1, [(empty_map, 0), (empty_map, 0)]))
    pages.put(0, header(jet, code_page, key))
    return AccessFile(seed, jet, code_page, key, pages.to_bytes(key), tables)
