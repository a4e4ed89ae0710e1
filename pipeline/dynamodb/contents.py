"""What a table must contain: digests of all items, sizes, and samples of index queries, from one pass over the rows."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.dynamodb.items import items_of
from pipeline.dynamodb.sources import Source
from pipeline.dynamodb.specification import UNINDEXED, TableSpec
from pipeline.dynamodb.values import Attribute, Item, canonical_text, item_bytes
from pipeline.errors import DynamodbError, printable

# Values per index whose queries are compared with the rows, chosen by their digests.
SAMPLES = 3
MAX_PROBLEMS = 20
WRITE_UNIT_BYTES = 1024
DIGEST_BYTES = 16


@dataclass
class Sample:
    """A value of the partition key of an index, and the digests of the keys of its items."""

    value: Attribute
    keys: set[bytes] = field(default_factory=set)


@dataclass
class Contents:
    """The items of a table.

    `digests`: {digest of the key: digest of the item}; `units`: {digest of the key: write units for table and indexes};
    `samples`: {index: samples}; `unindexed`: {column: items that have its text outside indexes}.
    """

    rows: int = 0
    size_bytes: int = 0
    digests: dict[bytes, bytes] = field(default_factory=dict)
    units: dict[bytes, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    unindexed: Counter[str] = field(default_factory=Counter)

    def digest(self) -> str:
        """Return the digest of all items, in any order."""
        total = hashlib.sha256()
        for key in sorted(self.digests):
            total.update(key + self.digests[key])
        return total.hexdigest()


def digest_of(data: bytes) -> bytes:
    """Return 16 bytes of SHA-256."""
    return hashlib.sha256(data).digest()[:DIGEST_BYTES]


def key_of(table: TableSpec, item: Item) -> Item:
    """Return the key attributes of an item."""
    return {name: item[name] for name in table.key}


def key_digest(table: TableSpec, item: Item) -> bytes:
    """Return the digest of the key of an item."""
    return digest_of(canonical_text(key_of(table, item)))


def all_items(table: TableSpec, sources: Mapping[str, Source]) -> Iterator[Item]:
    """Yield the items of all rows. Raises ValueError for the first row that cannot be stored."""
    for relation in table.relations:
        for row in sources[relation].rows():
            yield from items_of(table, relation, row)


def read_contents(table: TableSpec, sources: Mapping[str, Source]) -> Contents:
    """Return the contents of a table. Raises DynamodbError with rows that cannot be stored or share a key."""
    contents, problems = Contents(), []
    samples = {index.name: _BottomK() for index in table.indexes}
    for relation in table.relations:
        for number, row in enumerate(sources[relation].rows(), 1):
            contents.rows += 1
            try:
                for item in items_of(table, relation, row):
                    _add(table, contents, samples, item)
            except ValueError as error:
                problems.append(f"{relation} row {number}: {error}")
    if problems:
        text = printable("; ".join(problems[:MAX_PROBLEMS]), 3000)
        raise DynamodbError(
            f"{table.name}: expected rows that DynamoDB can store, found {len(problems)} others: {text}; correct them, "
            "or exclude or split the columns in the specification"
        )
    contents.samples = {name: sample.values() for name, sample in samples.items()}
    return contents


def _add(table: TableSpec, contents: Contents, samples: "Mapping[str, _BottomK]", item: Item) -> None:
    key, size = key_digest(table, item), item_bytes(item)
    if key in contents.digests:
        raise ValueError(f"a second item with the key {canonical_text(key_of(table, item)).decode()}")
    contents.digests[key] = digest_of(canonical_text(item))
    contents.size_bytes += size
    writes = 1
    contents.unindexed.update([*item.get(UNINDEXED, {"M": {}})["M"]])
    for index in table.indexes:
        if {*index.key} <= {*item}:
            writes += 1
            samples[index.name].add(item[index.partition], key)
    contents.units[key] = -(-size // WRITE_UNIT_BYTES) * writes


class _BottomK:
    """A bottom-k sample: the values with the smallest digests, with all their keys; equal for every order of rows."""

    def __init__(self) -> None:
        self._samples: dict[bytes, Sample] = {}

    def add(self, value: Attribute, key: bytes) -> None:
        rank = digest_of(canonical_text({"value": value}))
        if rank not in self._samples:
            if len(self._samples) == SAMPLES and rank > max(self._samples):
                return
            self._samples[rank] = Sample(value)
            # A value that is dropped here cannot come back: its rank stays above the largest one.
            if len(self._samples) > SAMPLES:
                del self._samples[max(self._samples)]
        if rank in self._samples:
            self._samples[rank].keys.add(key)

    def values(self) -> list[Sample]:
        return [self._samples[rank] for rank in sorted(self._samples)]


def read_all(tables: Iterable[TableSpec], sources: Mapping[str, Source]) -> dict[str, Contents]:
    """Return {table: contents}. Raises DynamodbError with the problems of all tables."""
    contents, problems = {}, []
    for table in tables:
        try:
            contents[table.name] = read_contents(table, sources)
        except DynamodbError as error:
            problems.append(str(error))
    if problems:
        raise DynamodbError("\n".join(problems))
    return contents
