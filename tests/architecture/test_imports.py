"""The import rules of pyproject.toml ([tool.importlinter]) hold."""

import subprocess
import sys
from pathlib import Path

from tests.architecture import tree


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    completed = subprocess.run(command, cwd=tree.REPOSITORY, capture_output=True, text=True)
    assert completed.returncode == 0, completed.stdout
