"""The doctor, on this machine and on broken ones."""

import contextlib
import socket
from pathlib import Path

import psycopg2
import pytest

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.operations import health
from pipeline.postgres import requirements, server


def test_this_machine_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    findings = {finding.name: finding for finding in health.run_checks()}
    assert {name for name, finding in findings.items() if finding.verdict == "fail"} == set()
    health.main()
    shown = capsys.readouterr().out
    assert all(name in shown for name in findings)


def test_it_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "new"))
    health.run_checks()
    assert list(tmp_path.iterdir()) == []


def test_pins_of_this_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# words\nhere==1.2 ; sys_platform != 'none' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "there==3 ; sys_platform == 'none' \\\n    --hash=sha256:cc\n"
    )
    assert health.read_pins(path) == {"here": "1.2"}


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("no-such-package==1\n")
    monkeypatch.setattr(config, "REPOSITORY", tmp_path)
    finding = health.check_packages()
    assert (finding.verdict, finding.found) == ("fail", "no-such-package missing instead of 1")


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = health.check_mdbtools()
    assert finding.verdict == "fail"
    assert "mdb-export, mdb-tables, mdb-count" in finding.found


def test_a_store_that_is_a_file_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "file" / "store"))
    assert health.check_store().verdict == "fail"


def test_a_small_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FULL_DATA_GB", 10**9)
    assert health.check_store().verdict == "warn"
    monkeypatch.setattr(health, "SAMPLES_GB", 10**9)
    assert health.check_store().verdict == "fail"


def test_postgresql_missing_is_one_sentence_with_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NTSB_DATABASE_URL", raising=False)
    monkeypatch.setenv("NTSB_POSTGRES_BIN", str(tmp_path))
    assert "apt-get install" in health.check_database().found


def test_an_external_server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Well; with a wrong password; without the database; without rights and PostGIS; and not there."""
    folder = tmp_path_factory.mktemp("server")
    url = server.start(folder)
    assert "with PostGIS" in requirements.check_external_server(url)
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("create role ann login password 'secret'")
        connection.cursor().execute("create database bare")
    secret = (folder / "password").read_text()
    bare = url.replace(f"ntsb:{secret}", "ann:secret").removesuffix("ntsb") + "bare"
    for address, sentence in {
        url.replace(secret, "wrong"): "refuses user ntsb",
        url + "x": "has no database ntsbx",
        bare: "grant create, temporary on database bare to ann",
    }.items():
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        finding = health.check_database()
        assert finding.verdict == "fail"
        assert sentence in finding.found
        assert secret not in finding.found
    assert "create extension postgis" in finding.found
    server.stop(folder)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(PipelineError, match=f"Nothing answers at the database server 127.0.0.1:{port}"):
            requirements.check_external_server(f"postgresql://ann:secret@127.0.0.1:{port}/x")
