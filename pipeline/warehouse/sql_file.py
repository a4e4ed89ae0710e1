"""SQL files and their headers: comment lines `-- keyword: value` that the pipeline reads.

Every file      `needs`: the relations that it reads (line 1), or `nothing`; `grain`: what one row is (line 2)
Table           `convert`, `source`: <column> <function or source column>; `trigger`: <name> <function>;
                `types`: inferred, if NTSB does not document whether its columns are texts or numbers
View            `kind`: `view`, or `materialized, key: <unique columns>`; `schema`: where it is published;
                `column`: <name> <description>
View, query     `functions`: files in sql/functions whose functions it calls
Check           `checks`, `severity`, `allow`, `family`
Flag rule       `flags`: <table>.<column> <reason>; `eras`: those it holds for, all where absent
Correction      `corrects`: <table>.<column>, ...: <reason>
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

HEADER = re.compile(r"^-- ([a-z]+): (.*)$", re.MULTILINE)


@cache
def needs(path: Path) -> tuple[str, ...]:
    """Return the relations that the file's first line lists; empty for `nothing`.

    Raises ValueError if the first line is not `-- needs: ...`.
    """
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    if not first.startswith("-- needs:"):
        raise ValueError(f"{path.name}: expected `-- needs: <relations>` on line 1, found {first!r}; add it")
    names = split_names(first.removeprefix("-- needs:"))
    return tuple(name for name in names if name != "nothing")


@cache
def headers(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Return {keyword: values in order} of all header lines."""
    values: dict[str, tuple[str, ...]] = {}
    for keyword, value in HEADER.findall(path.read_text(encoding="utf-8")):
        values[keyword] = (*values.get(keyword, ()), value.strip())
    return values


def header(path: Path, keyword: str, default: str | None = None) -> str:
    """Return the value of the first header line with the keyword, else the default.

    Raises ValueError if there is neither.
    """
    value = next(iter(headers(path).get(keyword, ())), default)
    if value is None:
        raise ValueError(f"{path.name}: expected a header line `-- {keyword}: ...`, found none; add it")
    return value


def match_header(path: Path, keyword: str, pattern: str, expected: str) -> re.Match[str]:
    """Return the match of a whole header value with a pattern. Raises ValueError that names the `expected` form."""
    value = header(path, keyword, "")
    if match := re.fullmatch(pattern, value):
        return match
    raise ValueError(f"{path.name}: expected a header line `-- {keyword}: {expected}`, found {value!r}; correct it")


def annotations(path: Path, keyword: str) -> dict[str, str]:
    """Return {first word: second word} of the header lines `-- <keyword>: first second` or `first <- second`."""
    words = (value.replace(" <- ", " ").split() for value in headers(path).get(keyword, ()))
    return {first: second for first, second, *_ in words}


def statement(path: Path) -> str:
    """Return the file's text without a semicolon at the end, for use as a subquery."""
    return path.read_text(encoding="utf-8").rstrip().rstrip(";")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated list, without blanks and empty items."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def dependency_order(dependencies: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the keys, each after those that it depends on; sorted by name if several are ready at the same time.

    Dependencies that are not keys are ignored. Raises graphlib.CycleError, a ValueError, which names the cycle.
    """
    sorter = TopologicalSorter({name: dependencies.keys() & set(dependencies[name]) for name in sorted(dependencies)})
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return tuple(ordered)
