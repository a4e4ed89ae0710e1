"""A release: its events as pandas tables, its dictionary, its codes and its citation."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ntsb_accidents.storage import File, Folder, InvalidBundle, Storage, Web

FORMAT = 1


def open(location: str | os.PathLike[str], cache: str | os.PathLike[str] | None = None) -> "Release":
    """Return the current release of a bundle in a folder or at an HTTP address.

    `cache`: folder for what is downloaded; by default NTSB_ACCIDENTS_CACHE, else `~/.cache/ntsb-accidents`.
    Raises InvalidBundle if there is no bundle.
    """
    text = os.fspath(location)
    folder = cache or os.environ.get("NTSB_ACCIDENTS_CACHE") or Path.home() / ".cache" / "ntsb-accidents"
    storage: Storage = Web(text, Path(folder)) if text.startswith(("http://", "https://")) else Folder(Path(text))
    releases = _read_json(storage, "releases.json", "current", "releases")
    return Release(storage, str(releases["current"]), tuple(map(str, releases["releases"])))


class Release:
    """A release; `id` names it, and `others` are the releases of the same location.

    >>> open(ADDRESS)
    Release('...')
    """

    def __init__(self, storage: Storage, id: str, others: Sequence[str]) -> None:
        self.id, self.others = id, tuple(others)
        self._storage = storage
        if not re.fullmatch("[0-9a-f]{12}", id):
            raise InvalidBundle(f"releases.json: expected the id of a release, found {id!r}")
        self._manifest = _read_json(storage, f"{id}/manifest.json", "format", "snapshot", "sources", "files")
        if self._manifest["format"] != FORMAT:
            raise InvalidBundle(
                f"manifest.json: expected format {FORMAT}, found {self._manifest['format']}; update ntsb-accidents"
            )
        self._files = {file.path: file for file in _listed_files(self._manifest)}

    def __repr__(self) -> str:
        return f"Release({self.id!r})"

    def events(
        self,
        years: int | Iterable[int] | None = None,
        states: str | Iterable[str] | None = None,
        columns: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return one row per event, ordered by ev_id: of some years and states, with some columns.

        A single value is a list of one. Raises KeyError for an unknown column.

        >>> events = open(ADDRESS).events(years=range(1990, 2020), states=["AK", "WA"], columns=["ev_state", "ev_year"])
        >>> sorted(events["ev_state"].unique().tolist()), set(events["ev_year"]) <= set(range(1990, 2020))
        (['AK', 'WA'], True)
        """
        filters: list[tuple[str, str, Any]] = []
        if years is not None:
            numbers = [int(year) for year in _listed(years)]
            filters.append(("ev_year", "in", pa.array(numbers, pa.int64())))
        if states is not None:
            codes = [state.upper() for state in _listed(states)]
            filters.append(("ev_state", "in", pa.array(codes, pa.string())))
        return self.table("events", columns, filters)

    def event(self, ev_id: str) -> dict[str, pd.DataFrame]:
        """Return {table: rows} of an event, without tables that have none. Raises KeyError for an unknown event.

        >>> data = open(ADDRESS)
        >>> ev_id = data.events(years=[2019], columns=["ev_id"])["ev_id"].iloc[0]
        >>> rows = data.event(ev_id)
        >>> len(rows["events"]), set(rows["aircraft"]["ev_id"]) == {ev_id}
        (1, True)
        """
        tables = [item["relation"] for item in self._columns if (item["schema"], item["column"]) == ("ntsb", "ev_id")]
        rows = {name: self.table(name, None, [("ev_id", "==", ev_id)]) for name in tables}
        if rows["events"].empty:
            raise KeyError(ev_id)
        return {name: table for name, table in rows.items() if len(table)}

    def table(
        self, name: str, columns: str | Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] = ()
    ) -> pd.DataFrame:
        """Return a table or view by its name, such as `aircraft` or `mv_yearly_stats`; `filters` as in PyArrow.

        Raises KeyError for an unknown table or column.

        >>> len(open(ADDRESS).table("mv_decade_stats")) > 3
        True
        """
        paths = [path for path in self._files if path.endswith(f"/{name}.parquet")]
        if not paths:
            raise KeyError(name)
        with self._storage.open(self._files[paths[0]], self.id) as opened:
            names = pq.read_schema(opened).names
            chosen = names if columns is None else _listed(columns)
            if unknown := [column for column in chosen if column not in names]:
                raise KeyError(", ".join(unknown))
            opened.seek(0)
            rows = pq.read_table(opened, columns=chosen, filters=list(filters) or None)
            return rows.to_pandas(date_as_object=False)

    def as_of(self, release: str) -> "Release":
        """Return another release of the same location. Raises KeyError if it has none of that id.

        >>> data = open(ADDRESS)
        >>> data.as_of(data.id).id == data.id
        True
        """
        if release not in self.others:
            raise KeyError(release)
        return Release(self._storage, release, self.others)

    def dictionary(self, name: str | None = None) -> pd.DataFrame:
        """Return one row per column of all tables and views, or of one: type and description.

        >>> open(ADDRESS).dictionary("events")["column"].head(2).tolist()
        ['ev_id', 'ntsb_no']
        """
        columns = pd.DataFrame(self._columns)
        if name is None:
            return columns
        chosen = columns[columns["relation"] == name].reset_index(drop=True)
        if chosen.empty:
            raise KeyError(name)
        return chosen

    def codes(self, field: str) -> pd.DataFrame:
        """Return the codes of a field with their meanings: `ev_state`, `events.ev_state`, or a field of 1962-1981.

        >>> "Day" in open(ADDRESS).codes("light_cond")["meaning"].tolist()
        True
        """
        table, _, column = field.rpartition(".")
        meanings = self.table("code_meanings", None, [("column_name", "==", column.lower())])
        if table:
            meanings = meanings[meanings["table_name"] == table.lower()]
        elif meanings.empty:
            meanings = self.table("codes", None, [("field", "==", column.upper())])
        if meanings.empty:
            raise KeyError(field)
        return meanings.reset_index(drop=True)

    def cite(self) -> str:
        """Return how to cite the release.

        >>> data = open(ADDRESS)
        >>> data.id in data.cite()
        True
        """
        names = ", ".join(file["source"] for file in self._manifest["sources"])
        return (
            f"National Transportation Safety Board, Aviation Accident Database, files {names}; "
            f"compiled by ntsb-pipeline, release {self.id}, snapshot {self._manifest['snapshot']}."
        )

    def verify(self) -> None:
        """Compare every file with its SHA-256. Raises InvalidBundle, which lists all files that differ.

        >>> open(ADDRESS).verify()
        """
        problems = [problem for file in self._files.values() if (problem := self._problem(file))]
        if problems:
            raise InvalidBundle(f"release {self.id}: {len(problems)} files differ: {'; '.join(problems)}")

    def _problem(self, file: File) -> str:
        try:
            digest = self._storage.digest(file, self.id)
        except InvalidBundle as error:
            return str(error)
        return "" if digest == file.sha256 else f"{file.path}: expected sha256 {file.sha256}, found {digest}"

    @cached_property
    def _columns(self) -> list[dict[str, Any]]:
        with self._storage.open(self._files["dictionary.json"], self.id) as file:
            return list(json.loads(file.read())["columns"])


def _listed(values: Any) -> list[Any]:
    """Return the values as a list; text is a single value, not a list of characters."""
    return list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]


def _listed_files(manifest: dict[str, Any]) -> list[File]:
    """Return the files of a manifest. Raises InvalidBundle."""
    size = manifest.get("block_bytes", 0)
    try:
        return [
            File(file["path"], file["bytes"], file["sha256"], size, tuple(file.get("blocks", ())))
            for file in manifest["files"]
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidBundle("manifest.json: expected path, bytes and sha256 of files, found another content") from error


def _read_json(storage: Storage, path: str, *names: str) -> dict[str, Any]:
    """Return an object with these names. Raises InvalidBundle if the file is missing or holds something else."""
    try:
        content = dict(json.loads(storage.read(path)))
        missing = [name for name in names if name not in content]
    except (ValueError, TypeError) as error:
        raise InvalidBundle(f"{path}: expected a JSON object, found another content; check the address") from error
    if missing:
        raise InvalidBundle(f"{path}: expected {', '.join(missing)}, found none; check the address")
    return content
