"""Cases of the Enterprise API, made from the samples, and the schemas that they are loaded and cast to."""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from psycopg2.extensions import cursor as Cursor

from pipeline.ingest.api_pages import ApiCase
from pipeline.sources import api_era
from pipeline.warehouse import raw_cases, typed
from samples import api_archive, make

Case = dict[str, Any]


@cache
def sample_cases() -> list[Case]:
    """All cases of the samples; not to be changed."""
    return make.api_cases()


def example(matches: Callable[[Case], bool]) -> Case:
    """A copy of the first sample case that matches and has one aircraft."""
    return deepcopy(next(case for case in sample_cases() if len(case["aircrafts"]) == 1 and matches(case)))


def write_months(folder: Path, cases: list[Case], months: Iterable[str]) -> None:
    """Write archives of these months."""
    for month in months:
        api_archive.write_month(folder, month, api_archive.pages(cases, month))


def load(cursor: Cursor, cases: Iterable[Case | str]) -> None:
    """Load cases, or their texts, into raw_api."""
    texts = [case if isinstance(case, str) else json.dumps(case) for case in cases]
    documents = [("2020-01", ApiCase(1, n, text, json.loads(text))) for n, text in enumerate(texts, 1)]
    cursor.execute("set local search_path = raw_api, pg_temp, public")
    raw_cases.load_cases(cursor, "api", documents)


def cast(cursor: Cursor, cases: Iterable[Case | str], identified_by: tuple[str, ...] = ()) -> None:
    """Load and cast cases; the search_path then has typed_api."""
    load(cursor, cases)
    typed.create_typed_schema(cursor, "api", api_era(), identified_by=identified_by)
    cursor.execute("set local search_path = typed_api, public")
