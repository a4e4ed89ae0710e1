"""Credentials in addresses, messages and log records."""

import json
import logging
import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from pipeline.redaction import redact, without_credentials
from tests.access_files.bounded import cpu_limit

SECRET = "Pl4nt3d-s3cr3t"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:secret@example.org:8443/zips", "https://example.org:8443/zips"),
        ("http://ann:pw@host:99999/", "http://host:99999/"),
        ("http://ann:p@s/w?x#d@host/zips", "http://host/zips"),
        ("http://token@host/zips", "http://host/zips"),
        ("no answer from http://a:b@h/x, http://c:d@i/y", "no answer from http://h/x, http://i/y"),
        ("postgresql://u:p%40ss@h/db", "postgresql://h/db"),
        ("postgresql+psycopg2://u:p@h/db?sslmode=require", "postgresql+psycopg2://h/db?sslmode=***"),
        ("tcp://u:p@[::1]:8786", "tcp://[::1]:8786"),
        ("host=h user=ann password=secret dbname=x", "host=h user=ann password=*** dbname=x"),
        (r"password = 'it\'s a' dbname=x", "password = *** dbname=x"),
        (r"sslpassword=a\ b port=1", "sslpassword=*** port=1"),
        ("password='never closed", "password=***"),
        ("password='never closed\nx is here...; go", "password=***\nx is here...; go"),
        ("found pwd='a b...; correct it", "found pwd=***...; correct it"),
        ("{'token': 'a b...; correct it", "{'token': '***'...; correct it"),
        ("{'token': 'a...;b c'}", "{'token': '***'}"),
        ('{"token": "a b\nnext: it\'s', "{\"token\": '***'\nnext: it's"),
        ("Server=h;Uid=a;Pwd=x;Port=1", "Server=h;Uid=a;Pwd=***"),
        ("{'user': 'ann', 'password': 'x y'}", "{'user': 'ann', 'password': '***'}"),
        ('{"access_token": "x"}', "{\"access_token\": '***'}"),
        (r'{"password": "a\"b\\"}', "{\"password\": '***'}"),
        (r'"{\"password\": \"x y\"}"', r'"{\"password\": ' + "'***'}\""),
        ("{'password': b'x'}", "{'password': '***'}"),
        ("{'Ocp-Apim-Subscription-Key': 'x'}", "{'Ocp-Apim-Subscription-Key': '***'}"),
        ("X-Api-Key: abc.def", "X-Api-Key: ***"),
        ("AWS_SECRET_ACCESS_KEY=abc passphrase=x", "AWS_SECRET_ACCESS_KEY=*** passphrase=***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("X-Authorization: Bearer a.b, x", "X-Authorization: Bearer *** x"),
        ("{'X-Goog-Authorization': 'token a.b'}", "{'X-Goog-Authorization': 'token ***'}"),
        (f"{'x' * 40}://u:p@h/ _http://u:p@h/ ://u:p@h/", f"{'x' * 40}://h/ _http://h/ ://h/"),
        ("http://h/avall.zip?token=a&sig=b%2F&code=c", "http://h/avall.zip?token=***&sig=***&code=***"),
        ("http://h/get?name=avall.zip&X-Amz-Signature=a", "http://h/get?name=avall.zip&X-Amz-Signature=***"),
        ("http://h/get?token=a.zip&file=a.zip", "http://h/get?token=***&file=a.zip"),
        ("http://h/a.zip?a1b2c3: expected a zip", "http://h/a.zip?*** expected a zip"),
        ("http://h/cb#access_token=a;state=b", "http://h/cb#access_token=***;state=***"),
    ],
)
def test_credentials_are_removed(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://data.ntsb.gov/avdata/FileDirectory/DownloadFile?fileID=C%3A%5Cavdata%5C{file}",
        "https://h/get?fileID=C%3A%5Cavdata%5Cavall.zip: expected a zip, found HTTP 404",
        "https://h/user@example.org/zips",
        "sqlite:////a store/models/runs/mlflow.db",
        "mail ann@example.org; see http://h/x",
        "code=5 is unknown; token: expected one, found 2",
        "host=h passfile=/a/pgpass",
        "api-key: expected a key, found none; Authorization: expected a header",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "address",
    [
        f"http://ann:{SECRET}@host:99999/",
        f"http://host/zips?code={SECRET}",
        f"postgresql://ann:{SECRET}@h/x",
        f"postgresql//ann:{SECRET}@h/x",
        f"ann:{SECRET}@h/x",
        f"host=h password='{SECRET}'",
        f"https://h/zips?pass={SECRET}",
        f"host: h password: {SECRET}",
        f"Server=h;Password={SECRET};Port=1",
    ],
)
@pytest.mark.parametrize("quoted", ["{}", "invalid port 'x{}'", "%{}@h", "token: {},"])
def test_a_configured_credential_is_removed_wherever_it_is_quoted(
    monkeypatch: pytest.MonkeyPatch, address: str, quoted: str
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", address)
    assert SECRET not in redact(quoted.format(SECRET))


@pytest.mark.parametrize("address", ["postgresql://ann:sec%40ret%2Fx@h/db", "postgresql://ann:sec@ret/x@h/db"])
@pytest.mark.parametrize("quoted", ["sec@ret/x", "sec%40ret%2Fx", 'host name "ret/x@h"', "port 'sec'"])
def test_encoded_and_partial_credentials_are_removed(
    monkeypatch: pytest.MonkeyPatch, address: str, quoted: str
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", address)
    assert not {"sec", "ret"} & set(redact(quoted).replace("/", " ").replace("'", " ").replace('"', " ").split())


@pytest.mark.parametrize("password", [r"sec'ret", r"sec\ret", "sec\"ret'", "secr\u00e9t\u20ac", "se\tcret", "sec'@ret"])
def test_a_configured_credential_is_removed_however_it_is_escaped(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    escaped = password.replace("\\", r"\\").replace("'", r"\'")
    for address in (f"host=h password='{escaped}' dbname=x", f"postgresql://ann:{quote(password, safe='')}@h/x"):
        monkeypatch.setenv("NTSB_DATABASE_URL", address)
        for form in (str, repr, ascii, json.dumps, str.encode, lambda text: repr(repr(text))):
            for text in (address, password):
                redacted = redact(f"invalid: {form(text)}")
                assert "ret" not in redacted, redacted
                assert "sec" not in redacted, redacted


@pytest.mark.parametrize("secret", ["correct;horse-battery", "no;secret1", "a'b;c-d-e"])
def test_a_secret_with_a_semicolon_is_removed_as_a_whole(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("MY_TOKEN", secret)
    quoted = repr(secret).replace(secret, "***")
    assert redact(f"expected 'no' or 'a', found {secret!r} ({secret})") == f"expected 'no' or 'a', found {quoted} (***)"


def test_a_user_name_is_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", "postgresql://ntsb:ntsb@h/ntsb")
    assert redact("select * from ntsb.events") == "select * from ntsb.events"


def test_the_identity_of_a_location_has_its_query_but_no_credentials() -> None:
    assert without_credentials("https://a:b@h/get?dir=x&f={file}") == "https://h/get?dir=x&f={file}"


PROGRAM = f"""
import atexit, logging, sys, threading
import pipeline  # Installs the redaction, as a run does.
print("größe.zip is ignored", file=sys.stderr)
print("größe.zip is ignored")
handler = logging.StreamHandler(sys.stdout)
logging.getLogger("luigi-interface").addHandler(handler)
for name in ("a.new.logger", "luigi-interface"):
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.warning("%s of %d", ValueError("http://u:{SECRET}@h/"), 1)
    try:
        raise OSError("password={SECRET}")
    except OSError as error:
        logger.exception("failed")
        logger.error("failed again", exc_info=error)
logging.getLogger("unhandled").error("postgresql://u:{SECRET}@h/x")
def fail():
    raise OSError("password={SECRET}")
atexit.register(fail)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise ValueError("http://h/a?sig={SECRET}")
"""


def test_every_log_record_and_traceback_of_a_process_is_redacted() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii:strict"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stderr.startswith(r"gr\xf6\xdfe.zip is ignored"), done.stderr
    assert done.stdout.startswith(r"gr\xf6\xdfe.zip is ignored"), done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "http://h/ of 1" in done.stdout
    assert "password=***" in done.stdout
    assert "postgresql://h/x" in done.stderr
    assert "ValueError: http://h/a?sig=***" in done.stderr
    assert done.stderr.count("OSError: password=***") == 2


def test_no_record_reaches_a_terminal_with_control_characters(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("pipeline.any").warning("%s\n\tnext", "\x1b]0;title\x07\x1b[31m\r\x9b2J\u202e\ud83d Größe")
    assert caplog.records[-1].getMessage() == r"\x1b]0;title\x07\x1b[31m\r\x9b2J\u202e\ud83d Größe" + "\n\tnext"


def test_arguments_of_records_without_credentials_stay(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%s", 1)
    assert caplog.records[0].args == (1,)


@pytest.mark.parametrize(
    "part", ["a-", "http:", "password='", "'token' : \\'", "?x.zip)", "x-api-", "token='\n", "x-Authorization"]
)
def test_the_time_is_proportional_to_the_length_of_a_text(part: str) -> None:
    with cpu_limit(2):
        redact(part * (100_000 // len(part)))
