"""Names, order and ids of snapshots."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SnapshotNotFound, UnknownSource
from pipeline.ingest import snapshot
from pipeline.ingest.snapshot import DATABASES, SourceFile
from pipeline.sources import DAYS, MONTHS

WEEKLY = [f"up{day:02d}{month}" for month, days in zip(MONTHS, DAYS, strict=True) for day in range(1, days + 1)]
HASHES = st.integers(0, 10**6).map(lambda number: hashlib.sha256(str(number).encode()).hexdigest())
FILES = st.lists(
    st.builds(SourceFile, st.sampled_from([*DATABASES, *WEEKLY]), HASHES, st.integers(1, 10**9)), max_size=6
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AVALL.ZIP", "avall"),
        ("pre1982.zip", "PRE1982"),
        ("PRE2008", "Pre2008"),
        ("UP08nov.zip", "up08NOV"),
        ("up29FEB", "up29FEB"),
        ("up30FEB.zip", None),
        ("up00JAN", None),
        ("up8NOV.zip", None),
        ("up08NOX", None),
        ("lookups.zip", None),
        ("avall.mdb", None),
    ],
)
def test_canonical_names(name: str, expected: str | None) -> None:
    assert snapshot.canonical_name(name) == expected


def test_all_unknown_names_are_reported_at_once() -> None:
    with pytest.raises(UnknownSource, match=r"found up8NOV, world; correct \[Sources\]"):
        snapshot.require_known(["avall", "world", "up8NOV"])
    assert snapshot.require_known(["UP08nov", "avall", "AVALL"]) == ["avall", "up08NOV"]


@given(FILES, FILES)
def test_id_depends_on_sources_and_hashes_only(one: list[SourceFile], other: list[SourceFile]) -> None:
    same = [(file.source, file.sha256) for file in one] == [(file.source, file.sha256) for file in other]
    assert (snapshot.snapshot_id(one) == snapshot.snapshot_id(other)) is same
    renamed = [SourceFile(file.source, file.sha256, 0, {"url": "elsewhere"}) for file in one]
    assert snapshot.snapshot_id(renamed) == snapshot.snapshot_id(one)


def test_id_depends_on_the_order() -> None:
    one, two = SourceFile("avall", "a" * 64, 1), SourceFile("up08NOV", "b" * 64, 1)
    assert snapshot.snapshot_id([one, two]) != snapshot.snapshot_id([two, one])
    assert len(snapshot.snapshot_id([])) == 16


def test_a_snapshot_round_trips(tmp_path: Path) -> None:
    files = [SourceFile("PRE1982", "a" * 64, 7, {"url": "x", "etag": None}), SourceFile("avall", "b" * 64, 8)]
    identity = snapshot.write_snapshot(files, tmp_path)
    read = snapshot.read_snapshot(identity, tmp_path)
    assert read == files
    assert [file.remarks for file in read] == [file.remarks for file in files]


def test_a_missing_or_edited_snapshot_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotFound, match="found none; run `luigi --module pipeline CreateSnapshot`"):
        snapshot.read_snapshot("0" * 16, tmp_path)
    identity = snapshot.write_snapshot([SourceFile("avall", "b" * 64, 8)], tmp_path)
    with pytest.raises(SnapshotNotFound, match=f"found none; name {identity}"):
        snapshot.read_snapshot("0" * 16, tmp_path)
    path = snapshot.snapshot_path(identity, tmp_path)
    path.write_text(path.read_text().replace("b" * 64, "c" * 64))
    with pytest.raises(SnapshotNotFound, match="found those of"):
        snapshot.read_snapshot(identity, tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0123456789ABCDEF", "0123", "a" * 4000, "\x1b[31m"])
def test_text_that_is_no_id_is_not_looked_up(name: str, tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "secret.json").write_text('{"files": []}')
    identity = snapshot.write_snapshot([SourceFile("avall", "a" * 64, 1)], tmp_path)
    with pytest.raises(SnapshotNotFound, match=f"an id of 16 hexadecimal digits, found other text; name {identity}"):
        snapshot.read_snapshot(name, tmp_path)
