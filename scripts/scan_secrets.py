"""Search the files of the repository for secrets: private keys, tokens, webhook addresses, passwords in URLs.

python scripts/scan_secrets.py          exit with 1 and print `path:line: kind` for each one, never the secret itself
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
KINDS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}|xox[abprs]-[\w-]{20,}|glpat-[\w-]{20})",
    "webhook address": r"https://hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}",
    # Passwords of examples are words; random ones have digits and upper and lower case.
    "password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@]+:(?=[^@\s/]*\d)(?=[^@\s/]*[a-z])(?=[^@\s/]*[A-Z])[^@\s/{}$]{12,}@",
}
# Tests of redaction, whose passwords are invented.
EXAMPLES = {"tests/tasks/test_malformed_addresses.py", "tests/unit/test_redaction.py"}
PATTERN = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(KINDS.values())))


def secrets_in(text: str) -> list[tuple[int, str]]:
    """Return (line, kind) of each secret in a text."""
    names = list(KINDS)
    return [
        (number, names[int(str(match.lastgroup)[1:])])
        for number, line in enumerate(text.splitlines(), 1)
        for match in PATTERN.finditer(line)
    ]


def main() -> int:
    """Scan every file that Git tracks, or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout.decode()
    lines = []
    for name in filter(None, listed.split("\0")):
        path = REPOSITORY / name
        if name not in EXAMPLES and path.is_file() and not path.is_symlink():
            text = path.read_bytes().decode("utf-8", "replace")
            lines += [f"{name}:{number}: {kind}" for number, kind in secrets_in(text)]
    print("\n".join(lines) or "No secrets in the repository.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
