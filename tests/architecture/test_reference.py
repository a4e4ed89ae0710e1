"""The generated reference pages are current."""

import subprocess
import sys

from tests.architecture.tree import REPOSITORY


def test_generated_reference_pages_are_current() -> None:
    """To update them: `python scripts/generate_reference.py`."""
    command = [sys.executable, "scripts/generate_reference.py", "--check"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
