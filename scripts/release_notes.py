"""Print the section of a version in CHANGELOG.md: `python scripts/release_notes.py v1.2.3`; exit with 1 without one.

The version must be that of pyproject.toml.
"""

import re
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def section(changelog: str, version: str) -> str:
    """Return the text below the heading of a version, empty if there is none."""
    match = re.search(
        rf"^## \[?{re.escape(version)}\]?(?: [^\n]*)?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return match[1].strip() if match else ""


def main() -> int:
    """Print the notes of the version in the first argument."""
    version = sys.argv[1].removeprefix("v")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    notes = section((REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if project != version:
        print(f"tag {version}: expected version {project} of pyproject.toml; correct one of them", file=sys.stderr)
    if not notes:
        print(f"CHANGELOG.md: expected a section for {version}, found none; add it", file=sys.stderr)
    print(notes)
    return int(project != version or not notes)


if __name__ == "__main__":
    sys.exit(main())
