"""What two stores must have in common, fact by fact: where one rerun gives the same as another, all are equal."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from pipeline.postgres.session import SESSION_OPTIONS
from targets.files import sha256_of

# Views have no digest of their own: their rows are in the Parquet files.
DIGESTS = """
select target_schema || '.' || name, release_relation.rows || ' rows ' || digest
from audit.release_relation
inner join audit.release on release.id = release_relation.release and release.is_current
where digest is not null
"""
# Of what runs leave behind; the DuckDB file holds the rows of the Parquet files, in pages that need not be equal.
# The page on changes is about a store's own past, which a fresh store does not have.
EXCLUDED_PAGE = "changes.html"
FILES = (
    "targets/store/parquet/**/*.parquet",
    "reports/html/*.html",
    "targets/store/studies/**/*.*",
    "targets/store/scores/*.parquet",
)

Facts = dict[str, str]


@dataclass(frozen=True)
class Difference:
    """One fact: its name and what each store says; empty where a store does not have it."""

    name: str
    first: str
    second: str

    @property
    def is_equal(self) -> bool:
        """True where both say the same."""
        return self.first == self.second


def read_facts(url: str, store: Path) -> Facts:
    """Every fact of a store: release, digests of tables, hashes of files."""
    with (
        contextlib.closing(psycopg2.connect(url, options=SESSION_OPTIONS)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select id, snapshot from audit.release where is_current")
        release, snapshot = cursor.fetchone() or ("", "")
        cursor.execute(DIGESTS)
        digests = {f"table {name}": digest for name, digest in cursor.fetchall()}
    files = {path.relative_to(store): path for pattern in FILES for path in store.glob(pattern)}
    # Notes on targets hold times of files.
    hashes = {
        f"file {name.as_posix()}": sha256_of(path)
        for name, path in files.items()
        if not {".fingerprints", EXCLUDED_PAGE} & {*name.parts}
    }
    return {"release": release, "snapshot": snapshot} | digests | hashes


def compare(first: Mapping[str, str], second: Mapping[str, str]) -> list[Difference]:
    """Every fact that one of the stores has, in order of name."""
    names = sorted(first.keys() | second.keys())
    return [Difference(name, first.get(name, ""), second.get(name, "")) for name in names]


def format_table(found: list[Difference]) -> Iterator[str]:
    """One line per fact, those that are different last, with both values."""
    width = max(len(each.name) for each in found)
    for each in sorted(found, key=lambda each: not each.is_equal):
        if each.is_equal:
            yield f"equal      {each.name:<{width}}  {each.first[:40]}"
        else:
            yield f"DIFFERENT  {each.name:<{width}}  {each.first or 'not there'} | {each.second or 'not there'}"
