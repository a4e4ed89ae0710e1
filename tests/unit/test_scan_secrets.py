"""The scan recognizes planted secrets, and not the examples of the documentation."""

import pytest

from scripts import scan_secrets

# In pieces, so that the scan does not report this file.
PLANTED = {
    "private key": "-----BEGIN RSA PRIVATE" + " KEY-----",
    "access key": "AKIA" + "A1B2C3D4E5F6G7H8",
    "token": "ghp_" + "a1" * 18,
    "webhook address": "https://hooks.slack.com/services/" + "T0123456/B0123456/abcdefghijklmnopqrst",
    "password in a URL": "postgresql://ann:" + "aB3dE5gH7jK9@host/accidents",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_reported_by_line_and_kind(kind: str) -> None:
    assert scan_secrets.secrets_in(f"first\nkey = {PLANTED[kind]}\n") == [(2, kind)]


@pytest.mark.parametrize(
    "text", ["postgresql://ann:secret@host/x", "postgresql://ntsb:{password}@127.0.0.1", "sha256:" + "aB3" * 20]
)
def test_examples_are_not_reported(text: str) -> None:
    assert scan_secrets.secrets_in(text) == []
