"""Health checks of an external database server."""

import contextlib

import psycopg2
import pytest

from pipeline.operations import health
from pipeline.postgres import requirements, server


def test_an_external_server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suitable server; a wrong password; a missing database; missing privileges and PostGIS."""
    folder = tmp_path_factory.mktemp("server")
    url = server.start(folder)
    assert "with PostGIS" in requirements.check_external_server(url)
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("create role ann login password 'secret'")
        connection.cursor().execute("create database bare")
    secret = (folder / "password").read_text()
    bare = url.replace(f"ntsb:{secret}", "ann:secret").removesuffix("ntsb") + "bare"
    for address, message in {
        url.replace(secret, "wrong"): "rejects user ntsb",
        url + "x": "has no database ntsbx",
        bare: "grant create, temporary on database bare to ann",
    }.items():
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        result = health.check_database()
        assert result.status == "fail"
        assert message in result.finding
        assert secret not in result.finding
    assert "create extension postgis" in result.finding
    server.stop(folder)
