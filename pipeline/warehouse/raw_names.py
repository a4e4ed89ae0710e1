"""Safe SQL names for the tables and columns of an Access file, whose names may contain any characters.

NTSB's names are only folded: lower case, underscores for blanks. Any other name, and one that PostgreSQL or the
pipeline uses itself, becomes its letters and digits with a hash: `Lat, Long` is loaded as lat_long_050620d6.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# System columns; source_row and its sequence; tables that the pipeline adds to a raw schema, and their indexes.
RESERVED = re.compile(r"ctid|tableoid|[cx]m(in|ax)|source_row|.*_source_row_seq\d*|(inventory|unreadable_cell)(_pkey)?")
MAX_STEM_LENGTH = 53
UNSTORABLE = re.compile(r"(\\*)([\0\ud800-\udfff]|(?<=\\)(?=x00|ud[89a-f]))")


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Return {name: safe name}; safe names are unique and consist of 1 to 63 of the characters a-z, 0-9 and _.

    The names are the tables of a file, or the columns of one table; their order determines only that of the result. Of
    names that are equal when folded, one keeps the folded name: one that is folded already, else the first by code
    points.
    """
    safe = dict.fromkeys(names, "")
    taken: set[str] = set()
    for name in sorted(safe, key=lambda name: (not is_plain(name), fold(name) != name, name)):
        candidate, attempt = fold(name) if is_plain(name) else _hashed(name, 0), 0
        while candidate in taken:
            candidate, attempt = _hashed(name, attempt), attempt + 1
        safe[name] = candidate
        taken.add(candidate)
    return safe


def fold(name: str) -> str:
    """Return the name in lower case with underscores for blanks: how NTSB's names are spelled in SQL."""
    return name.lower().replace(" ", "_")


def is_plain(name: str) -> bool:
    """Return True if the folded name is a safe name that neither PostgreSQL nor the pipeline uses itself."""
    folded = fold(name)
    # Some other letters become ASCII in lower case, such as the Kelvin sign.
    return name.isascii() and PLAIN.fullmatch(folded) is not None and RESERVED.fullmatch(folded) is None


def raw_schema(source: str) -> str:
    """Return the name of the schema with a source's tables as they are in its file."""
    return f"raw_{source.lower()}"


def typed_schema(source: str, is_limited: bool = False) -> str:
    """Return the name of the schema with a source's cast tables, or with its first events only, for inspection."""
    return f"{'limited' if is_limited else 'typed'}_{source.lower()}"


def recorded_name(name: str) -> str:
    """Return the name as text that PostgreSQL can store, different for different names.

    NUL and lone surrogates are written as escape sequences; backslashes before them, and before what looks like one,
    are doubled.
    """
    return UNSTORABLE.sub(lambda match: match[1] * 2 + ascii(match[2])[1:-1], name)


def _hashed(name: str, attempt: int) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:MAX_STEM_LENGTH]
    digest = sha256(f"{name}\0{attempt}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{'' if stem[:1].isalpha() else '_'}{stem}_{digest}"
