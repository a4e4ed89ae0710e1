"""Errors of addresses with mistakes name the mistake, and neither the password nor a part of it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline import config
from pipeline.errors import StudyFailed
from pipeline.redaction import redact
from pipeline.tasks.severity import LoggedRun
from tests.architecture.tree import REPOSITORY

SECRET = "Pl4nt3d-s3cr3t"
# Parts of it that errors may quote alone.
FRAGMENT = re.compile("Pl4nt3d|s3cr3t")
SOURCES = (
    f"http://ann:{SECRET}@host:99999/",
    "http://ann:Pl4nt3d/s3cr3t@127.0.0.1:1/zips",
    "http://ann:Pl4nt3d@s3cr3t@127.0.0.1:1/zips",
    f"http://127.0.0.1:1/zips?code={SECRET}&file={{file}}",
    f"https://{SECRET}@127.0.0.1:1/",
    f"ftp://ann:{SECRET}@host/zips",
    f" http://ann:{SECRET}@host/zips",
)
DATABASES = (
    f"postgresql://ann:{SECRET}@127.0.0.1:99999/x",
    "postgresql://ann:Pl4nt3d@s3cr3t@127.0.0.1:1/x",
    "postgresql://ann:Pl4nt3d%s3cr3t@127.0.0.1:1/x",
    "postgresql://ann:Pl4nt3d/s3cr3t@127.0.0.1:1/x",
    f"postgresql//ann:{SECRET}@127.0.0.1:1/x",
    f"host=127.0.0.1 port=abc password={SECRET}",
    "host=127.0.0.1 port=1 password='Pl4nt3d s3cr3t",
)
TRACKING_URIS = (
    f"http://ann:{SECRET}@127.0.0.1:1",
    f"http://ann:{SECRET}@host:99999",
    f"postgresql://ann:{SECRET}@127.0.0.1:1/x",
    "postgresql://ann:Pl4nt3d@s3cr3t@127.0.0.1:1/x",
    f"nonsense://ann:{SECRET}@host",
)
CASES = [
    *(("NTSB_SOURCES", address, "luigi --module pipeline CreateSnapshot") for address in SOURCES),
    *(("NTSB_DATABASE_URL", address, "luigi --module pipeline PrepareDatabase") for address in DATABASES),
    *(("NTSB_DATABASE_URL", address, "pipeline database-url") for address in DATABASES),
    ("NTSB_SOURCES", SOURCES[0], "pipeline plan"),
    ("NTSB_DATABASE_URL", DATABASES[2], "pipeline doctor"),
    ("NTSB_DATABASE_URL", DATABASES[1], "pipeline status"),
    ("location", f"http://ann:{SECRET}%zz@host/", "luigi --module pipeline CreateSnapshot"),
    ("location", f"http://ann:{SECRET}%zz@host/", "pipeline plan"),
]


@pytest.mark.parametrize(("name", "address", "words"), CASES)
def test_output_and_records_have_no_secret(tmp_path: Path, name: str, address: str, words: str) -> None:
    settings = "[scheduler]\nretry_count = 1\n[Sources]\nattempts = 1\n"
    settings += f"location = {address}\n" if name == "location" else ""
    (tmp_path / "luigi.cfg").write_text(settings)
    variables = {
        "NTSB_STORE": str(tmp_path / "store"),
        "NTSB_SOURCES": "" if name == "location" else str(tmp_path),
        "LUIGI_CONFIG_PATH": str(tmp_path / "luigi.cfg"),
        name: address,
    }
    done = subprocess.run(
        [sys.executable, "-m", *words.split()],
        cwd=REPOSITORY,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode != 0 or not words.startswith("luigi")
    assert done.stdout + done.stderr
    assert not FRAGMENT.search(done.stdout + done.stderr), done.stdout + done.stderr
    files = [path for path in tmp_path.glob("store/**/*") if path.is_file() and path.suffix != ".pgpass"]
    assert [path for path in files if FRAGMENT.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("address", TRACKING_URIS)
def test_errors_of_mlflow_have_no_secret(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    parser = get_config()
    before = parser.get("Training", "tracking_uri", "", raw=True)
    parser.set("Training", "tracking_uri", address.replace("%", "%%"))
    try:
        uri = config.Training().tracking_uri
        with pytest.raises(StudyFailed, match="tracking_uri: expected a reachable MLflow store") as raised:
            LoggedRun(uri, "0123456789abcdef").exists()
        assert not FRAGMENT.search(redact(str(raised.value)))
    finally:
        parser.set("Training", "tracking_uri", before)
